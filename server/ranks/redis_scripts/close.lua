-- Forget the segment. Asked for also where memory is out: this frees some.
return redis.call('UNLINK', unpack(KEYS))
