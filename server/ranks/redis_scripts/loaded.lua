-- All of it is recorded, says who was to load it. 1: it is answered from now on. nil: another order, or another loader.
local LOADER = ARGV[2]

local segment = opened()
if not segment or segment.loader ~= LOADER then
  return nil
end
redis.call('HSET', STATE, 'loader', '')
return 1
