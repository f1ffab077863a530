"""New names for new things."""

from __future__ import annotations

from abc import ABC, abstractmethod

from server.domain.ids import CohortId, GrantId, PlayerId


class Identities(ABC):
    """Makes ids that nobody has, and that nobody can guess from others."""

    @abstractmethod
    def cohort_id(self) -> CohortId:
        """Return an id for a new cohort; later ones sort behind earlier ones."""

    @abstractmethod
    def player_id(self) -> PlayerId:
        """Return an id for a new player."""

    @abstractmethod
    def version(self) -> str:
        """Return a version that nothing has had before."""

    @abstractmethod
    def grant_id(self) -> GrantId:
        """Return an id for a new grant; later ones sort behind earlier ones."""
