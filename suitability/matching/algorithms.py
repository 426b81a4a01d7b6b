"""算法版本: the versions of the judgement that this release carries. A record names the one that made it.

Whatever changes what the same facts and rule files are answered with (a rule looks elsewhere, another sentence is
filled otherwise, another field is told) is a new version beside the old one, never a change of the old one:
docs/decisions/0017. `tests/suitability/matching/test_algorithms.py` holds each version to records that it has made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from suitability.matching.decision import FORMAT, Answer, Rules, answer_from
from suitability.matching.problems import AlgorithmNotShipped


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One version. answer: from the stored text of the facts and the stored rule files to the answer."""

    version: str
    since: date  # first day on which it decided
    until: date | None  # last day; None for the one that decides now
    what: str
    answer: Callable[[str, Rules], Answer]


_FIRST: Final = Algorithm(FORMAT, date(2026, 11, 27), None, "匹配规则 SUIT-001 至 SUIT-190，逐条全部运行", answer_from)
KNOWN: Final[Mapping[str, Algorithm]] = {one.version: one for one in (_FIRST,)}


def algorithm(version: str) -> Algorithm:
    """Raises AlgorithmNotShipped that names the version that is asked for, and those there are."""
    if version not in KNOWN:
        raise AlgorithmNotShipped(
            f"这条决定按算法 {version} 作出，本系统带有的是 {'、'.join(KNOWN)}，不能代替它重演；"
            "存档的事实、规则集与结论没有改动。请用带有该算法的版本重演",
            algorithm=version, known=list(KNOWN),
        )  # fmt: skip
    return KNOWN[version]
