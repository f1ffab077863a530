-- Event leaderboards, their players and what they win.
-- Times are microseconds since 1970; game time unless a comment says real time.

create table installation (
    name  text primary key,
    value blob not null
) strict, without rowid;

create table definition_content (
    hash    text primary key,
    content text not null
) strict, without rowid;

create table activation (
    event_id     text not null,
    activated_at integer not null,
    hash         text,              -- null: the event was removed
    primary key (event_id, activated_at)
) strict, without rowid;

create table phase (
    event_id        text not null,
    start           integer not null,
    active_end      integer not null,
    expiry          integer not null,
    definition_hash text not null,
    primary key (event_id, start)
) strict, without rowid;

create table player (
    player_id  text primary key,
    created_at integer not null,
    name       text not null,
    avatar_url text not null
) strict, without rowid;

create table login (
    kind      text not null,
    digest    blob not null,
    player_id text not null,
    primary key (kind, digest)
) strict, without rowid;

create table cohort (
    cohort_id           text primary key,
    event_id            text not null,
    phase_start         integer not null,
    tier                integer not null,
    size                integer not null,
    created_at          integer not null,
    is_reserved         integer not null,
    properties          text not null,
    revision            integer not null,
    changed_at          integer not null,
    participant_count   integer not null,
    finisher_count      integer not null,
    done_count          integer not null,
    last_open_joined_at integer,
    last_done_at        integer,
    filled_at           integer,
    min_reached_at      integer,
    saturated_at        integer,
    sealed_at           integer,
    completed_at        integer,
    settle_at           integer,
    has_room            integer not null,
    leased_by           text,
    leased_until        integer      -- real time
) strict, without rowid;

-- Those that the default choice looks at, in its order of preference (E22).
create index cohort_open
    on cohort (event_id, phase_start, tier, is_reserved, (finisher_count > 0), participant_count desc, created_at)
    where has_room;

create index cohort_due on cohort (settle_at) where settle_at is not null;

create table participant (
    cohort_id         text not null,
    player_id         text not null,
    standing_key      blob not null,
    name              text not null,
    avatar_url        text not null,
    joined_at         integer not null,
    joined_revision   integer not null,
    score             integer not null,
    subscore          integer not null,
    submission_count  integer not null,
    updated_at        integer,
    reached_at        integer,
    reached_revision  integer not null,
    finished_at       integer,
    finished_revision integer not null,
    metadata          text not null,
    claimed_at        integer,
    primary key (cohort_id, player_id)
) strict, without rowid;

create index participant_player on participant (player_id, cohort_id);

create table participation (
    player_id          text not null,
    event_id           text not null,
    cohort_id          text not null,
    rolls_used         integer not null,
    rolled_at          integer not null,
    best_rank          integer,
    played_tier_change integer,
    primary key (player_id, event_id)
) strict, without rowid;

create table reward_grant (
    grant_id    text primary key,
    grant_key   text not null unique,
    player_id   text not null,
    source_kind text not null,
    source_id   text not null,
    reward      text not null,
    state       text not null,
    created_at  integer not null,
    claimed_at  integer,
    expires_at  integer
) strict, without rowid;

create index reward_grant_player on reward_grant (player_id, grant_id desc);

create table balance (
    player_id text not null,
    holding   text not null,         -- currency or item
    key       text not null,
    amount    integer not null check (amount >= 0),
    primary key (player_id, holding, key)
) strict, without rowid;

create table ledger (
    entry_id  integer primary key,
    player_id text not null,
    holding   text not null,
    key       text not null,
    change    integer not null,
    amount    integer not null,      -- the balance after it
    grant_id  text not null,
    at        integer not null
) strict;

create index ledger_player on ledger (player_id, entry_id desc);

create table receipt (
    caller     text not null,
    call       text not null,
    event_id   text not null,
    request_id text not null,
    digest     blob not null,
    effect     text not null,
    created_at integer not null,     -- real time
    primary key (caller, call, event_id, request_id)
) strict, without rowid;

create index receipt_created on receipt (created_at);

create table submission_receipt (
    player_id  text not null,
    event_id   text not null,
    caller     text not null,
    request_id text not null,
    digest     blob not null,
    effect     text not null,
    created_at integer not null,     -- real time
    primary key (player_id, event_id, caller, request_id)
) strict, without rowid;
