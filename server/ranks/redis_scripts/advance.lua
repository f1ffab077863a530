-- Move the mark on, never back: `number life`. It outlives the segments that are kept by it. Where there is none, a life begins.
local LIFETIME, MARK, NEW_LIFE = ARGV[1], ARGV[2], ARGV[3]

local known = redis.call('GET', KEYS[1])
local number, life = string.match(known or '', '^(%d+) (.+)$')
if not number or tonumber(number) < tonumber(MARK) then
  redis.call('SET', KEYS[1], MARK .. ' ' .. (life or NEW_LIFE))
end
redis.call('PEXPIRE', KEYS[1], LIFETIME * 2)
return 1
