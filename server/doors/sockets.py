"""What sockets of clients are told, so that those who take nothing cost little and are found out."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence

GONE_MILLISECONDS = 30_000
"""After so long, who acknowledges nothing, or has had no room for more, is gone."""
UNSENT_BYTES_MAX = 32 * 1024
"""So much that cannot be sent yet lies in the kernel; by itself it takes megabytes. The rest waits where it is counted."""


def socket_options() -> Sequence[tuple[int, int]]:
    """Return options of TCP with their values; a listening socket passes them on to those that it accepts."""
    if sys.platform != "linux":
        return ()
    return (socket.TCP_USER_TIMEOUT, GONE_MILLISECONDS), (socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES_MAX)
