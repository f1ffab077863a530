"""A studio's modules: found, checked, called (4-modules).

`api` is what a module sees · `specs` says which hooks there are · `registry` takes registrations and checks them · `loader`
finds and imports modules · `calls` runs a hook within its limits · `context` is what a hook may use
· `live` answers the port.
"""
