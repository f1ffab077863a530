"""Where calls come in. A door knows its transport and nothing else: bytes and headers in, bytes or a failure out."""
