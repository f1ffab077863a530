-- Players' properties on PostgreSQL, by the names that SQLite answers too.

-- properties_of --
select key, value from player_property where player_id = :player_id order by key;

-- property_of --
select p.value, k.number
  from unnest(:player_id::text[], :key::text[]) with ordinality as k (player_id, key, number)
  join player_property p on p.player_id = k.player_id and p.key = k.key;

-- set_property --
insert into player_property (player_id, key, value)
select * from unnest(:player_id::text[], :key::text[], :value::text[])
    on conflict (player_id, key) do update
   set value = excluded.value;

-- remove_property --
delete from player_property p
 using unnest(:player_id::text[], :key::text[]) as k (player_id, key)
 where p.player_id = k.player_id and p.key = k.key;
