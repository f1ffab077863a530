"""A dictionary in parts against one in a whole."""

import random

from server.domain.ids import PlayerId
from server.ranks.shards import Shards


def test_shards_hold_what_a_dictionary_holds() -> None:
    chance, plain, shards = random.Random(3), {}, Shards()
    for number in range(5000):
        player, known = PlayerId(f"p{chance.randrange(3000)}"), number.to_bytes(4, "big")
        assert shards.get(player) == plain.get(player)
        plain[player] = known
        shards.put(player, known)
    assert sorted(shards.values()) == sorted(plain.values())
    assert all(shards.get(player) == known for player, known in plain.items())
    assert shards.get(PlayerId("nobody")) is None
