"""The kinds of import files that belong to the moments. Loading this module makes them known to `clients.kinds`."""

from __future__ import annotations

from clients.kinds import register_kind
from mot.events.imports import EVENTS, EventsIntake

register_kind(EVENTS, EventsIntake, ("mot", "headings"))
