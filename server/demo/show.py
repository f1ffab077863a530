"""Showing a tournament: a progress bar while it is played, and tables of how it ended."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Sequence

import grpc.aio
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from server.api.pb import event_leaderboard_pb2 as events
from server.backends import StartRefused
from server.bootstrap import open_server
from server.client import Client
from server.demo.tournament import DAYS, EVENT, Tournament, WeekResult
from server.development import DevelopmentKeys
from server.settings import load_settings

TIER_NAMES = ("Bronze", "Silver", "Gold")
_ROWS_SHOWN = 12


async def show_tournament(console: Console, *, players: int, weeks: int, seed: int) -> None:
    """Start a server on a temporary store, play, and print what happened.

    :raises StartRefused: if the configuration has no weekly tournament
    """
    keys = DevelopmentKeys(secrets.token_urlsafe(32), secrets.token_urlsafe(24))
    settings = load_settings(
        environment="development",
        debug=True,
        store={"url": "sqlite::memory:"},
        grpc={"port": 0},
        http={"port": 0},
        session={"secret": keys.session_secret},
        server_keys={"demo": keys.server_key_digest},
        limits={"address_calls_per_second": 0, "player_calls_per_second": 0},
    )
    async with open_server(settings) as server, grpc.aio.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        operator = Client(channel, server_key=keys.server_key)
        catalogue = await operator.call("AdminService/GetCatalogue")
        if EVENT not in {one.id for one in catalogue.event_leaderboards}:
            raise StartRefused(
                f"{settings.config_folder} has no event {EVENT!r}; run the demo beside the sample configuration"
            )
        tournament = Tournament(operator, random.Random(seed))  # noqa: S311 - it plays, it guards nothing
        results = await _played(console, tournament, Client(channel), players, weeks)
    for number, result in enumerate(results, 1):
        _show_week(console, number, result)


async def _played(
    console: Console, tournament: Tournament, anybody: Client, players: int, weeks: int
) -> list[WeekResult]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(f"{players} players sign in", total=players)
        tournament.advance = lambda _: progress.advance(task)
        await tournament.sign_in(anybody, players)
        results = []
        for week in range(1, weeks + 1):
            calls = int(players * 0.94 * (3 + DAYS * 0.6 * 0.94))
            task = progress.add_task(f"week {week}: rolls, scores, claims", total=calls)
            results.append(await tournament.play_week())
            progress.update(task, total=progress.tasks[-1].completed)
    return results


def _show_week(console: Console, number: int, result: WeekResult) -> None:
    console.rule(f"Week {number}: {result.cohorts} cohorts, {result.submissions} scores")
    console.print(_standings(result.standings))
    console.print(_tiers(result.tiers_before, result.tiers_after))
    console.print(_payout(result))


def _standings(rows: Sequence[events.Standing]) -> Table:
    table = Table(title=f"A cohort at the end ({len(rows)} players)", title_justify="left")
    for heading, justify in (
        ("rank", "right"),
        ("player", "left"),
        ("score", "right"),
        ("attempts", "right"),
        ("tier", "center"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]  # one of rich's own words
    shown = rows if len(rows) <= _ROWS_SHOWN else [*rows[: _ROWS_SHOWN // 2], None, *rows[-_ROWS_SHOWN // 2 :]]
    for row in shown:
        if row is None:
            table.add_row("…", "", "", "", "")
            continue
        arrow = "▲" if row.tier_delta > 0 else "▼" if row.tier_delta < 0 else "·"
        table.add_row(str(row.rank), row.name, str(row.score), str(row.num_scores), arrow)
    return table


def _tiers(before: Counter[int], after: Counter[int]) -> Table:
    table = Table(title="Players by tier", title_justify="left")
    for heading in ("tier", "before", "after"):
        table.add_column(heading, justify="left" if heading == "tier" else "right")
    for tier, name in reversed(list(enumerate(TIER_NAMES))):
        table.add_row(name, str(before[tier]), str(after[tier]))
    return table


def _payout(result: WeekResult) -> Table:
    table = Table(title="Paid out", title_justify="left")
    table.add_column("what")
    table.add_column("how much", justify="right")
    for name, count in result.placed.most_common():
        table.add_row(f"players: {name}", str(count))
    table.add_section()
    for name, amount in sorted(result.paid.items()):
        table.add_row(name, str(amount))
    return table
