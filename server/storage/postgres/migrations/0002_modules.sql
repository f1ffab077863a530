-- What studios' modules keep, what they are still to be told, and when their jobs ran.
-- Times are microseconds since 1970; game time unless a comment says real time. Texts sort by their bytes, as in SQLite.

create table stored_object (
    collection text collate "C" not null,
    owner      text collate "C" not null,        -- empty: nobody's
    key        text collate "C" not null,
    value      text not null,        -- JSON
    version    text not null,
    updated_at bigint not null,
    primary key (collection, owner, key)
);

create table notice (
    notice_id  bigint generated always as identity primary key,  -- in order within a lane, and never used again
    module     text collate "C" not null,
    lane       text collate "C" not null,
    kind       text not null,
    content    text not null,        -- JSON
    created_at bigint not null,
    attempts   bigint not null,
    due_at     bigint,              -- real time; null: parked
    failure    text not null         -- incident of the last attempt
);

create index notice_lane on notice (module, lane, notice_id) where due_at is not null;
create index notice_due on notice (due_at) where due_at is not null;
create index notice_parked on notice (notice_id) where due_at is null;

create table announcement (
    event_id        text collate "C" primary key,
    announced_until bigint not null
);

create table job (
    module       text collate "C" not null,
    name         text collate "C" not null,
    ran_until    bigint not null,   -- ticks up to here need no run
    leased_until bigint not null,   -- real time
    primary key (module, name)
);
