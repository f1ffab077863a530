-- What PostgreSQL does for the bots of leaderboards, by the names that SQLite answers too.

-- add_bots --
insert into board_bots (leaderboard, period_start, segment, second, bots, is_full, revision)
select k.leaderboard, k.period_start, k.segment, -1, 0, 0, 0
  from unnest(:leaderboard::text[], :period_start::text::bigint[], :segment::text[]) as k (leaderboard, period_start, segment)
    on conflict do nothing;

-- bots_of --
select b.second, b.bots, b.is_full, b.revision, b.leased_by, b.leased_until, k.number
  from unnest(:leaderboard::text[], :period_start::text::bigint[], :segment::text[])
       with ordinality as k (leaderboard, period_start, segment, number)
  join board_bots b
    on b.leaderboard = k.leaderboard and b.period_start = k.period_start and b.segment = k.segment;

-- record_bots --
update board_bots
   set second = :second, bots = :bots, is_full = :is_full, revision = :revision
 where leaderboard = :leaderboard and period_start = :period_start and segment = :segment;

-- lease_bots --
update board_bots b
   set leased_by = k.worker, leased_until = k.leased_until
  from unnest(:worker::text[], :leased_until::text::bigint[], :leaderboard::text[], :period_start::text::bigint[],
              :segment::text[], :wall::text::bigint[])
       as k (worker, leased_until, leaderboard, period_start, segment, wall)
 where b.leaderboard = k.leaderboard and b.period_start = k.period_start and b.segment = k.segment
   and (b.leased_by = k.worker or b.leased_until is null or b.leased_until <= k.wall);

-- break_bot_leases --
update board_bots set leased_by = null, leased_until = null where leased_until is not null;

-- first_humans --
select first_at
  from board_entry
 where leaderboard = :leaderboard and period_start = :period_start and segment = :segment and order_key is not null
   and is_bot = 0
 order by first_at
 limit :limit;

-- human_at --
select order_key
  from board_entry
 where leaderboard = :leaderboard and period_start = :period_start and segment = :segment and order_key is not null
   and order_key < :below and is_bot = 0
 order by order_key, player_id
 limit 1 offset :place;

-- add_sighting --
insert into board_sighting (leaderboard, period_start, segment, anchor, rank, second, points)
select *
  from unnest(:leaderboard::text[], :period_start::text::bigint[], :segment::text[], :anchor::text[], :rank::text::bigint[],
              :second::text::bigint[], :points::text::bigint[]);

-- sightings_of --
select anchor, rank, second, points
  from board_sighting
 where leaderboard = :leaderboard and period_start = :period_start and segment = :segment and second > :after
 order by second, anchor, rank;

-- reset_bots --
update board_bots
   set second = -1, bots = 0, is_full = 0, revision = revision + 1
 where leaderboard = :leaderboard and period_start = :period_start;

-- drop_bots --
delete from board_bots where leaderboard = :leaderboard and period_start = :period_start returning 1;

-- drop_sightings --
delete from board_sighting where leaderboard = :leaderboard and period_start = :period_start;

-- drop_bot_accounts --
delete from player
 where player_id in (select player_id
                       from board_entry
                      where leaderboard = :leaderboard and period_start = :period_start and is_bot = 1);
