-- Begin an order, or take over one whose loader is dead. 1: the caller loads it. 0: it is loaded, or somebody loads it.
local LEASE, TIE, STYLE, LOADER = tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]

local segment = opened()
if segment and segment.loader ~= LOADER and (segment.loader == '' or now() < segment.deadline) then
  return 0
end
if not segment then
  redis.call('UNLINK', unpack(KEYS))
  redis.call('HSET', STATE, 'generation', LOADER, 'revision', 0, 'tie', TIE, 'style', STYLE, 'shape', shape())
end
redis.call('HSET', STATE, 'loader', LOADER, 'until', string.format('%.0f', now() + LEASE))
keep_all()
return 1
