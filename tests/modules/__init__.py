"""The modules that ship with the server do what their docstrings promise (M7)."""
