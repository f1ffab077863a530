"""Studios' modules: found, checked, called, swapped (M1 to M6)."""
