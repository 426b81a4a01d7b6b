"""What grading asks of its neighbours, as narrow as it needs it."""

from __future__ import annotations

from typing import Protocol

from advisors.types import EffectsTold, Period


class Effects(Protocol):
    """场景效果: what everybody's tasks changed, against the clients who were left alone."""

    def by_person(self, period: Period) -> EffectsTold:
        """By staff number; or why there is nothing."""
        ...


class NoEffects:
    """Where nothing measures effects."""

    def by_person(self, period: Period) -> EffectsTold:
        return EffectsTold(withheld=f"{period.title}没有场景效果的数据")
