-- Bots of cohorts, and lines of both participants and bots. PostgreSQL answers the same names in its own words.

-- cohort_by_id --
select c.cohort_id, c.event_id, c.phase_start, c.tier, c.size, c.created_at, c.is_reserved, c.properties, c.revision,
       c.changed_at, c.participant_count, c.finisher_count, c.done_count, c.last_open_joined_at, c.last_done_at,
       c.filled_at, c.min_reached_at, c.saturated_at, c.sealed_at, c.completed_at, c.settle_at,
       c.bot_count, c.bots_at, c.bots_due_at
  from cohort c
 where c.cohort_id = :cohort_id;

-- bots_of_cohort --
-- All that a cohort has or had.
select b.cohort_id, b.slot, b.generation, b.kind, b.player_id, b.name, b.avatar_url, b.joined_at, b.joined_revision,
       b.score, b.standing_key, b.submission_count, b.changed_at, b.finished_at, b.has_led, b.is_done, b.left_at
  from json_each(:cohort_id) as k
  join cohort_bot b on b.cohort_id = k.value
 order by b.cohort_id, b.slot, b.generation;

-- sightings_of_cohort --
select s.cohort_id, s.anchor, s.rank, s.at, s.score
  from json_each(:cohort_id) as k
  join bot_sighting s on s.cohort_id = k.value
 order by s.cohort_id, s.anchor, s.rank, s.at;

-- bots_ahead --
select count(*) from cohort_bot where cohort_id = :cohort_id and standing_key < :standing_key and left_at is null;

-- bots_until --
select count(*) from cohort_bot where cohort_id = :cohort_id and standing_key <= :standing_key and left_at is null;

-- lines_of --
-- Participants and bots in one order.
select cohort_id, player_id, name, avatar_url, joined_at, joined_revision, score, subscore, submission_count, updated_at,
       reached_at, reached_revision, finished_at, finished_revision, metadata, claimed_at, context, metrics,
       final_at, 0 as is_bot, standing_key
  from participant
 where cohort_id = :cohort_id
 union all
select cohort_id, player_id, name, avatar_url, joined_at, joined_revision, score, 0, submission_count, changed_at,
       changed_at, 0, finished_at, 0, '{}', null, '{}', '{}',
       null, 1, standing_key
  from cohort_bot
 where cohort_id = :cohort_id and left_at is null
 order by 21, 2
 limit :limit offset :offset;

-- lines_after --
select cohort_id, player_id, name, avatar_url, joined_at, joined_revision, score, subscore, submission_count, updated_at,
       reached_at, reached_revision, finished_at, finished_revision, metadata, claimed_at, context, metrics,
       final_at, 0 as is_bot, standing_key
  from participant
 where cohort_id = :cohort_id and standing_key > :standing_key
 union all
select cohort_id, player_id, name, avatar_url, joined_at, joined_revision, score, 0, submission_count, changed_at,
       changed_at, 0, finished_at, 0, '{}', null, '{}', '{}',
       null, 1, standing_key
  from cohort_bot
 where cohort_id = :cohort_id and left_at is null and standing_key > :standing_key
 order by 21, 2
 limit :limit;

-- record_company --
-- What changes in a cohort when only its bots have moved.
update cohort
   set revision = :revision, bot_count = :bot_count, bots_at = :bots_at, bots_due_at = :bots_due_at
 where cohort_id = :cohort_id;

-- record_cohort_bot --
insert into cohort_bot (cohort_id, slot, generation, kind, player_id, name, avatar_url, joined_at, joined_revision, score,
                        standing_key, submission_count, changed_at, finished_at, has_led, is_done, left_at)
values (:cohort_id, :slot, :generation, :kind, :player_id, :name, :avatar_url, :joined_at, :joined_revision, :score,
        :standing_key, :submission_count, :changed_at, :finished_at, :has_led, :is_done, :left_at)
    on conflict (cohort_id, slot, generation) do update
   set score = excluded.score, standing_key = excluded.standing_key, submission_count = excluded.submission_count,
       changed_at = excluded.changed_at, finished_at = excluded.finished_at, has_led = excluded.has_led,
       is_done = excluded.is_done, left_at = excluded.left_at;

-- add_cohort_sighting --
insert into bot_sighting (cohort_id, anchor, rank, at, score) values (:cohort_id, :anchor, :rank, :at, :score);

-- lease_companies --
update cohort
   set bots_leased_by = :worker, bots_leased_until = :leased_until
 where cohort_id in (select value from json_each(:cohort_id)) and sealed_at is null
   and (bots_leased_until is null or bots_leased_until <= :wall or bots_leased_by = :worker)
returning cohort_id;

-- acquire_due_companies --
update cohort
   set bots_leased_by = :worker, bots_leased_until = :leased_until
 where cohort_id in (select cohort_id
                       from cohort
                      where bots_due_at <= :now and sealed_at is null
                        and (bots_leased_until is null or bots_leased_until <= :wall)
                      order by bots_due_at
                      limit :limit)
returning cohort_id;

-- break_company_leases --
update cohort set bots_leased_by = null, bots_leased_until = null where bots_leased_until is not null;
