"""Opening connections to PostgreSQL, and telling apart what can go wrong with them."""

from __future__ import annotations

import asyncio

import asyncpg

from server.ports.errors import StoreUnavailable

CONNECT_SECONDS = 10.0
STATEMENT_SECONDS = 30.0
"""After which a statement is given up: nothing that Laurel asks takes a second."""


class Conflict(Exception):
    """Another transaction changed what this one was about to change; it must run again."""


CONFLICTS = (
    Conflict,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,
    asyncpg.LockNotAvailableError,
)
"""What another transaction caused: run again, this one sees what that one did."""

UNREACHABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,
    OSError,
    asyncio.TimeoutError,
)
"""What says that the database is gone, going, or full."""


APPLICATION = "laurel"
"""How the connections of a serving process call themselves."""

_URL_UNREADABLE = (
    "the URL of PostgreSQL cannot be read; it is postgresql://USER:PASSWORD@HOST:PORT/DATABASE, and in a password "
    "/ is written %2F, @ %40 and : %3A"
)
"""All that is said of it: what the parser stumbled over may be a piece of the password."""

_SESSION = {
    "application_name": APPLICATION,
    # A plan made while the tables are empty reads them whole, and a prepared statement keeps its plan until somebody
    # analyses. Whatever Laurel asks, an index answers.
    "enable_seqscan": "off",
    "jit": "off",
    # For the same reason nothing is gained by planning anew for each array that happens to be short.
    "plan_cache_mode": "force_generic_plan",
}


async def _keep_as_it_is(_: object) -> None:
    """Spare a round trip for every transaction: whatever they set or lock, they set and lock until they end."""


async def connect(url: str) -> asyncpg.Connection[asyncpg.Record]:
    """Open one connection, for migrations and tools.

    :raises StoreUnavailable: if the database cannot be reached, or the URL cannot be read
    """
    try:
        return await asyncpg.connect(url, timeout=CONNECT_SECONDS, statement_cache_size=0)
    except (asyncpg.PostgresError, *UNREACHABLE) as error:
        raise StoreUnavailable(f"PostgreSQL cannot be reached: {error}") from error
    except (ValueError, OverflowError):
        raise StoreUnavailable(_URL_UNREADABLE) from None


async def open_pool(url: str, size: int, statements_cached: int) -> asyncpg.Pool[asyncpg.Record]:
    """Open the connections of a server process. `statements_cached` is 0 behind a pooler that hands connections around.

    :raises StoreUnavailable: if the database cannot be reached, or the URL cannot be read
    """
    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            timeout=CONNECT_SECONDS,
            command_timeout=STATEMENT_SECONDS,
            statement_cache_size=statements_cached,
            max_cached_statement_lifetime=0,
            reset=_keep_as_it_is,
            server_settings=_SESSION if statements_cached else None,
        )
    except (asyncpg.PostgresError, *UNREACHABLE) as error:
        raise StoreUnavailable(f"PostgreSQL cannot be reached: {error}") from error
    except (ValueError, OverflowError):
        raise StoreUnavailable(_URL_UNREADABLE) from None
