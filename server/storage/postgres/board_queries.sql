-- What PostgreSQL does for leaderboards, by the names that SQLite answers too. Numbers come as the text of an array, which is
-- made in a third of the time. A query that is asked for many keys answers the `number` of each beside what it has found.

-- board_activations --
select a.leaderboard, a.activated_at, a.hash, d.content, a.restarts
  from board_activation a
  left join definition_content d on d.hash = a.hash
 order by a.leaderboard, a.activated_at;

-- add_board_activation --
-- Two in the same microsecond are one: the later word holds.
insert into board_activation (leaderboard, activated_at, hash, restarts)
values (:leaderboard, :activated_at, :hash, :restarts)
    on conflict (leaderboard, activated_at) do update
   set hash = excluded.hash, restarts = excluded.restarts;

-- unsettled_periods --
-- The boards are found by leaps along the index, and so are their last :kept periods: old ones cost nothing.
with recursive board (leaderboard) as (
    select min(leaderboard) from board_period
    union all
    select (select min(p.leaderboard) from board_period p where p.leaderboard > board.leaderboard)
      from board
     where board.leaderboard is not null)
select leaderboard, start, ends_at, window_key, definition_hash, seals_at, stage, progress, entries, finalized_at
  from board_period
 where stage <> 'final'
union all
select p.leaderboard, p.start, p.ends_at, p.window_key, p.definition_hash, p.seals_at, p.stage, p.progress, p.entries,
       p.finalized_at
  from board b
  join lateral (select *
                  from board_period f
                 where f.leaderboard = b.leaderboard and f.stage = 'final'
                 order by f.start desc
                 limit :kept) p on true
 order by leaderboard, start;

-- stored_period --
select p.leaderboard, p.start, p.ends_at, p.window_key, p.definition_hash, p.seals_at, p.stage, p.progress, p.entries,
       p.finalized_at, k.number
  from unnest(:leaderboard::text[], :start::text::bigint[]) with ordinality as k (leaderboard, start, number)
  join board_period p on p.leaderboard = k.leaderboard and p.start = k.start;

-- period_named --
select leaderboard, start, ends_at, window_key, definition_hash, seals_at, stage, progress, entries, finalized_at
  from board_period
 where leaderboard = :leaderboard and window_key = :window_key;

-- periods_before --
select leaderboard, start, ends_at, window_key, definition_hash, seals_at, stage, progress, entries, finalized_at
  from board_period
 where leaderboard = :leaderboard and start < :before
 order by start desc
 limit :limit;

-- pin_period --
insert into board_period (leaderboard, start, ends_at, window_key, definition_hash, seals_at, stage, progress, entries,
                          finalized_at)
values (:leaderboard, :start, :ends_at, :window_key, :definition_hash, :seals_at, :stage, :progress, :entries,
        :finalized_at)
    on conflict (leaderboard, start) do nothing
returning start;

-- cut_periods --
update board_period
   set ends_at = :at, seals_at = :at
 where leaderboard = :leaderboard and stage = 'open' and start < :at and ends_at > :at;

-- repin_period --
update board_period
   set definition_hash = :definition_hash
 where leaderboard = :leaderboard and start = :start and stage = 'open';

-- acquire_due_periods --
-- Of each board only the oldest that is not final may go to somebody.
with due as materialized (select p.leaderboard, p.start
                            from (select leaderboard, min(start) as start
                                    from board_period
                                   where stage <> 'final'
                                   group by leaderboard) oldest
                            join board_period p on p.leaderboard = oldest.leaderboard and p.start = oldest.start
                           where p.seals_at <= :now and (p.leased_until is null or p.leased_until <= :wall)
                           order by p.seals_at, p.leaderboard
                           limit :limit
                             for update of p skip locked)
update board_period p
   set leased_by = :worker, leased_until = :leased_until
  from due
 where p.leaderboard = due.leaderboard and p.start = due.start
returning p.leaderboard, p.start, p.ends_at, p.window_key, p.definition_hash, p.seals_at, p.stage, p.progress, p.entries,
       p.finalized_at;

-- acquire_final_periods --
with due as materialized (select p.leaderboard, p.start
                            from board_period p
                           where p.follow_up_at <= :now and (p.leased_until is null or p.leased_until <= :wall)
                           order by p.follow_up_at, p.leaderboard
                           limit :limit
                             for update of p skip locked)
update board_period p
   set leased_by = :worker, leased_until = :leased_until
  from due
 where p.leaderboard = due.leaderboard and p.start = due.start
returning p.leaderboard, p.start, p.ends_at, p.window_key, p.definition_hash, p.seals_at, p.stage, p.progress, p.entries,
       p.finalized_at;

-- record_follow_up --
update board_period
   set progress = :progress, follow_up_at = :due_at
 where leaderboard = :leaderboard and start = :start and stage = 'final';

-- release_period --
update board_period
   set leased_by = null, leased_until = null
 where leaderboard = :leaderboard and start = :start;

-- break_period_leases --
update board_period set leased_by = null, leased_until = null
 where leased_until is not null and (stage <> 'final' or follow_up_at is not null);

-- seal_period --
update board_period set stage = 'sealed' where leaderboard = :leaderboard and start = :start and stage = 'open';

-- record_progress --
update board_period set progress = :progress where leaderboard = :leaderboard and start = :start;

-- finalize_period --
update board_period
   set stage = 'final', finalized_at = :at, entries = :entries, leased_by = null, leased_until = null
 where leaderboard = :leaderboard and start = :start and stage = 'sealed'
returning start;

-- known_segment --
select s.segment, k.number
  from unnest(:leaderboard::text[], :period_start::text::bigint[], :segment::text[])
       with ordinality as k (leaderboard, period_start, segment, number)
  join board_segment s
    on s.leaderboard = k.leaderboard and s.period_start = k.period_start and s.segment = k.segment;

-- segment_count --
select count(*) from board_segment where leaderboard = :leaderboard and period_start = :period_start;

-- segments_of --
select segment
  from board_segment
 where leaderboard = :leaderboard and period_start = :period_start and segment > :after
 order by segment
 limit :limit;

-- add_segment --
insert into board_segment (leaderboard, period_start, segment)
select * from unnest(:leaderboard::text[], :period_start::text::bigint[], :segment::text[])
    on conflict do nothing;

-- segment_sizes --
select segment, count(*) as size
  from board_entry
 where leaderboard = :leaderboard and period_start = :period_start and order_key is not null
 group by segment
 order by size desc, segment
 limit :limit;

-- entry_of --
-- In the order in which a transaction locks them.
select e.leaderboard, e.period_start, e.player_id, e.segment, e.score, e.samples, e.total, e.first_at, e.latest_at,
       e.latest_id, e.changed_at, e.metadata, e.metadata_at, e.metadata_id, e.version, e.order_key, e.updated_at, e.is_bot,
       e.is_hidden, k.number
  from unnest(:leaderboard::text[], :period_start::text::bigint[], :player_id::text[])
       with ordinality as k (leaderboard, period_start, player_id, number)
  join board_entry e
    on e.leaderboard = k.leaderboard and e.period_start = k.period_start and e.player_id = k.player_id
 order by e.leaderboard, e.period_start, e.player_id;

-- record_entry --
-- Answers no row for an entry that was not known when it was read, and that somebody else has added since.
with n as (select *
             from unnest(:leaderboard::text[], :period_start::text::bigint[], :player_id::text[], :segment::text[],
                         :score::text::bigint[], :samples::text::bigint[], :total::text::bigint[],
                         :first_at::text::bigint[], :latest_at::text::bigint[], :latest_id::text[],
                         :changed_at::text::bigint[], :metadata::text[], :metadata_at::text::bigint[],
                         :metadata_id::text[], :version::text::bigint[], :order_key::bytea[],
                         :updated_at::text::bigint[], :is_bot::text::bigint[], :is_hidden::text::bigint[],
                         :is_known::text::bigint[])
               as n (leaderboard, period_start, player_id, segment, score, samples, total, first_at, latest_at,
                     latest_id, changed_at, metadata, metadata_at, metadata_id, version, order_key, updated_at, is_bot,
                     is_hidden, is_known)),
     changed as (update board_entry e
                    set segment = n.segment, score = n.score, samples = n.samples, total = n.total,
                        first_at = n.first_at, latest_at = n.latest_at, latest_id = n.latest_id,
                        changed_at = n.changed_at, metadata = n.metadata, metadata_at = n.metadata_at,
                        metadata_id = n.metadata_id, version = n.version, order_key = n.order_key,
                        updated_at = n.updated_at, is_bot = n.is_bot, is_hidden = n.is_hidden
                   from n
                  where n.is_known <> 0 and e.leaderboard = n.leaderboard and e.period_start = n.period_start
                    and e.player_id = n.player_id
                 returning e.player_id),
     added as (insert into board_entry
                      (leaderboard, period_start, player_id, segment, score, samples, total, first_at, latest_at,
                       latest_id, changed_at, metadata, metadata_at, metadata_id, version, order_key, updated_at,
                       is_bot, is_hidden)
               select leaderboard, period_start, player_id, segment, score, samples, total, first_at, latest_at,
                      latest_id, changed_at, metadata, metadata_at, metadata_id, version, order_key, updated_at, is_bot,
                      is_hidden
                 from n
                where n.is_known = 0
                order by leaderboard, period_start, player_id
                   on conflict do nothing
               returning player_id)
select player_id from changed union all select player_id from added;

-- remove_entry --
delete from board_entry e
 using unnest(:leaderboard::text[], :period_start::text::bigint[], :player_id::text[])
       as k (leaderboard, period_start, player_id)
 where e.leaderboard = k.leaderboard and e.period_start = k.period_start and e.player_id = k.player_id;

-- has_entries --
select exists (select 1 from board_entry where leaderboard = :leaderboard and period_start = :period_start);

-- ranked_entries --
select player_id, segment, version, order_key, is_bot
  from board_entry
 where leaderboard = :leaderboard and period_start = :period_start and player_id > :after
 order by player_id
 limit :limit;

-- count_order --
select count(*), 0, coalesce(sum(is_bot), 0)
  from board_entry
 where leaderboard = :leaderboard and period_start = :period_start and segment = :segment and order_key is not null
   and order_key < :below;

-- count_order_and_ties --
select count(*), count(distinct substring(order_key from 1 for :tie_length)), coalesce(sum(is_bot), 0)
  from board_entry
 where leaderboard = :leaderboard and period_start = :period_start and segment = :segment and order_key is not null
   and order_key < :below;

-- count_ranked_up_to --
select count(*)
  from (select 1
          from board_entry
         where leaderboard = :leaderboard and period_start = :period_start and segment = :segment
           and order_key is not null
         limit :limit) as counted;

-- order_after --
select leaderboard, period_start, player_id, segment, score, samples, total, first_at, latest_at, latest_id, changed_at,
       metadata, metadata_at, metadata_id, version, order_key, updated_at, is_bot, is_hidden
  from board_entry
 where leaderboard = :leaderboard and period_start = :period_start and segment = :segment and order_key is not null
   and (order_key, player_id) > (:order_key, :player_id) and order_key < :below
 order by order_key, player_id
 limit :limit;

-- order_before --
-- The nearest first.
select leaderboard, period_start, player_id, segment, score, samples, total, first_at, latest_at, latest_id, changed_at,
       metadata, metadata_at, metadata_id, version, order_key, updated_at, is_bot, is_hidden
  from board_entry
 where leaderboard = :leaderboard and period_start = :period_start and segment = :segment and order_key is not null
   and (order_key, player_id) < (:order_key, :player_id)
 order by order_key desc, player_id desc
 limit :limit;

-- entries_to_settle --
select leaderboard, period_start, player_id, segment, score, samples, total, first_at, latest_at, latest_id, changed_at,
       metadata, metadata_at, metadata_id, version, order_key, updated_at, is_bot, is_hidden
  from board_entry
 where leaderboard = :leaderboard and period_start = :period_start and order_key is not null
   and (segment, order_key, player_id) > (:segment, :order_key, :player_id)
 order by segment, order_key, player_id
 limit :limit;

-- drop_entries --
delete from board_entry
 where ctid = any (array (select e.ctid
                            from board_period p
                            join board_entry e on e.leaderboard = p.leaderboard and e.period_start = p.start
                           where p.leaderboard = :leaderboard and p.start = :period_start and p.stage = 'final'
                           limit :limit))
returning 1;

-- drop_segments --
delete from board_segment
 where leaderboard = :leaderboard and period_start = :period_start
   and exists (select 1
                 from board_period p
                where p.leaderboard = :leaderboard and p.start = :period_start and p.stage = 'final');

-- log_contribution --
insert into contribution (leaderboard, period_start, player_id, segment, source, contribution_id, at, arrived_at,
                          points, claim, outcome, metadata)
select n.leaderboard, n.period_start, n.player_id, n.segment, n.source, n.contribution_id, n.at, n.arrived_at, n.points,
       n.claim, n.outcome, n.metadata
  from unnest(:leaderboard::text[], :period_start::text::bigint[], :player_id::text[], :segment::text[],
              :source::text[], :contribution_id::text[], :at::text::bigint[], :arrived_at::text::bigint[],
              :points::text[], :claim::text[], :outcome::text[], :metadata::text[])
       with ordinality
       as n (leaderboard, period_start, player_id, segment, source, contribution_id, at, arrived_at, points, claim,
             outcome, metadata, place)
 order by n.place;

-- contributions_to --
select number, leaderboard, period_start, player_id, segment, source, contribution_id, at, arrived_at, points, claim,
       outcome, metadata
  from contribution
 where leaderboard = :leaderboard and period_start = :period_start and number > :after
 order by number
 limit :limit;

-- contributions_after --
select number, leaderboard, period_start, player_id, segment, source, contribution_id, at, arrived_at, points, claim,
       outcome, metadata
  from contribution
 where number > :after
 order by number
 limit :limit;

-- last_contribution --
select coalesce(max(number), 0) from contribution;

-- forget_contributions --
delete from contribution
 where number = any (array (select number
                              from contribution
                             where arrived_at < :arrived_before
                             order by arrived_at
                             limit :limit))
returning arrived_at;

-- raise_number --
-- Numbers are kept as digits, as all values of the installation are bytes; this one never falls.
insert into installation as known (name, value) values (:name, :value)
    on conflict (name) do update
   set value = excluded.value
 where convert_from(excluded.value, 'UTF8')::bigint > convert_from(known.value, 'UTF8')::bigint;

-- game_event --
select e.server_key, e.event_id, e.at, e.arrived_at, e.content, k.number
  from unnest(:server_key::text[], :event_id::text[]) with ordinality as k (server_key, event_id, number)
  join game_event e on e.server_key = k.server_key and e.event_id = k.event_id;

-- game_events_between --
select server_key, event_id, at, arrived_at, content
  from game_event
 where (at, server_key, event_id) > (:after, :server_key, :event_id) and at < :end
 order by at, server_key, event_id
 limit :limit;

-- add_game_event --
insert into game_event (server_key, event_id, at, arrived_at, content)
select * from unnest(:server_key::text[], :event_id::text[], :at::text::bigint[], :arrived_at::text::bigint[],
                     :content::text[]);

-- forget_game_events --
delete from game_event
 where ctid = any (array (select ctid
                            from game_event
                           where arrived_at < :arrived_before
                           order by arrived_at
                           limit :limit))
returning 1;

-- snapshot_page --
select leaderboard, period_start, segment, position, rank, prize_position, prize_tier, player_id, name, avatar_url, score,
       samples, total, first_at, latest_at, latest_id, changed_at, metadata, metadata_at, metadata_id, order_key, updated_at,
       is_bot
  from board_snapshot
 where leaderboard = :leaderboard and period_start = :period_start and segment = :segment and position > :after
 order by position
 limit :limit;

-- snapshot_of --
select s.leaderboard, s.period_start, s.segment, s.position, s.rank, s.prize_position, s.prize_tier, s.player_id,
       s.name, s.avatar_url, s.score, s.samples, s.total, s.first_at, s.latest_at, s.latest_id, s.changed_at,
       s.metadata, s.metadata_at, s.metadata_id, s.order_key, s.updated_at, s.is_bot, k.number
  from unnest(:leaderboard::text[], :period_start::text::bigint[], :player_id::text[], :segment::text[])
       with ordinality as k (leaderboard, period_start, player_id, segment, number)
  join board_snapshot s
    on s.leaderboard = k.leaderboard and s.period_start = k.period_start and s.player_id = k.player_id
   and s.segment = k.segment;

-- snapshot_sizes --
-- From segment to segment by leaps along the key; places are numbered without gaps, so that the last tells how many there are.
with recursive s (segment) as (
    select min(segment) from board_snapshot where leaderboard = :leaderboard and period_start = :period_start
    union all
    select (select min(b.segment)
              from board_snapshot b
             where b.leaderboard = :leaderboard and b.period_start = :period_start and b.segment > s.segment)
      from s
     where s.segment is not null)
select s.segment, (select max(b.position)
                     from board_snapshot b
                    where b.leaderboard = :leaderboard and b.period_start = :period_start
                      and b.segment = s.segment) as size
  from s
 where s.segment is not null
 order by size desc, segment
 limit :limit;

-- snapshot_size --
select coalesce(max(position), 0)
  from board_snapshot
 where leaderboard = :leaderboard and period_start = :period_start and segment = :segment;

-- add_snapshot_row --
insert into board_snapshot (leaderboard, period_start, segment, position, rank, prize_position, prize_tier, player_id,
                            name, avatar_url, score, samples, total, first_at, latest_at, latest_id, changed_at,
                            metadata, metadata_at, metadata_id, order_key, updated_at, is_bot)
select * from unnest(:leaderboard::text[], :period_start::text::bigint[], :segment::text[], :position::text::bigint[],
                     :rank::text::bigint[], :prize_position::text::bigint[], :prize_tier::text[], :player_id::text[],
                     :name::text[], :avatar_url::text[], :score::text::bigint[], :samples::text::bigint[],
                     :total::text::bigint[], :first_at::text::bigint[], :latest_at::text::bigint[], :latest_id::text[],
                     :changed_at::text::bigint[], :metadata::text[], :metadata_at::text::bigint[], :metadata_id::text[],
                     :order_key::bytea[], :updated_at::text::bigint[], :is_bot::text::bigint[])
    on conflict do nothing;

-- drop_snapshot --
delete from board_snapshot
 where ctid = any (array (select ctid
                            from board_snapshot
                           where leaderboard = :leaderboard and period_start = :period_start
                           limit :limit))
returning 1;

-- lock_shared --
-- Lets any number of transactions do what has this name, and nobody who takes it with `lock`. In their order.
select pg_advisory_xact_lock_shared(hashtextextended(k.name, 0)) from unnest(:name::text[]) as k (name);
