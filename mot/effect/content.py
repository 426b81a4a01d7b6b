"""Findings as plain data, and back: what is filed on the review day is what is shown afterwards. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, TypeVar

from mot.effect.types import Arm, Difference, Finding, Lack, Missing, Sample

Figure = TypeVar("Figure", int, float)


def finding_content(one: Finding) -> dict[str, Any]:
    """What was found, or what is missing."""
    sample = one.sample
    return {
        "day": one.day.isoformat(),
        "sample": {
            "enrolled": _named(sample.enrolled), "ended": _named(sample.ended), "known": _named(sample.known),
            "elsewhere": _named(sample.elsewhere), "ratio_p": sample.ratio_p, "mixed": sample.mixed,
            "first_on": sample.first_on.isoformat() if sample.first_on else None,
        },
        "difference": None if one.difference is None else asdict(one.difference),
        "treated": one.treated,
        "missing": [{"lack": it.lack.value, "text": it.text, "n": it.n} for it in one.missing],
    }  # fmt: skip


def finding_from(content: Mapping[str, Any]) -> Finding:
    """A finding as it was filed."""
    told = content["sample"]
    return Finding(
        day=date.fromisoformat(content["day"]), treated=content["treated"],
        difference=None if content["difference"] is None else Difference(**content["difference"]),
        missing=tuple(Missing(Lack(it["lack"]), it["text"], it["n"]) for it in content["missing"]),
        sample=Sample(
            enrolled=_by_arm(told["enrolled"]), ended=_by_arm(told["ended"]), known=_by_arm(told["known"]),
            elsewhere=_by_arm(told["elsewhere"]), ratio_p=told["ratio_p"], mixed=told["mixed"],
            first_on=date.fromisoformat(told["first_on"]) if told["first_on"] else None,
        ),
    )  # fmt: skip


def _named(by_arm: Mapping[Arm, Figure]) -> dict[str, Figure]:
    return {arm.value: figure for arm, figure in by_arm.items()}


def _by_arm(named: Mapping[str, Figure]) -> dict[Arm, Figure]:
    return {Arm(name): figure for name, figure in named.items()}
