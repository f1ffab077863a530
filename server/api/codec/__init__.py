"""Domain values as messages. Nothing is decided here; it only spells."""
