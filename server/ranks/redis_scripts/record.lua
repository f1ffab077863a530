-- Put, move and take out entries: player, version, and '+' or '-' with the order key, or nothing where he has no rank.
-- nil: not open. Else how many of the changes were news.
local LEASE, LOADER, FIRST = tonumber(ARGV[2]), ARGV[3], 4
local VERSION_AT = 1 + KEY_LENGTH + 1

local segment = opened()
if not segment then
  return nil
end
local is_dense = segment.style == 'dense'

local function version_of(value)
  return tonumber(string.sub(value, string.sub(value, 1, 1) == 'x' and 2 or VERSION_AT))
end

local function member_of(value, player)
  if value and value ~= '' and string.sub(value, 1, 1) ~= 'x' then
    return string.sub(value, 2, VERSION_AT - 1) .. player
  end
  return nil
end

local function takes_prizes(value)
  return string.sub(value, 1, 1) == '+'
end

local function take_out(member)
  redis.call('ZREM', MEMBERS, member)
  if not is_dense then
    return
  end
  local front = string.sub(member, 1, segment.tie)
  local next_one = redis.call('ZRANGEBYLEX', MEMBERS, '[' .. front, '+', 'LIMIT', 0, 1)[1]
  if not next_one or string.sub(next_one, 1, segment.tie) ~= front then
    redis.call('ZREM', FRONTS, front)
  end
end

local function put_in(member)
  redis.call('ZADD', MEMBERS, 0, member)
  if is_dense then
    redis.call('ZADD', FRONTS, 0, string.sub(member, 1, segment.tie))
  end
end

local function apply(player, version, value)
  local known = redis.call('HGET', PLAYERS, player)
  if known and version_of(known) >= tonumber(version) then
    return 0
  end
  redis.call('HSET', PLAYERS, player, (value == '' and 'x' or value) .. version)
  local old, new = member_of(known, player), member_of(value, player)
  if old ~= new then
    if old then
      take_out(old)
    end
    if new then
      put_in(new)
    end
  end
  if old and not takes_prizes(known) then
    redis.call('ZREM', OTHERS, old)
  end
  if new and not takes_prizes(value) then
    redis.call('ZADD', OTHERS, 0, new)
  end
  return 1
end

local news = 0
for at = FIRST, #ARGV, 3 do
  news = news + apply(ARGV[at], ARGV[at + 1], ARGV[at + 2])
end
if segment.loader ~= '' and segment.loader == LOADER then
  redis.call('HSET', STATE, 'until', string.format('%.0f', now() + LEASE))
end
if news > 0 then
  redis.call('HSET', STATE, 'revision', string.format('%.0f', segment.revision + news), 'shape', shape())
  keep_all()
end
return news
