"""抽取: who is in the frame, and who is drawn. Pure: the same frame and seed give the same sample to anyone who asks.

A client's place is the SHA-256 of seed and number: no random generator, so that an auditor draws again with any tool.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from clients.activity import Activity
from kit.digest import digest
from kit.labels import Labelled
from suitability.assessment.validity import months_earlier

FORMAT = "heshi.callbacks/1"


class Excluded(Labelled):
    """不在抽样范围的原因"""

    PROFESSIONAL = "PROFESSIONAL", "专业投资者"
    NEW = "NEW", "上年末以前没有购买产品或接受服务"
    CLOSED = "CLOSED", "账户均已销户或尚未开户"
    DORMANT = "DORMANT", "休眠账户"


@dataclass(frozen=True, slots=True)
class Framed:
    """One client of the frame and the stratum it stands in ('' where none are asked for)."""

    client_no: str
    stratum: str


@dataclass(frozen=True, slots=True)
class Frame:
    """抽样框: ascending by number, and how many stand outside for each reason."""

    basis: date  # the last day that counts: the end of the year before
    members: tuple[Framed, ...]
    excluded: Mapping[str, int]

    @property
    def digest(self) -> str:
        """SHA-256 over everybody in the frame."""
        members = [[one.client_no, one.stratum] for one in self.members]
        return digest({"format": FORMAT, "basis": self.basis, "members": members})


@dataclass(frozen=True, slots=True)
class Drawn:
    """The sample, in the order of drawing inside each stratum; sizes by stratum (frame, sample)."""

    members: tuple[Framed, ...]
    strata: Mapping[str, tuple[int, int]]


def reason_outside(one: Activity, professional: bool, basis: date, dormant_months: int) -> Excluded | None:
    """Why a client is not in the frame; None: is in it. Served without a purchase counts; dormancy is of trades."""
    if professional:
        return Excluded.PROFESSIONAL
    if one.bought_on is None and not one.served:
        return Excluded.NEW
    if not one.open_accounts:
        return Excluded.CLOSED
    if not one.served and (one.traded_on is None or one.traded_on <= months_earlier(basis, dormant_months)):
        return Excluded.DORMANT
    return None


def frame_of(
    activity: Iterable[Activity], professional: frozenset[int], strata: Mapping[int, str], basis: date,
    terms: Mapping[str, Any],
) -> Frame:  # fmt: skip
    """professional, strata: by client id; a client without a stratum stands in ''."""
    members, outside = [], {reason.value: 0 for reason in Excluded}
    for one in sorted(activity, key=lambda one: one.client_no):
        why = reason_outside(one, one.client_id in professional, basis, int(terms["dormant_months"]))
        if why is None:
            members.append(Framed(one.client_no, strata.get(one.client_id, "")))
        else:
            outside[why.value] += 1
    return Frame(basis, tuple(members), outside)


def place_of(seed: str, client_no: str) -> str:
    """The client's place in the order of drawing."""
    return hashlib.sha256(f"{seed}\x1f{client_no}".encode()).hexdigest()


def quota(size: int, share: Decimal) -> int:
    """不低于: the least whole number that is not below the share."""
    return math.ceil(size * share)


def draw(frame: Sequence[Framed], share: Decimal, seed: str, already: frozenset[str] = frozenset()) -> Drawn:
    """The share of each stratum, rounded up. already: clients drawn before this year, who are not drawn again."""
    groups: dict[str, list[Framed]] = defaultdict(list)
    for one in frame:
        groups[one.stratum].append(one)
    chosen: list[Framed] = []
    sizes: dict[str, tuple[int, int]] = {}
    for stratum in sorted(groups):
        free = [one for one in groups[stratum] if one.client_no not in already]
        ranked = sorted(free, key=lambda one: place_of(seed, one.client_no))
        taken = ranked[: quota(len(groups[stratum]), share)]
        sizes[stratum] = len(groups[stratum]), len(taken)
        chosen += taken
    return Drawn(tuple(chosen), sizes)
