-- Leaderboards: their history, periods, entries, what came in, what came of it.
-- Times are microseconds since 1970; game time unless a comment says real time. `period_start` is a period's identity.
-- Texts sort by their bytes, as in SQLite.

create table board_activation (
    leaderboard  text collate "C" not null,
    activated_at bigint not null,
    hash         text collate "C",              -- null: the board was removed
    restarts     bigint not null,
    primary key (leaderboard, activated_at)
);

create table board_period (
    leaderboard     text collate "C" not null,
    start           bigint not null,
    ends_at         bigint not null,
    window_key      text collate "C" not null,
    definition_hash text collate "C" not null,
    seals_at        bigint not null,
    stage           text not null,      -- open, sealed or final
    progress        text not null,
    entries         bigint not null,
    finalized_at    bigint,
    follow_up_at    bigint,            -- final, and something is still to be done then; null: nothing is
    leased_by       text,
    leased_until    bigint,            -- real time
    primary key (leaderboard, start),
    unique (leaderboard, window_key)
);

create index board_period_unsettled on board_period (leaderboard, start) where stage <> 'final';
create index board_period_follow_up on board_period (follow_up_at) where follow_up_at is not null;

create table board_segment (
    leaderboard  text collate "C" not null,
    period_start bigint not null,
    segment      text collate "C" not null,
    primary key (leaderboard, period_start, segment)
);

create table board_entry (
    leaderboard  text collate "C" not null,
    period_start bigint not null,
    player_id    text collate "C" not null,
    segment      text collate "C" not null,
    score        bigint not null,
    samples      bigint not null,
    total        bigint not null,
    first_at     bigint not null,
    latest_at    bigint not null,
    latest_id    text collate "C" not null,
    changed_at   bigint,
    metadata     text,
    metadata_at  bigint,
    metadata_id  text collate "C",
    version      bigint not null,
    order_key    bytea,                  -- null: has no rank
    updated_at   bigint not null,
    is_bot       bigint not null,
    is_hidden    bigint not null,
    primary key (leaderboard, period_start, player_id)
) with (fillfactor = 70);               -- rows that change all the time find room on their own page

-- The order of each segment. Whoever counts in it need not look at the entries.
create index board_entry_order on board_entry (leaderboard, period_start, segment, order_key, player_id)
    include (is_bot) where order_key is not null;

-- The bots of a segment: how many have joined, and the second of the period at which they were looked at last (L8).
-- Who they are and where they stand follows from the period's definition and the installation's secret.
create table board_bots (
    leaderboard  text collate "C" not null,
    period_start bigint not null,
    segment      text collate "C" not null,
    second       bigint not null,       -- -1: never looked at
    bots         bigint not null,
    is_full      bigint not null,       -- no other bot ever joins
    revision     bigint not null,       -- looks that changed anything
    leased_by    text,
    leased_until bigint,                -- real time
    primary key (leaderboard, period_start, segment)
);

-- What bots saw that look at others: what they did follows from it, and can be played again (L4).
create table board_sighting (
    leaderboard  text collate "C" not null,
    period_start bigint not null,
    segment      text collate "C" not null,
    anchor       text collate "C" not null,
    rank         bigint not null,       -- 0: the anchor says whom
    second       bigint not null,
    points       bigint not null,
    primary key (leaderboard, period_start, segment, second, anchor, rank)
);

create table contribution (
    number          bigint generated always as identity primary key,  -- in order, and never used again
    leaderboard     text collate "C" not null,
    period_start    bigint not null,
    player_id       text collate "C" not null,
    segment         text collate "C" not null,
    source          text not null,
    contribution_id text collate "C" not null,
    at              bigint not null,
    arrived_at      bigint not null,
    points          text not null,      -- a decimal; empty: not looked at
    claim           text not null,      -- JSON
    outcome         text not null,
    metadata        text
);

create index contribution_period on contribution (leaderboard, period_start, number);
create index contribution_arrived on contribution (arrived_at);

create table game_event (
    server_key text collate "C" not null,
    event_id   text collate "C" not null,
    at         bigint not null,
    arrived_at bigint not null,
    content    text not null,           -- JSON
    primary key (server_key, event_id)
);

create index game_event_at on game_event (at, server_key, event_id);
create index game_event_arrived on game_event (arrived_at);

create table board_snapshot (
    leaderboard    text collate "C" not null,
    period_start   bigint not null,
    segment        text collate "C" not null,
    position       bigint not null,
    rank           bigint not null,
    prize_position bigint,
    prize_tier     text not null,       -- empty: no prize
    player_id      text collate "C" not null,
    name           text not null,
    avatar_url     text not null,
    score          bigint not null,
    samples        bigint not null,
    total          bigint not null,
    first_at       bigint not null,
    latest_at      bigint not null,
    latest_id      text collate "C" not null,
    changed_at     bigint,
    metadata       text,
    metadata_at    bigint,
    metadata_id    text collate "C",
    order_key      bytea not null,
    updated_at     bigint not null,
    is_bot         bigint not null,
    primary key (leaderboard, period_start, segment, position),
    unique (leaderboard, period_start, player_id)
);

-- What a period's prize is granted for: unique in these columns, whatever its key says (B62).
alter table reward_grant add column leaderboard text collate "C";
alter table reward_grant add column period_start bigint;
alter table reward_grant add column segment text collate "C";
alter table reward_grant add column claimable_at bigint;

create unique index reward_grant_prize on reward_grant (leaderboard, period_start, segment, player_id)
    where leaderboard is not null;
create index reward_grant_period on reward_grant (leaderboard, period_start, grant_id) where leaderboard is not null;

-- What a roll said of the player, what the game reported of him, and when his final score went on to leaderboards.
alter table participant add column context text not null default '{}';
alter table participant add column metrics text not null default '{}';
alter table participant add column final_at bigint;

-- Deliveries to an endpoint are due each on its own, whatever waits in other lanes.
create index notice_recipient on notice (module, due_at) where due_at is not null;

-- What the studio's servers say of players for good, such as the league that names their segment.
create table player_property (
    player_id text collate "C" not null,
    key       text collate "C" not null,
    value     text not null,            -- JSON: a text, a number or a truth value
    primary key (player_id, key)
);

-- Bots keep the participants of a cohort company; they are none of them (L7).
alter table cohort add column bot_count bigint not null default 0;
alter table cohort add column bots_at bigint;         -- the second at which they stand where they are
alter table cohort add column bots_due_at bigint;     -- when they move next though nobody looks; null: they need not
alter table cohort add column bots_leased_by text;
alter table cohort add column bots_leased_until bigint;  -- real time

create index cohort_bots_due on cohort (bots_due_at) where bots_due_at is not null;

create table cohort_bot (
    cohort_id        text collate "C" not null,
    slot             bigint not null,
    generation       bigint not null,   -- how many had the slot before
    kind             text collate "C" not null,
    player_id        text collate "C" not null,
    standing_key     bytea not null,
    name             text not null,
    avatar_url       text not null,
    joined_at        bigint not null,
    joined_revision  bigint not null,
    score            bigint not null,
    submission_count bigint not null,
    changed_at       bigint,
    finished_at      bigint,
    has_led          bigint not null,
    is_done          bigint not null,
    left_at          bigint,            -- a human has its place
    primary key (cohort_id, slot, generation)
) with (fillfactor = 70);

-- What reactive bots have seen: enough to play a season again (L4).
create table bot_sighting (
    cohort_id text collate "C" not null,
    anchor    text collate "C" not null,
    rank      bigint not null,
    at        bigint not null,
    score     bigint not null,
    primary key (cohort_id, anchor, rank, at)
);
