"""Live views: what a watcher is told of a board that changes (L20 to L24), without a word of how it travels.

`rows` what is seen, and the differences between two sights of it · `history` what has changed since a revision.
"""
