"""事件在列里: many events at once, one entry an event. The whole book and a single event are the same columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final

import numpy as np

from market.types import BoolArray, FloatArray, IntArray
from mot.events.types import CERTAIN, Event, EventKind, Source

NO_REF: Final = -1
NO_DAY: Final = -(2**63)
"""A day that is not on file, as kit.columns gives it."""
SOURCES: Final = tuple(Source)
"""The code of a source in a column is its place here."""
Names = Mapping[str, Callable[[int], str]]
"""How codes become words, by the name of the fact: product_name, security_name, permission, grade_after …"""


@dataclass(frozen=True, kw_only=True)
class Events:
    """Every field is an array of shape (n,). Days are ordinals (date.toordinal())."""

    client: IntArray  # row of the client in the book
    kind: IntArray  # EventKind.place
    day: IntArray  # the day on which it is acted on
    source: IntArray  # place in SOURCES
    confidence: IntArray  # percent
    expires: IntArray  # last day
    ref: IntArray  # code of the business key, NO_REF without one
    amount: FloatArray  # the main figure (yuan, share, move, count), NaN none
    usual: FloatArray  # what it is compared with, NaN none
    due: IntArray  # the day of the thing itself (maturity, end of validity), NO_DAY none

    def __len__(self) -> int:
        return len(self.client)

    @property
    def tentative(self) -> BoolArray:
        return np.asarray(self.confidence < CERTAIN)

    def take(self, rows: IntArray | BoolArray) -> Events:
        return Events(**{name: getattr(self, name)[rows] for name in COLUMNS})


COLUMNS: Final = tuple(one.name for one in fields(Events))
_FLOATS: Final = ("amount", "usual")


def events_of(
    kind: EventKind, client: IntArray, day: IntArray, source: Source, *,
    ref: IntArray | None = None, amount: FloatArray | None = None, usual: FloatArray | None = None,
    due: IntArray | None = None,
) -> Events:  # fmt: skip
    """Events of one kind, as the kind says. Raises ValueError for a source that this kind doesn't have."""
    if source not in kind.sources:
        raise ValueError(f"{kind.id} is not read from {source}")
    n, day = len(client), np.asarray(day, dtype=np.int64)
    return Events(
        client=np.asarray(client, dtype=np.int64), kind=_all(n, kind.place), day=day,
        source=_all(n, SOURCES.index(source)), confidence=_all(n, kind.confidence), expires=day + kind.expires_days,
        ref=_all(n, NO_REF) if ref is None else ref, amount=np.full(n, np.nan) if amount is None else amount,
        usual=np.full(n, np.nan) if usual is None else usual, due=_all(n, NO_DAY) if due is None else due,
    )  # fmt: skip


def _all(n: int, value: int) -> IntArray:
    return np.full(n, value, dtype=np.int64)


def no_events() -> Events:
    empty: dict[str, Any] = {name: np.empty(0, np.float64 if name in _FLOATS else np.int64) for name in COLUMNS}
    return Events(**empty)


def joined(parts: Iterable[Events]) -> Events:
    """All of them in one order that does not depend on the order of the parts, each event once.

    Where two parts tell the same event (client, kind, day, ref), the surer one stays, then the earlier source.
    """
    every = list(parts) or [no_events()]
    all_of = Events(**{name: np.concatenate([getattr(part, name) for part in every]) for name in COLUMNS})
    keys = (all_of.client, all_of.day, all_of.kind, all_of.ref)
    figures = (all_of.due, np.nan_to_num(all_of.usual), np.nan_to_num(all_of.amount))
    order = np.lexsort((*figures, all_of.source, -all_of.confidence, *reversed(keys)))
    ranked = all_of.take(order)
    fresh = np.ones(len(ranked), dtype=bool)
    same = [np.diff(column) == 0 for column in (ranked.client, ranked.day, ranked.kind, ranked.ref)]
    fresh[1:] = ~np.logical_and.reduce(same)
    return ranked.take(fresh)


def from_events(
    events: Sequence[Event], kinds: Mapping[str, EventKind], rows: Mapping[str, int], refs: Mapping[str, int]
) -> Events:
    """Columns of single events. rows: client number to row; refs: business key to code.

    The fact `amount_yuan` is the amount and `due_on` the day of the thing itself, where they are told.
    """
    parts = [
        replace(
            events_of(
                kinds[one.kind], np.array([rows[one.client]]), np.array([one.occurred_on.toordinal()]), one.source,
                ref=np.array([refs[one.ref] if one.ref else NO_REF]),
                amount=np.array([float(one.facts.get("amount_yuan", np.nan))]),
                due=np.array([_ordinal(one.facts.get("due_on"))]),
            ),
            confidence=np.array([one.confidence]), expires=np.array([one.expires_on.toordinal()]),
        )
        for one in events
    ]  # fmt: skip
    return joined(parts)


def _ordinal(day: Any) -> int:
    return day.toordinal() if isinstance(day, date) else NO_DAY


def to_event(
    events: Events, place: int, kinds: Mapping[int, EventKind], client_no: str, ref: str, names: Names
) -> Event:
    """One entry as a value, with the facts that its kind declares."""
    kind = kinds[int(events.kind[place])]
    return Event(
        client=client_no, kind=kind.id, occurred_on=date.fromordinal(int(events.day[place])),
        source=SOURCES[int(events.source[place])], confidence=int(events.confidence[place]),
        tentative=bool(events.tentative[place]), expires_on=date.fromordinal(int(events.expires[place])), ref=ref,
        facts={name: value for name in kind.facts if (value := _fact(events, place, name, names)) is not None},
    )  # fmt: skip


def _fact(events: Events, place: int, name: str, names: Names) -> Any:
    amount, usual, due = events.amount[place], events.usual[place], int(events.due[place])
    if name == "due_on":
        return None if due == NO_DAY else date.fromordinal(due)
    if name == "days":
        return due - int(events.day[place]) if due != NO_DAY else _number(usual)
    if name in ("share", "loss_share", "move"):
        return None if np.isnan(amount) else f"{amount:.1%}"
    if name in ("grade_before", "grade_after", "level_before", "level_after"):
        rank = usual if name.endswith("before") else amount
        return names[name](int(rank)) if name in names and not np.isnan(rank) else None
    if name in names:
        return names[name](int(events.ref[place])) if events.ref[place] != NO_REF else None
    return _number(usual if name.startswith("usual_") else amount)


def _number(value: float) -> float | int | None:
    if np.isnan(value):
        return None
    return int(value) if float(value).is_integer() else float(value)
