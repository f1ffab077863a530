"""Watching boards (L20 to L25): one feed for each board that somebody watches, and a queue for each who does.

`frames` what goes down a stream · `sources` what a board looks like now · `feed` looks when something changes, and tells all
watchers · `watcher` one of them, who may be slow · `feeds` those that are open.
"""
