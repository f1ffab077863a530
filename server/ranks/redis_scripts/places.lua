-- The places of players, of whoever has one: player, order key, '+' or '-', members before, ranks before, others before.
-- nil: not loaded.
local FIRST = 2

local segment = answering()
if not segment then
  return nil
end
local found = {}
for at = FIRST, #ARGV do
  local player = ARGV[at]
  local value = redis.call('HGET', PLAYERS, player)
  local prize = value and string.sub(value, 1, 1)
  if prize == '+' or prize == '-' then
    local order_key = string.sub(value, 2, 1 + KEY_LENGTH)
    local member = order_key .. player
    local index = redis.call('ZRANK', MEMBERS, member)
    found[#found + 1] = {
      player,
      order_key,
      prize,
      index,
      ranks_before(segment, member, index),
      redis.call('ZLEXCOUNT', OTHERS, '-', '(' .. member),
    }
  end
end
return found
