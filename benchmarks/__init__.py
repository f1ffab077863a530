"""How fast, and at what cost: `make bench`. Ratios within one run are what counts; absolute figures belong to a machine."""
