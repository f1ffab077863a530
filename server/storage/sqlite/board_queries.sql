-- What the embedded store does for leaderboards. PostgreSQL answers the same names in its own words.

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
  join board_period p
    on p.leaderboard = b.leaderboard
   and p.start in (select f.start
                     from board_period f
                    where f.leaderboard = b.leaderboard and f.stage = 'final'
                    order by f.start desc
                    limit :kept)
 order by leaderboard, start;

-- stored_period --
select leaderboard, start, ends_at, window_key, definition_hash, seals_at, stage, progress, entries, finalized_at
  from board_period
 where leaderboard = :leaderboard and start = :start;

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
update board_period
   set leased_by = :worker, leased_until = :leased_until
 where (leaderboard, start) in (select p.leaderboard, p.start
                                  from (select leaderboard, min(start) as start
                                          from board_period
                                         where stage <> 'final'
                                         group by leaderboard) oldest
                                  join board_period p on p.leaderboard = oldest.leaderboard and p.start = oldest.start
                                 where p.seals_at <= :now and (p.leased_until is null or p.leased_until <= :wall)
                                 order by p.seals_at, p.leaderboard
                                 limit :limit)
returning leaderboard, start, ends_at, window_key, definition_hash, seals_at, stage, progress, entries, finalized_at;

-- acquire_final_periods --
update board_period
   set leased_by = :worker, leased_until = :leased_until
 where (leaderboard, start) in (select p.leaderboard, p.start
                                  from board_period p
                                 where p.follow_up_at <= :now
                                   and (p.leased_until is null or p.leased_until <= :wall)
                                 order by p.follow_up_at, p.leaderboard
                                 limit :limit)
returning leaderboard, start, ends_at, window_key, definition_hash, seals_at, stage, progress, entries, finalized_at;

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
select segment
  from board_segment
 where leaderboard = :leaderboard and period_start = :period_start and segment = :segment;

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
values (:leaderboard, :period_start, :segment)
    on conflict do nothing;

-- segment_sizes --
select segment, count(*) as size
  from board_entry
 where leaderboard = :leaderboard and period_start = :period_start and order_key is not null
 group by segment
 order by size desc, segment
 limit :limit;

-- entry_of --
select leaderboard, period_start, player_id, segment, score, samples, total, first_at, latest_at, latest_id, changed_at,
       metadata, metadata_at, metadata_id, version, order_key, updated_at, is_bot, is_hidden
  from board_entry
 where leaderboard = :leaderboard and period_start = :period_start and player_id = :player_id;

-- record_entry --
insert into board_entry (leaderboard, period_start, player_id, segment, score, samples, total, first_at, latest_at,
                         latest_id, changed_at, metadata, metadata_at, metadata_id, version, order_key, updated_at,
                         is_bot, is_hidden)
values (:leaderboard, :period_start, :player_id, :segment, :score, :samples, :total, :first_at, :latest_at, :latest_id,
        :changed_at, :metadata, :metadata_at, :metadata_id, :version, :order_key, :updated_at, :is_bot, :is_hidden)
    on conflict (leaderboard, period_start, player_id) do update
   set segment = excluded.segment, score = excluded.score, samples = excluded.samples, total = excluded.total,
       first_at = excluded.first_at, latest_at = excluded.latest_at, latest_id = excluded.latest_id,
       changed_at = excluded.changed_at, metadata = excluded.metadata, metadata_at = excluded.metadata_at,
       metadata_id = excluded.metadata_id, version = excluded.version, order_key = excluded.order_key,
       updated_at = excluded.updated_at, is_bot = excluded.is_bot, is_hidden = excluded.is_hidden;

-- remove_entry --
delete from board_entry
 where leaderboard = :leaderboard and period_start = :period_start and player_id = :player_id;

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
select count(*), count(distinct substr(order_key, 1, :tie_length)), coalesce(sum(is_bot), 0)
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
 where (leaderboard, period_start, player_id) in (select e.leaderboard, e.period_start, e.player_id
                                                    from board_period p
                                                    join board_entry e on e.leaderboard = p.leaderboard
                                                                      and e.period_start = p.start
                                                   where p.leaderboard = :leaderboard and p.start = :period_start
                                                     and p.stage = 'final'
                                                   limit :limit)
returning 1;

-- drop_segments --
delete from board_segment
 where leaderboard = :leaderboard and period_start = :period_start
   and exists (select 1
                 from board_period p
                where p.leaderboard = :leaderboard and p.start = :period_start and p.stage = 'final');

-- log_contribution --
insert into contribution (leaderboard, period_start, player_id, segment, source, contribution_id, at, arrived_at, points,
                          claim, outcome, metadata)
values (:leaderboard, :period_start, :player_id, :segment, :source, :contribution_id, :at, :arrived_at, :points,
        :claim, :outcome, :metadata);

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
 where number in (select number from contribution where arrived_at < :arrived_before order by arrived_at limit :limit)
returning arrived_at;

-- raise_number --
-- Numbers are kept as digits, as all values of the installation are bytes; this one never falls.
insert into installation (name, value) values (:name, :value)
    on conflict (name) do update
   set value = excluded.value
 where cast(cast(excluded.value as text) as integer) > cast(cast(installation.value as text) as integer);

-- game_event --
select server_key, event_id, at, arrived_at, content
  from game_event
 where server_key = :server_key and event_id in (select value from json_each(:event_id));

-- game_events_between --
select server_key, event_id, at, arrived_at, content
  from game_event
 where (at, server_key, event_id) > (:after, :server_key, :event_id) and at < :end
 order by at, server_key, event_id
 limit :limit;

-- add_game_event --
insert into game_event (server_key, event_id, at, arrived_at, content)
values (:server_key, :event_id, :at, :arrived_at, :content);

-- forget_game_events --
delete from game_event
 where (server_key, event_id) in (select server_key, event_id
                                    from game_event
                                   where arrived_at < :arrived_before
                                   order by arrived_at
                                   limit :limit)
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
select leaderboard, period_start, segment, position, rank, prize_position, prize_tier, player_id, name, avatar_url, score,
       samples, total, first_at, latest_at, latest_id, changed_at, metadata, metadata_at, metadata_id, order_key, updated_at,
       is_bot
  from board_snapshot
 where leaderboard = :leaderboard and period_start = :period_start and player_id = :player_id and segment = :segment;

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
insert into board_snapshot (leaderboard, period_start, segment, position, rank, prize_position, prize_tier, player_id, name,
                            avatar_url, score, samples, total, first_at, latest_at, latest_id, changed_at, metadata,
                            metadata_at, metadata_id, order_key, updated_at, is_bot)
values (:leaderboard, :period_start, :segment, :position, :rank, :prize_position, :prize_tier, :player_id, :name,
        :avatar_url, :score, :samples, :total, :first_at, :latest_at, :latest_id, :changed_at, :metadata, :metadata_at,
        :metadata_id, :order_key, :updated_at, :is_bot)
    on conflict do nothing;

-- drop_snapshot --
delete from board_snapshot
 where (leaderboard, period_start, segment, position) in (select leaderboard, period_start, segment, position
                                                            from board_snapshot
                                                           where leaderboard = :leaderboard
                                                             and period_start = :period_start
                                                           limit :limit)
returning 1;
