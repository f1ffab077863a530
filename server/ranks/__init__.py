"""Adapters of the rank index (B50 to B53): who stands where, found without looking at everybody."""
