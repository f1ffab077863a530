"""The rules of the game: pure functions and frozen values. No clock, no dice of their own, no I/O."""
