"""Leaderboards: ranked boards that outlive one event, fed by what players do (B1 to B63).

`definition` what designers wrote · `timeframes`, `event_phases` when it runs · `calendar` all periods, `periods` one of them,
`window_keys` what it is called · `segments` who stands with whom · `scores`, `aggregation` how contributions become a score ·
`outcomes` why one does not · `entry`, `ranking` who stands where · `prizes` who wins what.
"""
