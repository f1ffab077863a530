-- The rows behind a bound, or from the top where there is none. nil: not loaded.
local BOUND, LIMIT = ARGV[2], tonumber(ARGV[3])

local segment = answering()
if not segment then
  return nil
end
local start = BOUND == '' and 0 or redis.call('ZLEXCOUNT', MEMBERS, '-', '[' .. BOUND)
return slice(segment, start, LIMIT)
