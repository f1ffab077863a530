-- What all scripts share: the five keys of a segment, and whether there is an order in them that can be trusted.
--
-- STATE    hash: generation, loader ('' once loaded), until (when its loader is taken for dead), revision, tie, style, shape
-- PLAYERS  hash: player -> '+' or '-' (takes prizes or not), order key and version; or 'x' and version: he has no rank
-- MEMBERS  sorted set, all scores 0, so sorted by bytes: order key and player of all who have a rank
-- OTHERS   the same of those among them who take no prizes
-- FRONTS   the fronts of order keys that somebody has, for dense ranks
--
-- Strings are never compared by '<' here: Lua does that by the server's locale. Redis sorts members byte by byte.

local STATE, PLAYERS, MEMBERS, OTHERS, FRONTS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local KEY_LENGTH = 24
local LIFETIME = tonumber(ARGV[1])

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- All keys end at one instant, so none is ever missing while another is there.
local function keep_all()
  local ends_at = string.format('%.0f', now() + LIFETIME)
  for _, key in ipairs(KEYS) do
    redis.call('PEXPIREAT', key, ends_at)
  end
end

-- How much is in each key. A key that was evicted or deleted alone shows in it.
local function shape()
  return string.format(
    '%d:%d:%d:%d',
    redis.call('HLEN', PLAYERS),
    redis.call('ZCARD', MEMBERS),
    redis.call('ZCARD', OTHERS),
    redis.call('ZCARD', FRONTS)
  )
end

-- The segment as it is kept, or nil. One that has lost a part is forgotten whole.
local function opened()
  local is = redis.call('HMGET', STATE, 'generation', 'loader', 'until', 'revision', 'tie', 'style', 'shape')
  if not is[1] then
    return nil
  end
  if is[7] ~= shape() then
    redis.call('UNLINK', unpack(KEYS))
    return nil
  end
  return {
    generation = is[1],
    loader = is[2],
    deadline = tonumber(is[3]),
    revision = tonumber(is[4]),
    tie = tonumber(is[5]),
    style = is[6],
  }
end

-- The segment if questions about it may be answered, or nil. What is asked about is kept on.
local function answering()
  local segment = opened()
  if not segment or segment.loader ~= '' then
    return nil
  end
  if redis.call('PTTL', STATE) < LIFETIME / 2 then
    keep_all()
  end
  return segment
end

-- How many ranks lie before the one of a member that has `index` members before it.
local function ranks_before(segment, member, index)
  local front = string.sub(member, 1, segment.tie)
  if segment.style == 'dense' then
    return redis.call('ZRANK', FRONTS, front)
  elseif segment.style == 'competition' then
    return redis.call('ZLEXCOUNT', MEMBERS, '-', '(' .. front)
  end
  return index
end

-- The rows from an index on, and what stands before the first of them.
local function slice(segment, start, limit)
  local members = redis.call('ZRANGE', MEMBERS, start, start + limit - 1)
  if #members == 0 then
    return {}
  end
  local first, last = members[1], members[#members]
  return {
    start,
    ranks_before(segment, first, start),
    redis.call('ZLEXCOUNT', OTHERS, '-', '(' .. first),
    segment.tie,
    segment.style,
    members,
    redis.call('ZRANGEBYLEX', OTHERS, '[' .. first, '[' .. last),
  }
end
