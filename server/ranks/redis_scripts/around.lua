-- The rows around a player, shifted at the ends; none where he has no place. nil: not loaded.
local PLAYER, LIMIT = ARGV[2], tonumber(ARGV[3])

local segment = answering()
if not segment then
  return nil
end
local value = redis.call('HGET', PLAYERS, PLAYER)
if not value or string.sub(value, 1, 1) == 'x' then
  return {}
end
local index = redis.call('ZRANK', MEMBERS, string.sub(value, 2, 1 + KEY_LENGTH) .. PLAYER)
local wanted = index - math.floor((LIMIT - 1) / 2)
local last_start = redis.call('ZCARD', MEMBERS) - LIMIT
return slice(segment, math.max(0, math.min(wanted, last_start)), LIMIT)
