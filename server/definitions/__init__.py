"""From JSON files to the definitions that the rules read.

`source` reads JSON and remembers where everything stands · `models` say what may be written · `checks` what makes sense ·
`explain` turns a validator's error into a sentence · `build` makes domain values · `config` reads a whole folder ·
`schema` writes the JSON Schema · `catalog` keeps the definitions in force.
"""
