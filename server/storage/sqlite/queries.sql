-- The statements of the embedded store. PostgreSQL answers the same names in its own words.

-- player_of --
select player_id, created_at, name, avatar_url from player where player_id = :player_id;

-- accounts_of --
select p.player_id, p.created_at, p.name, p.avatar_url
  from json_each(:player_id) as k
  join player p on p.player_id = k.value;

-- player_of_login --
select player_id from login where kind = :kind and digest = :digest;

-- participation_of --
-- A player's last cohort in an event, and himself in it.
select p.rolls_used, p.rolled_at, p.best_rank, p.played_tier_change,
       c.cohort_id, c.event_id, c.phase_start, c.tier, c.size, c.created_at, c.is_reserved, c.properties, c.revision,
       c.changed_at, c.participant_count, c.finisher_count, c.done_count, c.last_open_joined_at, c.last_done_at,
       c.filled_at, c.min_reached_at, c.saturated_at, c.sealed_at, c.completed_at, c.settle_at,
       c.bot_count, c.bots_at, c.bots_due_at,
       a.cohort_id, a.player_id, a.name, a.avatar_url, a.joined_at, a.joined_revision, a.score, a.subscore,
       a.submission_count, a.updated_at, a.reached_at, a.reached_revision, a.finished_at, a.finished_revision, a.metadata,
       a.claimed_at, a.context, a.metrics, a.final_at
  from participation p
  join cohort c on c.cohort_id = p.cohort_id
  join participant a on a.cohort_id = p.cohort_id and a.player_id = p.player_id
 where p.player_id = :player_id and p.event_id = :event_id;

-- events_of --
select event_id from participation where player_id = :player_id order by event_id;

-- cohort_of --
select cohort_id, event_id, phase_start, tier, size, created_at, is_reserved, properties, revision, changed_at,
       participant_count, finisher_count, done_count, last_open_joined_at, last_done_at, filled_at, min_reached_at,
       saturated_at, sealed_at, completed_at, settle_at, bot_count, bots_at, bots_due_at
  from cohort
 where cohort_id = :cohort_id;

-- participant_of --
select cohort_id, player_id, name, avatar_url, joined_at, joined_revision, score, subscore, submission_count, updated_at,
       reached_at, reached_revision, finished_at, finished_revision, metadata, claimed_at, context, metrics,
       final_at
  from participant
 where cohort_id = :cohort_id and player_id = :player_id;

-- rank_of --
-- One more than stand before; 0 where the participant does not exist.
select count(*)
  from participant me
  join participant other on other.cohort_id = me.cohort_id and other.standing_key <= me.standing_key
 where me.cohort_id = :cohort_id and me.player_id = :player_id;

-- rank_of_key --
select 1 + count(*)
  from participant
 where cohort_id = :cohort_id and standing_key < :standing_key and player_id <> :player_id;

-- order_of --
select player_id, standing_key from participant where cohort_id = :cohort_id;

-- standings_of --
select cohort_id, player_id, name, avatar_url, joined_at, joined_revision, score, subscore, submission_count, updated_at,
       reached_at, reached_revision, finished_at, finished_revision, metadata, claimed_at, context, metrics,
       final_at
  from participant
 where cohort_id = :cohort_id
 order by standing_key, player_id
 limit :limit offset :offset;

-- past_cohorts_of --
select c.cohort_id, c.event_id, c.phase_start, c.tier, c.size, c.created_at, c.is_reserved, c.properties, c.revision,
       c.changed_at, c.participant_count, c.finisher_count, c.done_count, c.last_open_joined_at, c.last_done_at,
       c.filled_at, c.min_reached_at, c.saturated_at, c.sealed_at, c.completed_at, c.settle_at,
       c.bot_count, c.bots_at, c.bots_due_at,
       a.cohort_id, a.player_id, a.name, a.avatar_url, a.joined_at, a.joined_revision, a.score, a.subscore,
       a.submission_count, a.updated_at, a.reached_at, a.reached_revision, a.finished_at, a.finished_revision, a.metadata,
       a.claimed_at, a.context, a.metrics, a.final_at
  from participant a
  join cohort c on c.cohort_id = a.cohort_id
 where a.player_id = :player_id and c.event_id = :event_id and a.joined_at < :before
 order by a.joined_at desc, a.cohort_id desc
 limit :limit;

-- open_cohorts --
-- The last column tells whether somebody in the cohort has met the player in this phase.
select c.cohort_id, c.event_id, c.phase_start, c.tier, c.size, c.created_at, c.is_reserved, c.properties, c.revision,
       c.changed_at, c.participant_count, c.finisher_count, c.done_count, c.last_open_joined_at, c.last_done_at,
       c.filled_at, c.min_reached_at, c.saturated_at, c.sealed_at, c.completed_at, c.settle_at,
       c.bot_count, c.bots_at, c.bots_due_at,
       exists (select 1
                 from participant mine
                 join cohort past on past.cohort_id = mine.cohort_id
                                 and past.event_id = c.event_id and past.phase_start = c.phase_start
                 join participant met on met.cohort_id = mine.cohort_id and met.player_id <> mine.player_id
                 join participant here on here.cohort_id = c.cohort_id and here.player_id = met.player_id
                where mine.player_id = :player_id)
  from cohort c
 where c.event_id = :event_id and c.phase_start = :phase_start and c.tier = :tier
   and c.has_room and c.is_reserved = 0
   and c.created_at > :created_after and (:properties = '' or c.properties = :properties)
   and not exists (select 1 from participant me where me.cohort_id = c.cohort_id and me.player_id = :player_id)
 order by c.finisher_count > 0, c.participant_count desc, c.created_at
 limit :limit;

-- open_cohorts_and_reserved --
-- The last column tells whether somebody in the cohort has met the player in this phase.
select c.cohort_id, c.event_id, c.phase_start, c.tier, c.size, c.created_at, c.is_reserved, c.properties, c.revision,
       c.changed_at, c.participant_count, c.finisher_count, c.done_count, c.last_open_joined_at, c.last_done_at,
       c.filled_at, c.min_reached_at, c.saturated_at, c.sealed_at, c.completed_at, c.settle_at,
       c.bot_count, c.bots_at, c.bots_due_at,
       exists (select 1
                 from participant mine
                 join cohort past on past.cohort_id = mine.cohort_id
                                 and past.event_id = c.event_id and past.phase_start = c.phase_start
                 join participant met on met.cohort_id = mine.cohort_id and met.player_id <> mine.player_id
                 join participant here on here.cohort_id = c.cohort_id and here.player_id = met.player_id
                where mine.player_id = :player_id)
  from cohort c
 where c.event_id = :event_id and c.phase_start = :phase_start and c.tier = :tier
   and c.has_room
   and c.created_at > :created_after and (:properties = '' or c.properties = :properties)
   and not exists (select 1 from participant me where me.cohort_id = c.cohort_id and me.player_id = :player_id)
 order by c.finisher_count > 0, c.participant_count desc, c.created_at
 limit :limit;

-- standings_after --
select cohort_id, player_id, name, avatar_url, joined_at, joined_revision, score, subscore, submission_count, updated_at,
       reached_at, reached_revision, finished_at, finished_revision, metadata, claimed_at, context, metrics,
       final_at
  from participant
 where cohort_id = :cohort_id and standing_key > :standing_key
 order by standing_key, player_id
 limit :limit;

-- count_until --
select count(*) from participant where cohort_id = :cohort_id and standing_key <= :standing_key;

-- players_of --
select player_id from participant where cohort_id = :cohort_id order by standing_key, player_id;

-- balances_of --
select key, amount from balance where player_id = :player_id and holding = :holding order by key;

-- balances_of_many --
select b.player_id, b.holding, b.key, b.amount
  from json_each(:player_id) as k
  join balance b on b.player_id = k.value
 order by b.key;

-- grant_of --
-- A prize is there once its period is final.
select g.grant_id, g.grant_key, g.player_id, g.source_kind, g.source_id, g.reward, g.state, g.created_at, g.claimed_at,
       g.expires_at, g.leaderboard, g.period_start, g.segment, g.claimable_at
  from reward_grant g
 where g.grant_id = :grant_id
   and (g.leaderboard is null
        or exists (select 1
                     from board_period p
                    where p.leaderboard = g.leaderboard and p.start = g.period_start and p.stage = 'final'));

-- grant_of_key --
select g.grant_id, g.grant_key, g.player_id, g.source_kind, g.source_id, g.reward, g.state, g.created_at, g.claimed_at,
       g.expires_at, g.leaderboard, g.period_start, g.segment, g.claimable_at
  from reward_grant g
 where g.grant_key = :grant_key
   and (g.leaderboard is null
        or exists (select 1
                     from board_period p
                    where p.leaderboard = g.leaderboard and p.start = g.period_start and p.stage = 'final'));

-- grants_of --
select g.grant_id, g.grant_key, g.player_id, g.source_kind, g.source_id, g.reward, g.state, g.created_at, g.claimed_at,
       g.expires_at, g.leaderboard, g.period_start, g.segment, g.claimable_at
  from reward_grant g
 where g.player_id = :player_id and g.grant_id < :before
   and (g.leaderboard is null
        or exists (select 1
                     from board_period p
                    where p.leaderboard = g.leaderboard and p.start = g.period_start and p.stage = 'final'))
 order by g.grant_id desc
 limit :limit;

-- period_grants --
-- Whether its period is final or not.
select g.grant_id, g.grant_key, g.player_id, g.source_kind, g.source_id, g.reward, g.state, g.created_at, g.claimed_at,
       g.expires_at, g.leaderboard, g.period_start, g.segment, g.claimable_at
  from reward_grant g
 where g.leaderboard = :leaderboard and g.period_start = :period_start and g.grant_id > :after
 order by g.grant_id
 limit :limit;

-- receipt_of --
select digest, effect, created_at
  from receipt
 where caller = :caller and call = :call and event_id = :event_id and request_id = :request_id;

-- submission_receipt_of --
select digest, effect, created_at
  from submission_receipt
 where player_id = :player_id and event_id = :event_id and caller = :caller and request_id = :request_id;

-- activations --
select a.event_id, a.activated_at, a.hash, d.content
  from activation a
  left join definition_content d on d.hash = a.hash
 order by a.event_id, a.activated_at;

-- pinned_phases --
select event_id, start, active_end, expiry, definition_hash from phase where event_id = :event_id order by start;

-- installation_value --
select value from installation where name = :name;

-- last_open_joined_at --
select max(joined_at)
  from participant
 where cohort_id = :cohort_id and finished_revision = 0
   and (:max_num_score = 0 or submission_count < :max_num_score);

-- add_player --
insert into player (player_id, created_at, name, avatar_url)
values (:player_id, :created_at, :name, :avatar_url)
on conflict do nothing
returning player_id;

-- add_login --
insert into login (kind, digest, player_id) values (:kind, :digest, :player_id);

-- record_profile --
update player set name = :name, avatar_url = :avatar_url where player_id = :player_id;

-- add_content --
insert into definition_content (hash, content) values (:hash, :content) on conflict do nothing;

-- add_activation --
-- Two in the same microsecond are one: the later word holds.
insert into activation (event_id, activated_at, hash)
values (:event_id, :activated_at, :hash)
on conflict (event_id, activated_at) do update set hash = excluded.hash;

-- pin_phase --
insert into phase (event_id, start, active_end, expiry, definition_hash)
values (:event_id, :start, :active_end, :expiry, :definition_hash)
on conflict do nothing
returning start;

-- pinned_phase --
select event_id, start, active_end, expiry, definition_hash from phase where event_id = :event_id and start = :start;

-- add_cohort --
insert into cohort (cohort_id, event_id, phase_start, tier, size, created_at, is_reserved, properties, revision, changed_at,
                    participant_count, finisher_count, done_count, last_open_joined_at, last_done_at, filled_at,
                    min_reached_at, saturated_at, sealed_at, completed_at, settle_at, has_room)
values (:cohort_id, :event_id, :phase_start, :tier, :size, :created_at, :is_reserved, :properties, :revision, :changed_at,
        :participant_count, :finisher_count, :done_count, :last_open_joined_at, :last_done_at, :filled_at,
        :min_reached_at, :saturated_at, :sealed_at, :completed_at, :settle_at, :has_room);

-- record_cohort --
update cohort
   set revision = :revision, changed_at = :changed_at, participant_count = :participant_count,
       finisher_count = :finisher_count, done_count = :done_count, last_open_joined_at = :last_open_joined_at,
       last_done_at = :last_done_at, filled_at = :filled_at, min_reached_at = :min_reached_at,
       saturated_at = :saturated_at, sealed_at = :sealed_at, completed_at = :completed_at, settle_at = :settle_at,
       has_room = :has_room
 where cohort_id = :cohort_id;

-- touch_cohort --
-- What most submissions change in their cohort.
update cohort set revision = :revision, changed_at = :changed_at where cohort_id = :cohort_id;

-- add_participant --
insert into participant (cohort_id, player_id, standing_key, name, avatar_url, joined_at, joined_revision, score, subscore,
                         submission_count, updated_at, reached_at, reached_revision, finished_at, finished_revision,
                         metadata, claimed_at, context, metrics, final_at)
values (:cohort_id, :player_id, :standing_key, :name, :avatar_url, :joined_at, :joined_revision, :score, :subscore,
        :submission_count, :updated_at, :reached_at, :reached_revision, :finished_at, :finished_revision,
        :metadata, :claimed_at, :context, :metrics, :final_at);

-- record_result --
update participant
   set standing_key = :standing_key, score = :score, subscore = :subscore, submission_count = :submission_count,
       updated_at = :updated_at, reached_at = :reached_at, reached_revision = :reached_revision,
       finished_at = :finished_at, finished_revision = :finished_revision, metadata = :metadata, metrics = :metrics,
       final_at = :final_at
 where cohort_id = :cohort_id and player_id = :player_id;

-- record_score --
update participant
   set standing_key = :standing_key, score = :score, subscore = :subscore, submission_count = :submission_count,
       updated_at = :updated_at, reached_at = :reached_at, reached_revision = :reached_revision
 where cohort_id = :cohort_id and player_id = :player_id;

-- record_claimed --
update participant set claimed_at = :claimed_at where cohort_id = :cohort_id and player_id = :player_id;

-- record_participant_profile --
update participant set name = :name, avatar_url = :avatar_url where cohort_id = :cohort_id and player_id = :player_id;

-- remove_participant --
delete from participant where cohort_id = :cohort_id and player_id = :player_id;

-- remove_participation --
delete from participation where cohort_id = :cohort_id and player_id = :player_id;

-- record_participation --
insert into participation (player_id, event_id, cohort_id, rolls_used, rolled_at, best_rank, played_tier_change)
values (:player_id, :event_id, :cohort_id, :rolls_used, :rolled_at, :best_rank, :played_tier_change)
on conflict (player_id, event_id) do update
   set cohort_id = excluded.cohort_id, rolls_used = excluded.rolls_used, rolled_at = excluded.rolled_at,
       best_rank = excluded.best_rank, played_tier_change = excluded.played_tier_change;

-- add_grant --
-- Answers no row where there is one of that key, or that prize, already.
insert into reward_grant (grant_id, grant_key, player_id, source_kind, source_id, reward, state, created_at, claimed_at,
                          expires_at, leaderboard, period_start, segment, claimable_at)
values (:grant_id, :grant_key, :player_id, :source_kind, :source_id, :reward, :state, :created_at, :claimed_at, :expires_at,
        :leaderboard, :period_start, :segment, :claimable_at)
    on conflict do nothing
returning grant_id;

-- record_grant --
update reward_grant set state = :state, claimed_at = :claimed_at where grant_id = :grant_id;

-- credit --
insert into balance (player_id, holding, key, amount)
values (:player_id, :holding, :key, :change)
on conflict (player_id, holding, key) do update set amount = amount + excluded.amount;

-- debit --
update balance set amount = amount + :change where player_id = :player_id and holding = :holding and key = :key;

-- add_ledger_entry --
-- Beside the balance as it is after the change.
insert into ledger (player_id, holding, key, change, amount, grant_id, at)
select :player_id, :holding, :key, :change, amount, :grant_id, :at
  from balance
 where player_id = :player_id and holding = :holding and key = :key;

-- record_receipt --
insert into receipt (caller, call, event_id, request_id, digest, effect, created_at)
values (:caller, :call, :event_id, :request_id, :digest, :effect, :created_at);

-- record_submission_receipt --
insert into submission_receipt (player_id, event_id, caller, request_id, digest, effect, created_at)
values (:player_id, :event_id, :caller, :request_id, :digest, :effect, :created_at);

-- forget_receipts --
delete from receipt where created_at < :created_before;

-- forget_submission_receipts --
delete from submission_receipt
 where player_id = :player_id and event_id = :event_id and created_at < :created_before
   and (caller, request_id) not in (select caller, request_id
                                      from submission_receipt
                                     where player_id = :player_id and event_id = :event_id
                                     order by created_at desc
                                     limit :keep);

-- forget_submission_receipts_in --
delete from submission_receipt
 where event_id = :event_id and created_at < :created_before
   and player_id in (select player_id from participant where cohort_id = :cohort_id);

-- acquire_due_cohorts --
update cohort
   set leased_by = :worker, leased_until = :leased_until
 where cohort_id in (select cohort_id
                       from cohort
                      where settle_at <= :now and (leased_until is null or leased_until <= :wall)
                      order by settle_at
                      limit :limit)
returning cohort_id;

-- release_cohort --
update cohort set leased_by = null, leased_until = null where cohort_id = :cohort_id;

-- bulletin --
select name, value from installation where name in ('catalog_revision', 'reloads', 'clock_offset');

-- count_up --
-- Numbers are kept as digits, as all values of the installation are bytes.
insert into installation (name, value) values (:name, cast('1' as blob))
    on conflict (name) do update
   set value = cast(cast(cast(cast(value as text) as integer) + 1 as text) as blob)
returning value;

-- set_installation_value --
insert into installation (name, value) values (:name, :value) on conflict (name) do update set value = excluded.value;

-- stored_object --
select collection, owner, key, value, version, updated_at
  from stored_object
 where collection = :collection and owner = :owner and key = :key;

-- stored_objects_of --
select collection, owner, key, value, version, updated_at
  from stored_object
 where collection = :collection and owner = :owner and key > :after_key
 order by key
 limit :limit;

-- stored_objects_in --
select collection, owner, key, value, version, updated_at
  from stored_object
 where collection = :collection and (owner, key) > (:after_owner, :after_key)
 order by owner, key
 limit :limit;

-- put_object --
insert into stored_object (collection, owner, key, value, version, updated_at)
values (:collection, :owner, :key, :value, :version, :updated_at)
    on conflict (collection, owner, key) do update
   set value = excluded.value, version = excluded.version, updated_at = excluded.updated_at;

-- remove_object --
delete from stored_object where collection = :collection and owner = :owner and key = :key;

-- add_notice --
insert into notice (module, lane, kind, content, created_at, attempts, due_at, failure)
values (:module, :lane, :kind, :content, :created_at, 0, :due_at, '');

-- acquire_due_lanes --
-- The first of each lane that waits holds the lane: nobody else is handed it before :leased_until.
update notice
   set due_at = :leased_until
 where notice_id in (select n.notice_id
                       from notice n
                      where n.due_at <= :wall and instr(n.module, ':') = 0
                        and n.module not in (select value from json_each(:busy))
                        and not exists (select 1
                                          from notice earlier
                                         where earlier.module = n.module and earlier.lane = n.lane
                                           and earlier.notice_id < n.notice_id and earlier.due_at is not null)
                      order by n.due_at
                      limit :limit)
returning module, lane;

-- acquire_due_notices --
-- Each on its own, whatever else waits for the same recipient.
update notice
   set due_at = :leased_until
 where notice_id in (select notice_id
                       from notice
                      where module = :module and due_at <= :wall
                      order by due_at, notice_id
                      limit :limit)
returning notice_id, module, lane, kind, content, created_at, attempts, failure;

-- park_oldest_notices --
update notice
   set due_at = null, failure = :failure
 where module = :module and due_at is not null
   and notice_id <= (select notice_id
                       from notice
                      where module = :module and due_at is not null
                      order by notice_id desc
                      limit 1 offset :keep)
returning notice_id;

-- park_unclaimed_notices --
-- What is for endpoints has a recipient with a colon, which no module has in its name.
update notice
   set due_at = null, failure = :failure
 where due_at < :due_before and module >= 'webhook:' and module < 'webhook;'
   and module not in (select value from json_each(:recipients))
returning module;

-- notices_of_lane --
select notice_id, module, lane, kind, content, created_at, attempts, failure
  from notice
 where module = :module and lane = :lane and due_at is not null
 order by notice_id
 limit :limit;

-- remove_notice --
delete from notice where notice_id = :notice_id;

-- record_notice_failure --
update notice set attempts = attempts + 1, due_at = :due_at, failure = :failure where notice_id = :notice_id;

-- release_lane --
update notice
   set due_at = :due_at
 where notice_id = (select min(notice_id)
                      from notice
                     where module = :module and lane = :lane and due_at is not null);

-- parked_notices --
select notice_id, module, lane, kind, content, created_at, attempts, failure
  from notice
 where due_at is null and notice_id > :after
 order by notice_id
 limit :limit;

-- count_notices --
select count(*) filter (where due_at is not null), count(*) filter (where due_at is null) from notice;

-- unpark_notice --
-- Not before whoever tells its lane now has let it go.
update notice
   set due_at = max(:due_at, coalesce((select max(other.due_at)
                                       from notice other
                                      where other.module = notice.module and other.lane = notice.lane
                                        and other.due_at is not null), 0)),
       attempts = 0
 where notice_id = :notice_id and due_at is null
returning notice_id;

-- drop_parked_notice --
delete from notice where notice_id = :notice_id and due_at is null returning notice_id;

-- announced_until --
select announced_until from announcement where event_id = :event_id;

-- record_announced --
insert into announcement (event_id, announced_until)
values (:event_id, :announced_until)
    on conflict (event_id) do update
   set announced_until = excluded.announced_until;

-- job --
select ran_until, leased_until from job where module = :module and name = :name;

-- record_job --
insert into job (module, name, ran_until, leased_until)
values (:module, :name, :ran_until, :leased_until)
    on conflict (module, name) do update
   set ran_until = excluded.ran_until, leased_until = excluded.leased_until;

-- break_cohort_leases --
update cohort set leased_by = null, leased_until = null where leased_until is not null;

-- break_notice_leases --
update notice set due_at = :wall where due_at > :wall;

-- break_job_leases --
update job set leased_until = :wall where leased_until > :wall;
