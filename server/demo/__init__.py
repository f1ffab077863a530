"""A whole tournament in a minute: what `laurel demo` plays and shows."""
