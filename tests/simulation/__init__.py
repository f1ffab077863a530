"""Seasons played by the rules alone, with thousands of players and no store."""
