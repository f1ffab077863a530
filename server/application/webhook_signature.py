"""Proof that a delivery comes from this server, and when it was sent (B81)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime

HEADER = "X-Signature"


def signature(secrets: Sequence[bytes], body: bytes, sent_at: datetime) -> str:
    """Return `t=<unix>,v1=<hex>`, with one `v1` for each secret: HMAC-SHA256 of `<unix>.<body>`.

    The time is signed with the body, so that a receiver can refuse what somebody has recorded and sends again.
    """
    at = str(int(sent_at.timestamp()))
    message = at.encode() + b"." + body
    proofs = [hmac.digest(secret, message, "sha256").hex() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={proof}" for proof in proofs)])
