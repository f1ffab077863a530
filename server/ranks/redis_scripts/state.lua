-- Whether it is loaded, how many have a rank, how many of them take no prizes, the revision, the generation. nil: not open.
local segment = opened()
if not segment then
  return nil
end
if segment.loader == '' and redis.call('PTTL', STATE) < LIFETIME / 2 then
  keep_all()
end
return {
  segment.loader == '' and 1 or 0,
  redis.call('ZCARD', MEMBERS),
  redis.call('ZCARD', OTHERS),
  segment.revision,
  segment.generation,
}
