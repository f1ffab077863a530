"""`python -m server` is `laurel`."""

import os

# gRPC reads this once, when it is imported. With its own listener instead of the newer event engine's a unary call costs
# an eighth less CPU (docs/PERFORMANCE.md). Whoever sets the variable himself keeps what he set.
os.environ.setdefault("GRPC_EXPERIMENTS", "-event_engine_listener")

from server.cli import main

if __name__ == "__main__":
    main()
