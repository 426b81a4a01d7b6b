"""说什么: the texts of a scenario with the figures of one client and event filled in, nothing sent with a gap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mot.events.types import Event, EventKind
from mot.features import FEATURES, ClientBook, Holds, plain
from mot.scenario.types import Scenario
from mot.texts import Sentence


@dataclass(frozen=True, slots=True)
class Speech:
    """What the advisor sees. lacking: figures that are not known; their sentences are shown without being filled."""

    opening: str
    points: tuple[str, ...]
    avoid: tuple[str, ...]
    lacking: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether it may go out as it is: a text with a gap is for a person to finish."""
        return not self.lacking


def speech(scenario: Scenario, values: Mapping[str, Any]) -> Speech:
    """The texts with their values, by variable name."""
    said, lacking = [], []
    for one in (scenario.service.opening, *scenario.service.points):
        gaps = [name for name in one.variables if values.get(name) is None]
        lacking += [gap for gap in gaps if gap not in lacking]
        said.append(_open(one, values) if gaps else one.fill(values))
    return Speech(said[0], tuple(said[1:]), scenario.service.avoid, tuple(lacking))


def _open(one: Sentence, values: Mapping[str, Any]) -> str:
    """What is known filled in, what is not shown as a gap to be filled by hand."""
    return one.fill({name: "＿＿" if values.get(name) is None else values[name] for name in one.variables})


def values_of(
    event: Event, kind: EventKind, day: date, people: Mapping[str, str], book: ClientBook, row: int
) -> dict[str, Any]:
    """All that a text may show. people: client_name, advisor_name, branch_name; row: of the client in the book."""
    figures = {
        name: plain(feature, book.column(name)[row])
        for name, feature in FEATURES.items()
        if feature.holds is Holds.NUMBER and not feature.of_event
    }
    return {**figures, **people, **event.facts, "day": day, "occurred_on": event.occurred_on, "event_name": kind.name}
