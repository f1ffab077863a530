"""One file a service. A handler is a translation and nothing else: decode, call, encode."""
