"""Event leaderboards: the rules E2 to E82, one file for each part of a player's way through an event.

`definition` what designers wrote · `timeline` which phase runs under which definition · `cohort` who plays together ·
`submissions` how scores change · `standings` the order · `completion` when it is over · `outcomes` what it comes to ·
`tiers` up and down · `rolls`, `claims` who may what · `matching` who meets whom · `situation` all that a decision needs ·
`company` the bots of a cohort at a second · `cohort_bots` one of them, and its place · `bot_courses` what it scores ·
`bot_sightings` what some see · `bot_tallies` what they change where they count.
"""
