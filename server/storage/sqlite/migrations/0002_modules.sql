-- What studios' modules keep, what they are still to be told, and when their jobs ran.
-- Times are microseconds since 1970; game time unless a comment says real time.

create table stored_object (
    collection text not null,
    owner      text not null,        -- empty: nobody's
    key        text not null,
    value      text not null,        -- JSON
    version    text not null,
    updated_at integer not null,
    primary key (collection, owner, key)
) strict, without rowid;

create table notice (
    notice_id  integer primary key autoincrement,  -- in order within a lane, and never used again
    module     text not null,
    lane       text not null,
    kind       text not null,
    content    text not null,        -- JSON
    created_at integer not null,
    attempts   integer not null,
    due_at     integer,              -- real time; null: parked
    failure    text not null         -- incident of the last attempt
) strict;

create index notice_lane on notice (module, lane, notice_id) where due_at is not null;
create index notice_due on notice (due_at) where due_at is not null;
create index notice_parked on notice (notice_id) where due_at is null;

create table announcement (
    event_id        text primary key,
    announced_until integer not null
) strict, without rowid;

create table job (
    module       text not null,
    name         text not null,
    ran_until    integer not null,   -- ticks up to here need no run
    leased_until integer not null,   -- real time
    primary key (module, name)
) strict, without rowid;
