"""对照组: clients who are left alone, so that an effect can be measured. A keyed hash decides, never a draw.

The same client stands in the same place for good: on every machine, on every run, in every version of a scenario.
Without the key nobody can tell who is left alone, and nobody can choose.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from kit.rulebook import load_rulebook
from market.types import BoolArray, FloatArray
from mot.events.kinds import FIRST_DAY
from mot.scenario.types import Scenario

GLOBAL: Final = "*"
"""The scope of the global holdout; no scenario has this id."""
SHORTEST_KEY: Final = 16


@dataclass(frozen=True)
class Holdout:
    """key: secret of the firm, 16 to 64 bytes, never changed while an effect is measured. share: the global one."""

    key: bytes
    share: float

    def __post_init__(self) -> None:
        if not SHORTEST_KEY <= len(self.key) <= 64:
            raise ValueError(f"the key of the holdout has {SHORTEST_KEY} to 64 bytes")

    def place(self, client_no: str, scope: str) -> float:
        """Where the client stands between 0 (included) and 1, independently for each scope."""
        text = f"{scope}\x00{client_no}".encode()
        number = int.from_bytes(hashlib.blake2b(text, digest_size=8, key=self.key).digest(), "big")
        return (number >> 11) / 2**53

    def places(self, client_nos: Sequence[str], scope: str) -> FloatArray:
        return np.array([self.place(client, scope) for client in client_nos], dtype=np.float64)

    def held_globally(self, client_nos: Sequence[str]) -> BoolArray:
        """In the global holdout: left alone by every scenario that may hold out."""
        return np.asarray(self.places(client_nos, GLOBAL) < self.share)

    def held(self, scenario: Scenario, client_nos: Sequence[str]) -> BoolArray:
        """In the holdout of this scenario (of all its versions)."""
        if not scenario.may_hold_out:
            return np.zeros(len(client_nos), dtype=bool)
        return np.asarray(self.places(client_nos, scenario.id) < scenario.review.holdout)


def holdout_of(key: bytes, day: date) -> Holdout:
    """The holdout with the global share that is in force on the day (MOT-HOLDOUT)."""
    share = load_rulebook("mot", "contact").on("MOT-HOLDOUT", max(day, FIRST_DAY))["share"]
    return Holdout(key, float(share))
