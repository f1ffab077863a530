"""What the application asks of the world. The docstrings are the specification; adapters inherit them."""
