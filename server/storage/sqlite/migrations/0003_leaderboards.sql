-- Leaderboards: their history, periods, entries, what came in, what came of it.
-- Times are microseconds since 1970; game time unless a comment says real time. `period_start` is a period's identity.

create table board_activation (
    leaderboard  text not null,
    activated_at integer not null,
    hash         text,              -- null: the board was removed
    restarts     integer not null,
    primary key (leaderboard, activated_at)
) strict, without rowid;

create table board_period (
    leaderboard     text not null,
    start           integer not null,
    ends_at         integer not null,
    window_key      text not null,
    definition_hash text not null,
    seals_at        integer not null,
    stage           text not null,      -- open, sealed or final
    progress        text not null,
    entries         integer not null,
    finalized_at    integer,
    follow_up_at    integer,           -- final, and something is still to be done then; null: nothing is
    leased_by       text,
    leased_until    integer,            -- real time
    primary key (leaderboard, start),
    unique (leaderboard, window_key)
) strict, without rowid;

create index board_period_unsettled on board_period (leaderboard, start) where stage <> 'final';
create index board_period_follow_up on board_period (follow_up_at) where follow_up_at is not null;

create table board_segment (
    leaderboard  text not null,
    period_start integer not null,
    segment      text not null,
    primary key (leaderboard, period_start, segment)
) strict, without rowid;

create table board_entry (
    leaderboard  text not null,
    period_start integer not null,
    player_id    text not null,
    segment      text not null,
    score        integer not null,
    samples      integer not null,
    total        integer not null,
    first_at     integer not null,
    latest_at    integer not null,
    latest_id    text not null,
    changed_at   integer,
    metadata     text,
    metadata_at  integer,
    metadata_id  text,
    version      integer not null,
    order_key    blob,                  -- null: has no rank
    updated_at   integer not null,
    is_bot       integer not null,
    is_hidden    integer not null,
    primary key (leaderboard, period_start, player_id)
) strict, without rowid;

-- The order of each segment. Whoever counts in it need not look at the entries.
create index board_entry_order on board_entry (leaderboard, period_start, segment, order_key, player_id, is_bot)
    where order_key is not null;

-- The bots of a segment: how many have joined, and the second of the period at which they were looked at last (L8).
-- Who they are and where they stand follows from the period's definition and the installation's secret.
create table board_bots (
    leaderboard  text not null,
    period_start integer not null,
    segment      text not null,
    second       integer not null,       -- -1: never looked at
    bots         integer not null,
    is_full      integer not null,       -- no other bot ever joins
    revision     integer not null,       -- looks that changed anything
    leased_by    text,
    leased_until integer,                -- real time
    primary key (leaderboard, period_start, segment)
) strict, without rowid;

-- What bots saw that look at others: what they did follows from it, and can be played again (L4).
create table board_sighting (
    leaderboard  text not null,
    period_start integer not null,
    segment      text not null,
    anchor       text not null,
    rank         integer not null,       -- 0: the anchor says whom
    second       integer not null,
    points       integer not null,
    primary key (leaderboard, period_start, segment, second, anchor, rank)
) strict, without rowid;

create table contribution (
    number          integer primary key autoincrement,  -- in order, and never used again
    leaderboard     text not null,
    period_start    integer not null,
    player_id       text not null,
    segment         text not null,
    source          text not null,
    contribution_id text not null,
    at              integer not null,
    arrived_at      integer not null,
    points          text not null,      -- a decimal; empty: not looked at
    claim           text not null,      -- JSON
    outcome         text not null,
    metadata        text
) strict;

create index contribution_period on contribution (leaderboard, period_start, number);
create index contribution_arrived on contribution (arrived_at);

create table game_event (
    server_key text not null,
    event_id   text not null,
    at         integer not null,
    arrived_at integer not null,
    content    text not null,           -- JSON
    primary key (server_key, event_id)
) strict, without rowid;

create index game_event_at on game_event (at, server_key, event_id);
create index game_event_arrived on game_event (arrived_at);

create table board_snapshot (
    leaderboard    text not null,
    period_start   integer not null,
    segment        text not null,
    position       integer not null,
    rank           integer not null,
    prize_position integer,
    prize_tier     text not null,       -- empty: no prize
    player_id      text not null,
    name           text not null,
    avatar_url     text not null,
    score          integer not null,
    samples        integer not null,
    total          integer not null,
    first_at       integer not null,
    latest_at      integer not null,
    latest_id      text not null,
    changed_at     integer,
    metadata       text,
    metadata_at    integer,
    metadata_id    text,
    order_key      blob not null,
    updated_at     integer not null,
    is_bot         integer not null,
    primary key (leaderboard, period_start, segment, position),
    unique (leaderboard, period_start, player_id)
) strict, without rowid;

-- What a period's prize is granted for: unique in these columns, whatever its key says (B62).
alter table reward_grant add column leaderboard text;
alter table reward_grant add column period_start integer;
alter table reward_grant add column segment text;
alter table reward_grant add column claimable_at integer;

create unique index reward_grant_prize on reward_grant (leaderboard, period_start, segment, player_id)
    where leaderboard is not null;
create index reward_grant_period on reward_grant (leaderboard, period_start, grant_id) where leaderboard is not null;

-- What a roll said of the player, what the game reported of him, and when his final score went on to leaderboards.
alter table participant add column context text not null default '{}';
alter table participant add column metrics text not null default '{}';
alter table participant add column final_at integer;

-- Deliveries to an endpoint are due each on its own, whatever waits in other lanes.
create index notice_recipient on notice (module, due_at) where due_at is not null;

-- What the studio's servers say of players for good, such as the league that names their segment.
create table player_property (
    player_id text not null,
    key       text not null,
    value     text not null,            -- JSON: a text, a number or a truth value
    primary key (player_id, key)
) strict, without rowid;

-- Bots keep the participants of a cohort company; they are none of them (L7).
alter table cohort add column bot_count integer not null default 0;
alter table cohort add column bots_at integer;         -- the second at which they stand where they are
alter table cohort add column bots_due_at integer;     -- when they move next though nobody looks; null: they need not
alter table cohort add column bots_leased_by text;
alter table cohort add column bots_leased_until integer;  -- real time

create index cohort_bots_due on cohort (bots_due_at) where bots_due_at is not null;

create table cohort_bot (
    cohort_id        text not null,
    slot             integer not null,
    generation       integer not null,   -- how many had the slot before
    kind             text not null,
    player_id        text not null,
    standing_key     blob not null,
    name             text not null,
    avatar_url       text not null,
    joined_at        integer not null,
    joined_revision  integer not null,
    score            integer not null,
    submission_count integer not null,
    changed_at       integer,
    finished_at      integer,
    has_led          integer not null,
    is_done          integer not null,
    left_at          integer,            -- a human has its place
    primary key (cohort_id, slot, generation)
) strict, without rowid;

-- What reactive bots have seen: enough to play a season again (L4).
create table bot_sighting (
    cohort_id text not null,
    anchor    text not null,
    rank      integer not null,
    at        integer not null,
    score     integer not null,
    primary key (cohort_id, anchor, rank, at)
) strict, without rowid;
