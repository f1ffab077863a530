-- Begin an order, or take over one whose loader is dead. Who is to load it is answered by his token; empty: nobody is.
local LEASE, TIE, STYLE, BEFORE, NEW = tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local token = NEW
local segment = opened()
if not segment then
  redis.call('UNLINK', unpack(KEYS))
  redis.call('HSET', STATE, 'generation', NEW, 'revision', 0, 'tie', TIE, 'style', STYLE, 'shape', shape())
elseif segment.loader == '' then
  return ''
elseif segment.loader == BEFORE or segment.loader == NEW then -- asked again, by a walk that failed or for want of an answer
  token = segment.loader
elseif now() < segment.deadline then
  return ''
end
redis.call('HSET', STATE, 'loader', token, 'until', string.format('%.0f', now() + LEASE))
keep_all()
return token
