"""All use cases of one server, wired to one store, one catalogue, one clock."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from time import monotonic

from server.application.announce_phases import AnnouncePhases
from server.application.asking import Asking
from server.application.authenticate import Authenticate
from server.application.batch_get_ranks import BatchGetRanks
from server.application.board_bots import BoardBots
from server.application.board_ranks import BoardRanks
from server.application.bot_moves import BotMoves
from server.application.call_function import CallFunction
from server.application.claim_grant import ClaimGrant
from server.application.claim_reward import ClaimReward
from server.application.claiming import Claiming
from server.application.cohort_choice import CohortChoice
from server.application.company_moves import CompanyMoves
from server.application.contribution_effects import ContributionEffects, Count, count_nothing
from server.application.contribution_validation import ContributionValidation
from server.application.drop_old_snapshots import DropOldSnapshots
from server.application.explain_game_event import ExplainGameEvent
from server.application.fill_cohort import FillCohort
from server.application.final_scores import FinalScores
from server.application.follow_up_periods import FollowUpPeriods
from server.application.forget_game_events import ForgetGameEvents
from server.application.gathering import IMPATIENT, Patience
from server.application.get_event_leaderboard import GetEventLeaderboard
from server.application.get_inventory import GetInventory
from server.application.get_leaderboard import GetLeaderboard
from server.application.get_wallet import GetWallet
from server.application.ingest_game_events import IngestGameEvents
from server.application.interest import Interest
from server.application.list_entries import ListEntries
from server.application.list_entries_around_player import ListEntriesAroundPlayer
from server.application.list_event_leaderboards import ListEventLeaderboards
from server.application.list_grants import ListGrants
from server.application.list_leaderboards import ListLeaderboards
from server.application.list_parked_notices import ListParkedNotices
from server.application.list_past_cohorts import ListPastCohorts
from server.application.list_periods import ListPeriods
from server.application.list_segments import ListSegments
from server.application.list_standings import ListStandings
from server.application.live.feeds import PACE_SECONDS, Feeds
from server.application.look_up_player import LookUpPlayer
from server.application.move_clock import MoveClock
from server.application.notices import Notices
from server.application.put_away_notice import PutAwayNotice
from server.application.register_player import RegisterPlayer
from server.application.rescore_leaderboard import RescoreLeaderboard
from server.application.roll_cohort import RollCohort
from server.application.run_jobs import RunJobs
from server.application.segment_pages import SegmentPages
from server.application.set_player_properties import SetPlayerProperties
from server.application.settle_cohorts import SettleCohorts
from server.application.settle_periods import SettlePeriods
from server.application.store_beside_bots import StoreBesideBots
from server.application.submission_validation import Validation
from server.application.submit_leaderboard_score import SubmitLeaderboardScore
from server.application.submit_random_scores import SubmitRandomScores
from server.application.submit_score import SubmitScore
from server.application.tell_modules import TellModules
from server.application.tend_ranks import TendRanks
from server.application.tick_cohorts import TickCohorts
from server.application.unenrol_player import UnenrolPlayer
from server.application.update_profile import UpdateProfile
from server.application.watch_cohort import WatchCohort
from server.application.watch_leaderboard import WatchLeaderboard
from server.domain.ids import CohortId
from server.domain.values import value
from server.ports.broker import Broker
from server.ports.catalog import Catalog
from server.ports.clock import MovableClock
from server.ports.hooks import Hooks
from server.ports.identity import Identities
from server.ports.store import Store
from server.ports.webhooks import Endpoint


@value
class World:
    """What use cases are made of. `secret` is the installation's, `worker` this process's name for leases.

    `patience`: how long batches wait for company. `count`: counts contributions by leaderboard and outcome. `dedupe`: for how
    long game events are known again; `log_kept`: for how long they and the log of contributions are kept.
    `endpoints`: those of the studio's servers that webhooks go to. `seal_wait`: how long scores may be on their way.
    `pace_seconds`: how long watchers of a board wait at the least for the next news.
    """

    store: Store
    catalog: Catalog
    clock: MovableClock
    identities: Identities
    hooks: Hooks
    tasks: asyncio.TaskGroup
    secret: bytes
    worker: str
    ranks: BoardRanks
    broker: Broker
    creates_accounts: bool = True
    patience: Patience = IMPATIENT
    count: Count = count_nothing
    endpoints: tuple[Endpoint, ...] = ()
    seal_wait: timedelta = timedelta()
    dedupe: timedelta = timedelta(hours=168)
    log_kept: timedelta = timedelta(days=35)
    pace_seconds: float = PACE_SECONDS

    @property
    def notices(self) -> Notices:
        """Writes what modules and webhooks are to be told."""
        return Notices(self.hooks, self.clock, self.endpoints)


@value
class UseCases:
    """What the server can do, by the names of its calls. `store` is the one that they all go through."""

    store: Store
    authenticate: Authenticate
    register_player: RegisterPlayer
    update_profile: UpdateProfile
    list_event_leaderboards: ListEventLeaderboards
    get_event_leaderboard: GetEventLeaderboard
    roll_cohort: RollCohort
    submit_score: SubmitScore
    submit_leaderboard_score: SubmitLeaderboardScore
    ingest_game_events: IngestGameEvents
    explain_game_event: ExplainGameEvent
    forget_game_events: ForgetGameEvents
    rescore_leaderboard: RescoreLeaderboard
    claim_reward: ClaimReward
    feeds: Feeds
    watch_cohort: WatchCohort
    watch_leaderboard: WatchLeaderboard
    list_standings: ListStandings
    list_past_cohorts: ListPastCohorts
    list_grants: ListGrants
    claim_grant: ClaimGrant
    get_wallet: GetWallet
    get_inventory: GetInventory
    fill_cohort: FillCohort
    submit_random_scores: SubmitRandomScores
    unenrol_player: UnenrolPlayer
    move_clock: MoveClock
    look_up_player: LookUpPlayer
    set_player_properties: SetPlayerProperties
    settle_cohorts: SettleCohorts
    settle_periods: SettlePeriods
    follow_up_periods: FollowUpPeriods
    drop_old_snapshots: DropOldSnapshots
    call_function: CallFunction
    tell_modules: TellModules
    announce_phases: AnnouncePhases
    run_jobs: RunJobs
    list_leaderboards: ListLeaderboards
    get_leaderboard: GetLeaderboard
    list_entries: ListEntries
    list_entries_around_player: ListEntriesAroundPlayer
    batch_get_ranks: BatchGetRanks
    list_periods: ListPeriods
    list_segments: ListSegments
    board_bots: BoardBots
    tick_cohorts: TickCohorts
    tend_ranks: TendRanks
    list_parked_notices: ListParkedNotices
    put_away_notice: PutAwayNotice


def build_use_cases(world: World) -> UseCases:
    """Wire every use case."""
    catalog, clock = world.catalog, world.clock
    interest = Interest[CohortId](monotonic)
    store = StoreBesideBots(world.store, CompanyMoves(catalog, world.secret), world.broker, interest)
    notices, asking = world.notices, Asking(world.hooks, catalog, clock)
    claiming = Claiming(catalog, world.identities, world.hooks, asking, notices, world.secret)
    choice = CohortChoice(store, world.identities, world.hooks, asking)
    effects = ContributionEffects(catalog, world.ranks, world.broker, world.count)
    feeds = Feeds(world.broker, clock, world.tasks, world.pace_seconds)
    validation = Validation(store, catalog, world.hooks, asking)
    submit_score = SubmitScore(
        store, catalog, clock, validation, effects, world.broker, world.tasks, patience=world.patience
    )
    seen_by_modules = ContributionValidation(store, catalog, clock, world.hooks)
    final_scores = FinalScores(store, catalog, effects, notices)
    claim_reward = ClaimReward(store, catalog, clock, claiming, notices, world.tasks, patience=world.patience)
    moves = BotMoves(catalog, world.secret)
    bots = BoardBots(store, catalog, clock, world.ranks, world.broker, moves, world.worker, monotonic)
    pages = SegmentPages(store, catalog, clock, world.ranks, bots)
    return UseCases(
        store=store,
        authenticate=Authenticate(store, clock, world.identities, creates_accounts=world.creates_accounts),
        register_player=RegisterPlayer(store, clock),
        update_profile=UpdateProfile(store, catalog, clock, world.broker),
        list_event_leaderboards=ListEventLeaderboards(store, catalog, clock, interest),
        get_event_leaderboard=GetEventLeaderboard(store, catalog, clock, interest),
        roll_cohort=RollCohort(
            store, catalog, clock, choice, claiming, notices, world.broker, world.tasks, patience=world.patience
        ),
        feeds=feeds,
        watch_cohort=WatchCohort(store, catalog, clock, feeds, interest),
        watch_leaderboard=WatchLeaderboard(store, catalog, clock, pages, feeds),
        submit_score=submit_score,
        submit_leaderboard_score=SubmitLeaderboardScore(
            store, catalog, clock, effects, world.ranks, seen_by_modules, world.tasks, patience=world.patience
        ),
        ingest_game_events=IngestGameEvents(
            store,
            catalog,
            clock,
            effects,
            validation,
            seen_by_modules,
            world.broker,
            world.tasks,
            dedupe=world.dedupe,
            patience=world.patience,
        ),
        explain_game_event=ExplainGameEvent(store, catalog, clock),
        rescore_leaderboard=RescoreLeaderboard(store, catalog, clock),
        forget_game_events=ForgetGameEvents(store, clock, dedupe=world.dedupe, kept=world.log_kept),
        claim_reward=claim_reward,
        list_standings=ListStandings(store, catalog, clock, interest),
        list_past_cohorts=ListPastCohorts(store, catalog, clock),
        list_grants=ListGrants(store, clock),
        claim_grant=ClaimGrant(store, catalog, clock),
        get_wallet=GetWallet(store),
        get_inventory=GetInventory(store),
        fill_cohort=FillCohort(store, catalog, clock, world.identities, world.broker),
        submit_random_scores=SubmitRandomScores(store, catalog, clock, submit_score, world.secret),
        unenrol_player=UnenrolPlayer(store, catalog, clock, world.broker),
        move_clock=MoveClock(store, clock),
        look_up_player=LookUpPlayer(store, catalog, clock),
        set_player_properties=SetPlayerProperties(store, clock),
        settle_cohorts=SettleCohorts(
            store, catalog, clock, claim_reward, final_scores, notices, world.broker, world.worker
        ),
        settle_periods=SettlePeriods(
            store,
            catalog,
            clock,
            world.identities,
            world.ranks,
            notices,
            world.secret,
            world.worker,
            broker=world.broker,
            bots=moves,
            seal_wait=world.seal_wait,
        ),
        follow_up_periods=FollowUpPeriods(store, catalog, clock, notices, world.worker),
        drop_old_snapshots=DropOldSnapshots(store, catalog, clock),
        call_function=CallFunction(world.hooks),
        tell_modules=TellModules(store, catalog, clock, world.hooks, world.tasks),
        announce_phases=AnnouncePhases(store, catalog, clock, notices),
        run_jobs=RunJobs(store, clock, world.hooks),
        list_leaderboards=ListLeaderboards(store, catalog, clock),
        get_leaderboard=GetLeaderboard(store, catalog, clock, pages),
        list_entries=ListEntries(pages),
        list_entries_around_player=ListEntriesAroundPlayer(pages),
        batch_get_ranks=BatchGetRanks(pages),
        list_periods=ListPeriods(store, catalog, clock),
        list_segments=ListSegments(store, catalog, clock),
        board_bots=bots,
        tick_cohorts=TickCohorts(store, catalog, clock, interest, world.worker),
        tend_ranks=TendRanks(store, catalog, clock, world.ranks),
        list_parked_notices=ListParkedNotices(store),
        put_away_notice=PutAwayNotice(store, clock),
    )
