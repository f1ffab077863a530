"""Which phase of an event runs when, and under which definition (E8): the timeline of what `Definition` defines."""

from __future__ import annotations

from typing import TypeAlias

from server.domain.event_leaderboards.definition import Definition
from server.domain.schedule import timeline

Activation: TypeAlias = timeline.Activation[Definition]
PhaseRun: TypeAlias = timeline.PhaseRun[Definition]
Timeline: TypeAlias = timeline.Timeline[Definition]
