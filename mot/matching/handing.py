"""挡下之后交给下一个场景: the more urgent scenario of an event that can't be carried out in its time loses its turn.

A cap or a quiet time passes while the event is still of use: then the more urgent scenario keeps its turn and comes
again. What only a new fact opens (no product that suits, no consent to marketing), or opens after the moment is over,
concerns that scenario alone: the next one for the same event is judged by its own holdout and its own gate. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from kit.rulebook import Rulebook
from market.types import BoolArray, IntArray
from mot.events.columns import Events
from mot.matching.gate import Contacts, Gated, contact_book
from mot.matching.outcome import FIRED, WHYS, Matches, Why
from mot.matching.waiting import PASSING
from mot.scenario.types import Scenario

NEVER: Final = np.iinfo(np.int64).max
_SUPERSEDED: Final = WHYS.index(Why.SUPERSEDED)
_GATED: Final = WHYS.index(Why.GATED)


def opens_on(rule: str, cases: Contacts, book: Rulebook, day: date) -> IntArray:
    """The first day on which the rule may let these contacts through, as an ordinal; a lower bound."""
    if rule not in PASSING:
        return np.full(len(cases), NEVER, dtype=np.int64)
    if rule == "MOT-G08":
        return cases.quiet_until + 1
    if rule == "MOT-G16":
        return np.asarray(cases.bereaved_on + book.on(rule, day)["days"] + 1)
    return np.full(len(cases), day.toordinal() + 1, dtype=np.int64)


def lost(
    matches: Matches, held: Gated, cases: Contacts, events: Events, scenarios: Sequence[Scenario], day: date
) -> BoolArray:
    """Pairs that another one waits behind and that the gate holds back for longer than their moment lasts, (n,)."""
    leads = np.zeros(len(matches), dtype=bool)
    leads[matches.into[matches.why == _SUPERSEDED]] = True
    leads &= matches.fired & ~held.passed
    if not leads.any():
        return leads
    opens, book = np.zeros(len(matches), dtype=np.int64), contact_book()
    for rule, holds in held.held.items():
        if (holds & leads).any():
            opens = np.where(holds, np.maximum(opens, opens_on(rule, cases, book, day)), opens)
    windows = np.array([one.moment.window_days for one in scenarios], dtype=np.int64)[matches.scenario]
    last = np.minimum(events.expires[matches.event], events.day[matches.event] + windows)
    return np.asarray(leads & (opens > last))


def handed_on(matches: Matches, those: BoolArray) -> Matches:
    """With those pairs gated, and what waited behind them free for its turn."""
    waited = (matches.why == _SUPERSEDED) & those[matches.into]
    code = np.where(those, _GATED, np.where(waited, FIRED, matches.why))
    return replace(matches, why=code, into=np.where(waited, np.arange(len(matches)), matches.into))


def kept(before: Gated, again: Gated, matches: Matches) -> Gated:
    """What the gate said again, but for pairs that had lost their turn: these keep the reasons for which they did."""
    gone = matches.why == _GATED
    return Gated({rule: np.where(gone, before.held[rule], said) for rule, said in again.held.items()}, again.n)
