"""When a bot leaves a state (L5): bounds on the seconds since its anchor, and on those since it came into the state."""

from __future__ import annotations

from server.domain.values import value


@value
class Condition:
    """Holds while both counts of seconds lie in their half-open ranges [from, until); None: without end."""

    elapsed_from: int = 0
    elapsed_until: int | None = None
    state_from: int = 0
    state_until: int | None = None

    def first_second(self, entered: int, earliest: int) -> int | None:
        """Return the first second, no earlier than `earliest`, at which it holds for a state entered then; None: never."""
        second = max(earliest, self.elapsed_from, entered + self.state_from)
        ends = [self.elapsed_until, None if self.state_until is None else entered + self.state_until]
        return None if any(end is not None and second >= end for end in ends) else second
