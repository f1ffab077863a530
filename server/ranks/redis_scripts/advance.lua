-- Move the mark on, never back. It outlives the segments that are kept by it.
local LIFETIME, MARK = ARGV[1], ARGV[2]

local known = redis.call('GET', KEYS[1])
if not known or tonumber(known) < tonumber(MARK) then
  redis.call('SET', KEYS[1], MARK)
end
redis.call('PEXPIRE', KEYS[1], LIFETIME * 2)
return 1
