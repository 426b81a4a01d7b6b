"""案均: which stratum a client belongs to, by class, assets and share in securities at the beginning. Pure.

All three are as of the beginning of the period, so nothing that a person does in it moves a client to another stratum.
The market enters by the third: who was invested met the same market as all others who were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advisors.facts import UNKNOWN, BookFacts
from advisors.rules_in_force import CaseMix
from market.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Strata:
    """of: (N,) stratum of each client. design: (S, K), 1 where a stratum has a class or band: the main effects."""

    of: IntArray
    design: FloatArray

    def __len__(self) -> int:
        return len(self.design)


def strata_of(facts: BookFacts, rules: CaseMix) -> Strata:
    """What is not known has a band of its own."""
    grade = facts.client_grade
    classes = int(grade.max()) + 2 if len(grade) else 1
    own = np.where(grade == UNKNOWN, classes - 1, grade)
    assets, exposure = banded(facts.client_assets, rules.assets), banded(facts.client_exposure, rules.exposure)
    wide, deep = len(rules.assets) + 2, len(rules.exposure) + 2
    shape = (classes, wide, deep)
    places = np.indices(shape).reshape(3, -1)  # of each stratum: class, band of assets, band of exposure
    design = np.concatenate([np.eye(size)[places[at]] for at, size in enumerate(shape)], axis=1)
    return Strata((own * wide + assets) * deep + exposure, design)


def banded(values: FloatArray, edges: Sequence[float]) -> IntArray:
    """Band of each value, an edge lying in the upper one; the last band is for what is not known."""
    found = np.searchsorted(np.asarray(edges), values, side="right")
    return np.where(np.isnan(values), len(edges) + 1, found).astype(np.int64)
