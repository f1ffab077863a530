-- Event leaderboards, their players and what they win.
-- Times are microseconds since 1970; game time unless a comment says real time. Texts sort by their bytes, as in SQLite.

create table installation (
    name  text primary key,
    value bytea not null
);

create table definition_content (
    hash    text collate "C" primary key,
    content text not null
);

create table activation (
    event_id     text collate "C" not null,
    activated_at bigint not null,
    hash         text collate "C",              -- null: the event was removed
    primary key (event_id, activated_at)
);

create table phase (
    event_id        text collate "C" not null,
    start           bigint not null,
    active_end      bigint not null,
    expiry          bigint not null,
    definition_hash text collate "C" not null,
    primary key (event_id, start)
);

create table player (
    player_id  text collate "C" primary key,
    created_at bigint not null,
    name       text not null,
    avatar_url text not null
);

create table login (
    kind      text collate "C" not null,
    digest    bytea not null,
    player_id text collate "C" not null,
    primary key (kind, digest)
);

create table cohort (
    cohort_id           text collate "C" primary key,
    event_id            text collate "C" not null,
    phase_start         bigint not null,
    tier                bigint not null,
    size                bigint not null,
    created_at          bigint not null,
    is_reserved         bigint not null,
    properties          text not null,
    revision            bigint not null,
    changed_at          bigint not null,
    participant_count   bigint not null,
    finisher_count      bigint not null,
    done_count          bigint not null,
    last_open_joined_at bigint,
    last_done_at        bigint,
    filled_at           bigint,
    min_reached_at      bigint,
    saturated_at        bigint,
    sealed_at           bigint,
    completed_at        bigint,
    settle_at           bigint,
    has_room            bigint not null,
    leased_by           text,
    leased_until        bigint       -- real time
) with (fillfactor = 70);            -- rows that change all the time find room on their own page

-- Those that the default choice looks at, in its order of preference (E22).
create index cohort_open
    on cohort (event_id, phase_start, tier, is_reserved, (finisher_count > 0), participant_count desc, created_at)
    where has_room <> 0;

create index cohort_due on cohort (settle_at) where settle_at is not null;

create table participant (
    cohort_id         text collate "C" not null,
    player_id         text collate "C" not null,
    standing_key      bytea not null,
    name              text not null,
    avatar_url        text not null,
    joined_at         bigint not null,
    joined_revision   bigint not null,
    score             bigint not null,
    subscore          bigint not null,
    submission_count  bigint not null,
    updated_at        bigint,
    reached_at        bigint,
    reached_revision  bigint not null,
    finished_at       bigint,
    finished_revision bigint not null,
    metadata          text not null,
    claimed_at        bigint,
    primary key (cohort_id, player_id)
) with (fillfactor = 70);

create index participant_player on participant (player_id, cohort_id);

create table participation (
    player_id          text collate "C" not null,
    event_id           text collate "C" not null,
    cohort_id          text collate "C" not null,
    rolls_used         bigint not null,
    rolled_at          bigint not null,
    best_rank          bigint,
    played_tier_change bigint,
    primary key (player_id, event_id)
);

create table reward_grant (
    grant_id    text collate "C" primary key,
    grant_key   text collate "C" not null unique,
    player_id   text collate "C" not null,
    source_kind text not null,
    source_id   text not null,
    reward      text not null,
    state       text not null,
    created_at  bigint not null,
    claimed_at  bigint,
    expires_at  bigint
);

create index reward_grant_player on reward_grant (player_id, grant_id desc);

create table balance (
    player_id text collate "C" not null,
    holding   text not null,         -- currency or item
    key       text collate "C" not null,
    amount    bigint not null check (amount >= 0),
    primary key (player_id, holding, key)
);

create table ledger (
    entry_id  bigint generated always as identity primary key,
    player_id text collate "C" not null,
    holding   text not null,
    key       text collate "C" not null,
    change    bigint not null,
    amount    bigint not null,      -- the balance after it
    grant_id  text collate "C" not null,
    at        bigint not null
);

create index ledger_player on ledger (player_id, entry_id desc);

create table receipt (
    caller     text collate "C" not null,
    call       text not null,
    event_id   text collate "C" not null,
    request_id text collate "C" not null,
    digest     bytea not null,
    effect     text not null,
    created_at bigint not null,     -- real time
    primary key (caller, call, event_id, request_id)
);

create index receipt_created on receipt (created_at);

create table submission_receipt (
    player_id  text collate "C" not null,
    event_id   text collate "C" not null,
    caller     text collate "C" not null,
    request_id text collate "C" not null,
    digest     bytea not null,
    effect     text not null,
    created_at bigint not null,     -- real time
    primary key (player_id, event_id, caller, request_id)
);
