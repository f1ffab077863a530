"""The embedded store: one file, one process, group commit."""
