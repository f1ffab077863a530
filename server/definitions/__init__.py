"""From JSON files to the definitions that the rules read.

`source` reads JSON and remembers where everything stands · `models` say what may be written · `checks` what makes sense ·
`explain` turns a validator's error into a sentence · `reading` takes one file, `config` a whole folder · `translate` puts
other systems' words into ours · `build`, `build_leaderboard` and their parts make domain values · `schema` writes the JSON
Schema · `activation` writes into history what is new, `history` makes timelines and calendars of it, `routing` finds by a
game event's type · `catalog` keeps the definitions in force.
"""
