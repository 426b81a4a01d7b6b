"""What a client may trade and what is missing for the rest: every gate on a day, open or with each condition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from suitability.gates.judge import GateAnswer
from suitability.gates.permissions import GateRecord
from suitability.gates.problems import GateNotInForce
from suitability.gates.service import GateService
from suitability.levels import Gate


@dataclass(frozen=True, slots=True)
class GateStanding:
    """One gate for one client: the record that opened it, or the answer on what is on file."""

    gate: Gate
    record: GateRecord | None
    answer: GateAnswer | None


def overview(desk: GateService, client_no: str, day: date) -> tuple[GateStanding, ...]:
    """Every gate in force on the day. Raises NoSuchClient."""
    held = desk.permissions_of(client_no, day)
    found = (standing_of(desk, client_no, gate, day, held.get(gate)) for gate in Gate)
    return tuple(one for one in found if one is not None)


def standing_of(
    desk: GateService, client_no: str, gate: Gate, day: date, record: GateRecord | None, variant: str | None = None
) -> GateStanding | None:
    """One gate; None where it has no rules on the day. variant: grade or ticket, by default the lowest.

    Raises NoSuchClient, UnknownVariant.
    """
    if record is not None:
        return GateStanding(gate, record, None)
    try:
        variant = variant or desk.lowest_variant(gate, day)
    except GateNotInForce:
        return None
    return GateStanding(gate, None, desk.check(client_no, gate, desk.evidence(client_no, gate, day), variant))
