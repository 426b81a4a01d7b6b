"""What stands for a client on a day: array-first, so that one client (a batch of one) and the book have one definition.

The result in force is the newest one that was accepted (where a review was asked for) and confirmed by the client. A
newer result that waits for the client's confirmation never raises the level, but it does lower it: nobody keeps a
higher level by not confirming the lower one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from kit.columns import UNKNOWN
from market.types import BoolArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Assessments of many clients, in any order; shape (n,). Days are ordinals, UNKNOWN where there is none."""

    client_id: IntArray
    id: IntArray
    questionnaire_id: IntArray
    assessed_on: IntArray
    valid_through: IntArray
    total: IntArray
    level: IntArray
    lowest: IntArray
    term: IntArray
    types: IntArray
    needs_review: IntArray
    accepted: IntArray  # UNKNOWN until reviewed
    reviewed_on: IntArray
    confirmed_on: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentColumns:
    """One entry a client that has any usable result, ascending by client_id; shape (n,). Ranks are 0 where none.

    level: the one to use; confirmed_level: of the result in force. id, questionnaire_id, assessed_on, valid_through
    and total are those of the result in force, UNKNOWN where the client has confirmed none. waiting_id: a newer result
    that waits for confirmation, UNKNOWN where none does.
    """

    client_id: IntArray
    id: IntArray
    questionnaire_id: IntArray
    assessed_on: IntArray
    valid_through: IntArray
    total: IntArray
    level: IntArray
    confirmed_level: IntArray
    lowest: BoolArray
    term: IntArray
    types: IntArray
    waiting_id: IntArray

    def __len__(self) -> int:
        return len(self.client_id)

    def expired(self, day: int) -> BoolArray:
        """Whether the last valid day is over; False where nothing is in force."""
        return np.asarray((self.valid_through != UNKNOWN) & (self.valid_through < day))


def standing(results: Results, day: int) -> AssessmentColumns:
    """day: the ordinal on which it is asked; what happened later is not seen."""
    order = np.lexsort((results.id, results.assessed_on, results.client_id))
    own = {field.name: getattr(results, field.name)[order] for field in fields(results)}
    usable = (own["assessed_on"] <= day) & (
        (own["needs_review"] == 0) | ((own["accepted"] == 1) & _done(own["reviewed_on"], day))
    )
    own = {name: column[usable] for name, column in own.items()}
    client, at = own["client_id"], np.arange(len(own["client_id"]))
    last = np.append(client[1:] != client[:-1], True) if len(client) else np.empty(0, dtype=np.bool_)
    newest = at[last]
    in_force = _last_of(at, _done(own["confirmed_on"], day), last)
    return _columns(own, newest, in_force)


def _done(days: IntArray, day: int) -> BoolArray:
    return np.asarray((days != UNKNOWN) & (days <= day))


def _last_of(at: IntArray, chosen: BoolArray, last: BoolArray) -> IntArray:
    """For each client the place of its last chosen row, -1 where it has none."""
    if not len(at):
        return at
    seen = np.maximum.accumulate(np.where(chosen, at, -1))[last]
    starts = np.append(0, at[last][:-1] + 1)
    return np.where(seen >= starts, seen, -1)


def _columns(own: dict[str, IntArray], newest: IntArray, in_force: IntArray) -> AssessmentColumns:
    some = in_force >= 0
    waiting = newest > in_force

    def taken(name: str, nothing: int) -> IntArray:
        return np.where(some, own[name][np.maximum(in_force, 0)], nothing) if len(newest) else newest

    confirmed, newer = taken("level", 0), own["level"][newest]
    lowest = taken("lowest", 0) == 1
    return AssessmentColumns(
        client_id=own["client_id"][newest], id=taken("id", UNKNOWN),
        questionnaire_id=taken("questionnaire_id", UNKNOWN), assessed_on=taken("assessed_on", UNKNOWN),
        valid_through=taken("valid_through", UNKNOWN), total=taken("total", UNKNOWN),
        level=np.where(some & waiting, np.minimum(confirmed, newer), confirmed), confirmed_level=confirmed,
        lowest=lowest | (some & waiting & (own["lowest"][newest] == 1)),
        term=_rank(taken("term", 0)), types=_rank(taken("types", 0)),
        waiting_id=np.where(waiting, own["id"][newest], UNKNOWN),
    )  # fmt: skip


def _rank(found: IntArray) -> IntArray:
    return np.where(found == UNKNOWN, 0, found)
