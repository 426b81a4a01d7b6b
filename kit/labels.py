"""One code, one Chinese word: the code is stored and sent, the label is shown and may be reworded."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """String enum whose members carry a Chinese label: `BUY = "BUY", "买入"`."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label or code
        return member
