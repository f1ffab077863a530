-- What the embedded store does for players' properties. PostgreSQL answers the same names in its own words.

-- properties_of --
select key, value from player_property where player_id = :player_id order by key;

-- property_of --
select value from player_property where player_id = :player_id and key = :key;

-- set_property --
insert into player_property (player_id, key, value)
values (:player_id, :key, :value)
    on conflict (player_id, key) do update
   set value = excluded.value;

-- remove_property --
delete from player_property where player_id = :player_id and key = :key;
