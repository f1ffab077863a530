"""Bots: company for players, whose scores are arithmetic (L1 to L7).

`behavior` what a designer wrote · `conditions` when a state ends · `visits` which state when · `curves` how far a block
brings it · `sightings` what reactive blocks saw · `score` the answer: a score at a second · `filling` how many, and who makes
room · `cycles` state machines that would never rest.
"""
