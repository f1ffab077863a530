"""What a Redis server says of itself, and whether ranks may be kept on it.

Redis is never the truth. Whoever is restarted, or promoted from a replica, may hold an order that is behind, so keys carry
the name of one life of one server: its run id, and its replication id, which changes when a replica is promoted. What another
life has left is trusted by nobody, and ends by itself.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256

from server.domain.values import value

VERSION_MIN = (7, 0)
POLICY = "noeviction"
_NAME_LENGTH = 12


@value
class Server:
    """One life of one server. `policy`: what it does when memory is out."""

    life: str
    version: str
    is_primary: bool
    policy: str

    @property
    def unusable(self) -> str:
        """Why nothing can be asked of it; empty: it can."""
        if _numbers(self.version) < VERSION_MIN:
            return (
                f"Redis {self.version} is too old; Laurel needs {VERSION_MIN[0]}.{VERSION_MIN[1]} or newer, or Valkey"
            )
        return "" if self.is_primary else "it is a replica; name the primary"

    @property
    def unfit(self) -> str:
        """Why no server should start on it, and how to mend that; empty: it may.

        What drops keys when memory is short drops parts of orders. Scripts see that, and forget the rest; but then orders are
        loaded again and again.
        """
        if self.policy == POLICY:
            return self.unusable
        return self.unusable or (
            f"its maxmemory-policy is {self.policy}, which drops parts of orders when memory is short; set it to {POLICY}, "
            "and give caches a Redis of their own"
        )


def server_from(info: bytes) -> Server:
    """Read the answer to INFO."""
    lines = (line.partition(":") for line in info.decode("utf-8", "replace").splitlines())
    facts = defaultdict(str, {name: text.strip() for name, colon, text in lines if colon})
    names = f"{facts['run_id']}:{facts['master_replid']}"
    return Server(
        life=sha256(names.encode()).hexdigest()[:_NAME_LENGTH],
        version=facts["redis_version"],
        is_primary=facts["role"] == "master",
        policy=facts["maxmemory_policy"],
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
