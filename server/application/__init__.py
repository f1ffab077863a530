"""What the server can do: one use case a file, named as its RPC. Each loads, asks the domain, stores, and answers."""
