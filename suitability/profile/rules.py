"""The rules of the profile, read and checked once: a file with a gap or an unknown code is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Final

from diagnosis.types import HabitId
from kit.rulebook import Rulebook, RuleError, load_rulebook, per_rules
from suitability.levels import Bias, ClientLevel

EARLIEST: Final = date(2017, 7, 1)
CAPS: Final = ("PROFILE-CAP-RESERVE", "PROFILE-CAP-DEBT", "PROFILE-CAP-DUE")
CONFIDENCE: Final = (
    "questionnaire", "confirmed", "declared", "mixed", "document", "habits", "habits_few", "few_trades",
    "second_witness", "fresh_days", "stale_days", "stale_share",
)  # fmt: skip


@per_rules()
def profile_rules() -> Rulebook:
    """The file as it stands. Raises RuleError."""
    return checked(load_rulebook("suitability", "profile"))


def told(book: Rulebook, name: str, day: date) -> Any:
    """The value of PROFILE-`name` on the day; before its first one, the first."""
    return book.on(f"PROFILE-{name}", max(day, EARLIEST))


def checked(book: Rulebook) -> Rulebook:
    """The same book. Raises RuleError that names the rule and the fault."""
    for name, check in _CHECKS.items():
        for _, value in book[name].values:
            fault = None if value is None else check(value)
            if fault:
                raise RuleError(f"{book.name}: {name}: {fault}")
    return book


def _by_level(value: Any) -> str | None:
    if set(value) != {one.value for one in ClientLevel}:
        return "must name C1 to C5"
    return None


def _ranges(value: Mapping[str, Sequence[float]]) -> str | None:
    if fault := _by_level(value):
        return fault
    ends = [value[one.value] for one in ClientLevel]
    if any(low >= high for low, high in ends):
        return "each range ascends"
    if any(a[0] > b[0] or a[1] > b[1] for a, b in pairwise(ends)):
        return "a higher level carries no less"
    return None


def _scores(value: Mapping[str, int]) -> str | None:
    if fault := _by_level(value):
        return fault
    points = [value[one.value] for one in ClientLevel]
    return None if points == sorted(points) and points[0] >= 0 and points[-1] <= 100 else "must ascend within 0 to 100"


def _caps(value: Sequence[Mapping[str, Any]]) -> str | None:
    """The worse the finances, the lower the level: hardest first."""
    sides = {side for band in value for side in band if side != "level"}
    if sides not in ({"below"}, {"above"}) or any(len(band) != 2 for band in value):
        return "each band is {below: number, level: Cn} or {above: number, level: Cn}, all of one side"
    side = sides.pop()
    limits = [band[side] for band in value]
    if limits != sorted(set(limits), reverse=side == "above"):
        return "the hardest band stands first, each limit once"
    ranks = [ClientLevel(band["level"]).rank for band in value if band["level"] in set(ClientLevel)]
    return None if len(ranks) == len(value) and ranks == sorted(ranks) else "levels must be known and ascend"


def _curve(value: Sequence[Sequence[float]]) -> str | None:
    months, points = zip(*value, strict=True)
    ascending = list(months) == sorted(set(months)) and list(points) == sorted(points)
    return None if ascending and months[0] == 0 and points[0] >= 0 and points[-1] == 100 else "must rise from 0 to 100"


def _biases(value: Mapping[str, Mapping[str, Any]]) -> str | None:
    unknown = [one for one in value if one not in set(HabitId)]
    unknown += [one["bias"] for one in value.values() if one["bias"] not in set(Bias)]
    return f"unknown {', '.join(unknown)}" if unknown else None


def _witness(value: Mapping[str, Any]) -> str | None:
    unknown = [one for one in value if one not in set(Bias)]
    return f"unknown {', '.join(unknown)}" if unknown else None


def _confidence(value: Mapping[str, Any]) -> str | None:
    return None if set(value) == set(CONFIDENCE) else f"must name {', '.join(CONFIDENCE)}"


_CHECKS: Final[Mapping[str, Any]] = {
    "PROFILE-RETURN-OF-LEVEL": _ranges,
    "PROFILE-SCORE-LEVEL": _scores,
    **dict.fromkeys(CAPS, _caps),
    "PROFILE-SCORE-RESERVE": _curve,
    "PROFILE-BIAS": _biases,
    "PROFILE-BIAS-WITNESS": _witness,
    "PROFILE-CONFIDENCE": _confidence,
}
