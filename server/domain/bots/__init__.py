"""Bots: company for players, whose scores are arithmetic (L1 to L7).

`behavior` what a designer wrote · `definition` a kind of bot, and who one is · `variety` what differs from bot to bot ·
`conditions` when a state ends · `visits` which state when · `curves` how far a block brings it · `sightings` what reactive
blocks saw · `score` the answer: a score at a second · `runner` who is asked second after second · `slopes` which way it goes,
how steeply · `filling` how many, and who makes room · `binding` what a board says of its bots ·
`field` who they are in one segment, and where each stands at a second ·
`cycles` state machines that would never rest.
"""
