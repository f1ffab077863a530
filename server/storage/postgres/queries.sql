-- The statements of PostgreSQL, by the names that SQLite answers too. What takes many keys takes them as arrays.

-- player_of --
select player_id, created_at, name, avatar_url from player where player_id = :player_id;

-- accounts_of --
select p.player_id, p.created_at, p.name, p.avatar_url
  from unnest(:player_id::text[]) as k (player_id)
  join player p on p.player_id = k.player_id;

-- player_of_login --
select player_id from login where kind = :kind and digest = :digest;

-- participation_of --
-- Players' last cohorts in events, and themselves in them. In the order in which a transaction locks them.
select p.rolls_used, p.rolled_at, p.best_rank, p.played_tier_change,
       c.cohort_id, c.event_id, c.phase_start, c.tier, c.size, c.created_at, c.is_reserved, c.properties, c.revision,
       c.changed_at, c.participant_count, c.finisher_count, c.done_count, c.last_open_joined_at, c.last_done_at,
       c.filled_at, c.min_reached_at, c.saturated_at, c.sealed_at, c.completed_at, c.settle_at,
       c.bot_count, c.bots_at, c.bots_due_at,
       a.cohort_id, a.player_id, a.name, a.avatar_url, a.joined_at, a.joined_revision, a.score, a.subscore,
       a.submission_count, a.updated_at, a.reached_at, a.reached_revision, a.finished_at, a.finished_revision, a.metadata,
       a.claimed_at, a.context, a.metrics, a.final_at
  from unnest(:player_id::text[], :event_id::text[]) as k (player_id, event_id)
  join participation p on p.player_id = k.player_id and p.event_id = k.event_id
  join cohort c on c.cohort_id = p.cohort_id
  join participant a on a.cohort_id = p.cohort_id and a.player_id = p.player_id
 order by c.cohort_id, a.player_id;

-- lock_cohorts_of --
-- The cohorts that players are in, each once and locked, always in the same order.
select cohort_id, event_id, phase_start, tier, size, created_at, is_reserved, properties, revision, changed_at,
       participant_count, finisher_count, done_count, last_open_joined_at, last_done_at, filled_at, min_reached_at,
       saturated_at, sealed_at, completed_at, settle_at, bot_count, bots_at, bots_due_at
  from cohort c
 where cohort_id in (select p.cohort_id
                       from unnest(:player_id::text[], :event_id::text[]) as k (player_id, event_id)
                       join participation p on p.player_id = k.player_id and p.event_id = k.event_id)
 order by cohort_id
   for update of c;

-- seats_of --
-- Players' last cohorts in events, by their ids alone, and themselves in them.
select p.rolls_used, p.rolled_at, p.best_rank, p.played_tier_change,
       a.cohort_id, a.player_id, a.name, a.avatar_url, a.joined_at, a.joined_revision, a.score, a.subscore,
       a.submission_count, a.updated_at, a.reached_at, a.reached_revision, a.finished_at, a.finished_revision, a.metadata,
       a.claimed_at, a.context, a.metrics, a.final_at
  from unnest(:player_id::text[], :event_id::text[]) as k (player_id, event_id)
  join participation p on p.player_id = k.player_id and p.event_id = k.event_id
  join participant a on a.cohort_id = p.cohort_id and a.player_id = p.player_id;

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

-- order_of --
select cohort_id, player_id, standing_key from participant where cohort_id = any (:cohort_id::text[]);

-- rank_of_key --
select 1 + (select count(*)
              from participant a
             where a.cohort_id = k.cohort_id and a.standing_key < k.standing_key and a.player_id <> k.player_id)
  from unnest(:cohort_id::text[], :player_id::text[], :standing_key::bytea[])
       with ordinality as k (cohort_id, player_id, standing_key, number)
 order by k.number;

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
-- The last column tells whether somebody in the cohort has met the player in this phase; of one cohort it is not asked.
select c.cohort_id, c.event_id, c.phase_start, c.tier, c.size, c.created_at, c.is_reserved, c.properties, c.revision,
       c.changed_at, c.participant_count, c.finisher_count, c.done_count, c.last_open_joined_at, c.last_done_at,
       c.filled_at, c.min_reached_at, c.saturated_at, c.sealed_at, c.completed_at, c.settle_at,
       c.bot_count, c.bots_at, c.bots_due_at,
       case when :limit > 1
            then exists (select 1
                           from participant mine
                           join cohort past on past.cohort_id = mine.cohort_id
                                           and past.event_id = c.event_id and past.phase_start = c.phase_start
                           join participant met on met.cohort_id = mine.cohort_id and met.player_id <> mine.player_id
                           join participant here on here.cohort_id = c.cohort_id and here.player_id = met.player_id
                          where mine.player_id = :player_id)
            else false end
  from cohort c
 where c.event_id = :event_id and c.phase_start = :phase_start and c.tier = :tier
   and c.has_room <> 0 and c.is_reserved = 0
   and c.created_at > :created_after and (:properties::text = '' or c.properties = :properties)
   and not exists (select 1 from participant me where me.cohort_id = c.cohort_id and me.player_id = :player_id)
 order by c.finisher_count > 0, c.participant_count desc, c.created_at
 limit :limit;

-- open_cohorts_and_reserved --
-- The last column tells whether somebody in the cohort has met the player in this phase; of one cohort it is not asked.
select c.cohort_id, c.event_id, c.phase_start, c.tier, c.size, c.created_at, c.is_reserved, c.properties, c.revision,
       c.changed_at, c.participant_count, c.finisher_count, c.done_count, c.last_open_joined_at, c.last_done_at,
       c.filled_at, c.min_reached_at, c.saturated_at, c.sealed_at, c.completed_at, c.settle_at,
       c.bot_count, c.bots_at, c.bots_due_at,
       case when :limit > 1
            then exists (select 1
                           from participant mine
                           join cohort past on past.cohort_id = mine.cohort_id
                                           and past.event_id = c.event_id and past.phase_start = c.phase_start
                           join participant met on met.cohort_id = mine.cohort_id and met.player_id <> mine.player_id
                           join participant here on here.cohort_id = c.cohort_id and here.player_id = met.player_id
                          where mine.player_id = :player_id)
            else false end
  from cohort c
 where c.event_id = :event_id and c.phase_start = :phase_start and c.tier = :tier
   and c.has_room <> 0
   and c.created_at > :created_after and (:properties::text = '' or c.properties = :properties)
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
  from unnest(:player_id::text[]) as k (player_id)
  join balance b on b.player_id = k.player_id
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
select r.digest, r.effect, r.created_at, r.caller, r.call, r.event_id, r.request_id
  from unnest(:caller::text[], :call::text[], :event_id::text[], :request_id::text[])
       as k (caller, call, event_id, request_id)
  join receipt r on r.caller = k.caller and r.call = k.call and r.event_id = k.event_id and r.request_id = k.request_id;

-- submission_receipt_of --
select r.digest, r.effect, r.created_at, r.player_id, r.event_id, r.caller, r.request_id
  from unnest(:player_id::text[], :event_id::text[], :caller::text[], :request_id::text[])
       as k (player_id, event_id, caller, request_id)
  join submission_receipt r on r.player_id = k.player_id and r.event_id = k.event_id
                           and r.caller = k.caller and r.request_id = k.request_id;

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
   and (:max_num_score::bigint = 0 or submission_count < :max_num_score);

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
select * from unnest(:cohort_id::text[], :event_id::text[], :phase_start::bigint[], :tier::bigint[], :size::bigint[],
                     :created_at::bigint[], :is_reserved::bigint[], :properties::text[], :revision::bigint[],
                     :changed_at::bigint[], :participant_count::bigint[], :finisher_count::bigint[],
                     :done_count::bigint[], :last_open_joined_at::bigint[], :last_done_at::bigint[],
                     :filled_at::bigint[], :min_reached_at::bigint[], :saturated_at::bigint[], :sealed_at::bigint[],
                     :completed_at::bigint[], :settle_at::bigint[], :has_room::bigint[]);

-- record_cohort --
update cohort t
   set revision = n.revision, changed_at = n.changed_at, participant_count = n.participant_count,
       finisher_count = n.finisher_count, done_count = n.done_count, last_open_joined_at = n.last_open_joined_at,
       last_done_at = n.last_done_at, filled_at = n.filled_at, min_reached_at = n.min_reached_at,
       saturated_at = n.saturated_at, sealed_at = n.sealed_at, completed_at = n.completed_at, settle_at = n.settle_at,
       has_room = n.has_room
  from unnest(:cohort_id::text[], :revision::bigint[], :changed_at::bigint[], :participant_count::bigint[],
              :finisher_count::bigint[], :done_count::bigint[], :last_open_joined_at::bigint[],
              :last_done_at::bigint[], :filled_at::bigint[], :min_reached_at::bigint[], :saturated_at::bigint[],
              :sealed_at::bigint[], :completed_at::bigint[], :settle_at::bigint[], :has_room::bigint[])
       as n (cohort_id, revision, changed_at, participant_count, finisher_count, done_count, last_open_joined_at,
               last_done_at, filled_at, min_reached_at, saturated_at, sealed_at, completed_at, settle_at, has_room)
 where t.cohort_id = n.cohort_id;

-- add_participant --
insert into participant (cohort_id, player_id, standing_key, name, avatar_url, joined_at, joined_revision, score, subscore,
                         submission_count, updated_at, reached_at, reached_revision, finished_at, finished_revision,
                         metadata, claimed_at, context, metrics, final_at)
select * from unnest(:cohort_id::text[], :player_id::text[], :standing_key::bytea[], :name::text[], :avatar_url::text[],
                     :joined_at::bigint[], :joined_revision::bigint[], :score::bigint[], :subscore::bigint[],
                     :submission_count::bigint[], :updated_at::bigint[], :reached_at::bigint[],
                     :reached_revision::bigint[], :finished_at::bigint[], :finished_revision::bigint[],
                     :metadata::text[], :claimed_at::bigint[], :context::text[], :metrics::text[],
                     :final_at::bigint[]);

-- record_result --
-- Numbers come as the text of an array, which is made in a third of the time.
update participant t
   set standing_key = n.standing_key, score = n.score, subscore = n.subscore, submission_count = n.submission_count,
       updated_at = n.updated_at, reached_at = n.reached_at, reached_revision = n.reached_revision,
       finished_at = n.finished_at, finished_revision = n.finished_revision, metadata = n.metadata,
       metrics = n.metrics, final_at = n.final_at
  from unnest(:standing_key::bytea[], :score::text::bigint[], :subscore::text::bigint[],
              :submission_count::text::bigint[], :updated_at::text::bigint[], :reached_at::text::bigint[],
              :reached_revision::text::bigint[], :finished_at::text::bigint[], :finished_revision::text::bigint[],
              :metadata::text[], :metrics::text[], :final_at::text::bigint[], :cohort_id::text[], :player_id::text[])
       as n (standing_key, score, subscore, submission_count, updated_at, reached_at, reached_revision, finished_at,
               finished_revision, metadata, metrics, final_at, cohort_id, player_id)
 where t.cohort_id = n.cohort_id and t.player_id = n.player_id;

-- record_score --
update participant t
   set standing_key = n.standing_key, score = n.score, subscore = n.subscore, submission_count = n.submission_count,
       updated_at = n.updated_at, reached_at = n.reached_at, reached_revision = n.reached_revision
  from unnest(:standing_key::bytea[], :score::text::bigint[], :subscore::text::bigint[],
              :submission_count::text::bigint[], :updated_at::text::bigint[], :reached_at::text::bigint[],
              :reached_revision::text::bigint[], :cohort_id::text[], :player_id::text[])
       as n (standing_key, score, subscore, submission_count, updated_at, reached_at, reached_revision, cohort_id, player_id)
 where t.cohort_id = n.cohort_id and t.player_id = n.player_id;

-- record_claimed --
update participant t
   set claimed_at = n.claimed_at
  from unnest(:cohort_id::text[], :player_id::text[], :claimed_at::bigint[]) as n (cohort_id, player_id, claimed_at)
 where t.cohort_id = n.cohort_id and t.player_id = n.player_id;

-- record_participant_profile --
update participant set name = :name, avatar_url = :avatar_url where cohort_id = :cohort_id and player_id = :player_id;

-- remove_participant --
delete from participant where cohort_id = :cohort_id and player_id = :player_id;

-- remove_participation --
delete from participation where cohort_id = :cohort_id and player_id = :player_id;

-- record_participation --
-- Answers no row for a player whom somebody else has rolled since he was read in `known_cohort_id`, or in none.
with n as (select *
             from unnest(:player_id::text[], :event_id::text[], :cohort_id::text[], :rolls_used::bigint[],
                         :rolled_at::bigint[], :best_rank::bigint[], :played_tier_change::bigint[],
                         :known_cohort_id::text[])
                  as n (player_id, event_id, cohort_id, rolls_used, rolled_at, best_rank, played_tier_change,
                        known_cohort_id)),
     changed as (update participation p
                    set cohort_id = n.cohort_id, rolls_used = n.rolls_used, rolled_at = n.rolled_at,
                        best_rank = n.best_rank, played_tier_change = n.played_tier_change
                   from n
                  where p.player_id = n.player_id and p.event_id = n.event_id and p.cohort_id = n.known_cohort_id
                 returning p.player_id),
     added as (insert into participation
                      (player_id, event_id, cohort_id, rolls_used, rolled_at, best_rank, played_tier_change)
               select player_id, event_id, cohort_id, rolls_used, rolled_at, best_rank, played_tier_change
                 from n
                where known_cohort_id = ''
               on conflict do nothing
               returning player_id)
select player_id from changed union all select player_id from added;

-- add_grant --
-- Answers no row where there is one of that key, or that prize, already.
insert into reward_grant (grant_id, grant_key, player_id, source_kind, source_id, reward, state, created_at, claimed_at,
                          expires_at, leaderboard, period_start, segment, claimable_at)
select * from unnest(:grant_id::text[], :grant_key::text[], :player_id::text[], :source_kind::text[], :source_id::text[],
                     :reward::text[], :state::text[], :created_at::bigint[], :claimed_at::bigint[],
                     :expires_at::bigint[], :leaderboard::text[], :period_start::bigint[], :segment::text[],
                     :claimable_at::bigint[])
    on conflict do nothing
returning grant_id;

-- record_grant --
update reward_grant set state = :state, claimed_at = :claimed_at where grant_id = :grant_id;

-- credit --
-- Writes balances, and a ledger row beside each.
with n as (select *
             from unnest(:player_id::text[], :holding::text[], :key::text[], :change::bigint[], :grant_id::text[],
                         :at::bigint[])
                  with ordinality as n (player_id, holding, key, change, grant_id, at, number)),
     credited as (insert into balance (player_id, holding, key, amount)
                  select player_id, holding, key, change from n
                  on conflict (player_id, holding, key) do update set amount = balance.amount + excluded.amount
                  returning player_id, holding, key, amount)
insert into ledger (player_id, holding, key, change, amount, grant_id, at)
select n.player_id, n.holding, n.key, n.change, c.amount, n.grant_id, n.at
  from n
  join credited c on c.player_id = n.player_id and c.holding = n.holding and c.key = n.key
 order by n.number;

-- debit --
-- Takes from balances, and writes a ledger row beside each.
with n as (select *
             from unnest(:player_id::text[], :holding::text[], :key::text[], :change::bigint[], :grant_id::text[],
                         :at::bigint[])
                  with ordinality as n (player_id, holding, key, change, grant_id, at, number)),
     debited as (update balance b
                    set amount = b.amount + n.change
                   from n
                  where b.player_id = n.player_id and b.holding = n.holding and b.key = n.key
              returning b.player_id, b.holding, b.key, b.amount)
insert into ledger (player_id, holding, key, change, amount, grant_id, at)
select n.player_id, n.holding, n.key, n.change, d.amount, n.grant_id, n.at
  from n
  join debited d on d.player_id = n.player_id and d.holding = n.holding and d.key = n.key
 order by n.number;

-- record_receipt --
insert into receipt (caller, call, event_id, request_id, digest, effect, created_at)
select * from unnest(:caller::text[], :call::text[], :event_id::text[], :request_id::text[], :digest::bytea[],
                     :effect::text[], :created_at::bigint[]);

-- record_submission_receipt --
insert into submission_receipt (player_id, event_id, caller, request_id, digest, effect, created_at)
select * from unnest(:player_id::text[], :event_id::text[], :caller::text[], :request_id::text[], :digest::bytea[],
                     :effect::text[], :created_at::bigint[]);

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
with due as materialized (select cohort_id
                            from cohort
                           where settle_at <= :now and (leased_until is null or leased_until <= :wall)
                           order by settle_at
                           limit :limit
                             for update skip locked)
update cohort
   set leased_by = :worker, leased_until = :leased_until
  from due
 where cohort.cohort_id = due.cohort_id
returning cohort.cohort_id;

-- release_cohort --
update cohort set leased_by = null, leased_until = null where cohort_id = :cohort_id;

-- bulletin --
select name, value from installation where name in ('catalog_revision', 'reloads', 'clock_offset');

-- count_up --
-- Numbers are kept as digits, as all values of the installation are bytes.
insert into installation as known (name, value) values (:name, '1')
    on conflict (name) do update
   set value = convert_to((convert_from(known.value, 'UTF8')::bigint + 1)::text, 'UTF8')
returning value;

-- set_installation_value --
insert into installation (name, value) values (:name, :value) on conflict (name) do update set value = excluded.value;

-- lock --
-- Lets one transaction at a time do what has this name; it ends with the transaction. Several are taken in their order.
select pg_advisory_xact_lock(hashtextextended(k.name, 0)) from unnest(:name::text[]) as k (name);

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
select n.module, n.lane, n.kind, n.content, n.created_at, 0, n.due_at, ''
  from unnest(:module::text[], :lane::text[], :kind::text[], :content::text[], :created_at::bigint[], :due_at::bigint[])
       with ordinality as n (module, lane, kind, content, created_at, due_at, place)
 order by n.place;

-- acquire_due_lanes --
-- The first of each lane that waits holds the lane: nobody else is handed it before :leased_until.
with due as materialized (select n.notice_id
                            from notice n
                           where n.due_at <= :wall and strpos(n.module, ':') = 0
                             and n.module not in (select jsonb_array_elements_text(:busy::jsonb))
                             and not exists (select 1
                                               from notice earlier
                                              where earlier.module = n.module and earlier.lane = n.lane
                                                and earlier.notice_id < n.notice_id and earlier.due_at is not null)
                           order by n.due_at
                           limit :limit
                             for update skip locked)
update notice
   set due_at = :leased_until
  from due
 where notice.notice_id = due.notice_id
returning notice.module, notice.lane;

-- acquire_due_notices --
-- Each on its own, whatever else waits for the same recipient.
with due as materialized (select notice_id
                            from notice
                           where module = :module and due_at <= :wall
                           order by due_at, notice_id
                           limit :limit
                             for update skip locked)
update notice
   set due_at = :leased_until
  from due
 where notice.notice_id = due.notice_id
returning notice.notice_id, notice.module, notice.lane, notice.kind, notice.content, notice.created_at, notice.attempts,
       notice.failure;

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
   and module not in (select jsonb_array_elements_text(:recipients::jsonb))
returning module;

-- notices_of_lane --
select notice_id, module, lane, kind, content, created_at, attempts, failure
  from notice
 where module = :module and lane = :lane and due_at is not null
 order by notice_id
 limit :limit;

-- remove_notice --
delete from notice using unnest(:notice_id::bigint[]) as k (notice_id) where notice.notice_id = k.notice_id;

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
   set due_at = greatest(:due_at, coalesce((select max(other.due_at)
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
