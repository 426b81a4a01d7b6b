"""话术: texts with `{variables}` that are known when the text is loaded, and words that no text may hold.

A template is data. A variable is a bare name in braces: no attribute, index or format can be written, so a text can
show what it was given and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from kit.rulebook import load_rulebook

COMMON: Final[Mapping[str, str]] = {
    "client_name": "客户称呼", "advisor_name": "服务人员姓名", "branch_name": "营业部名称", "day": "任务日期",
    "occurred_on": "事件日期", "event_name": "事件名称",
}  # fmt: skip
"""Variables that every text has: name and what it shows."""
_NAME: Final = re.compile(r"\{([^{}]*)\}")
_GOOD_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
LONGEST: Final = 600


class TextError(ValueError):
    """A text that cannot be used: names the variable or the word."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A checked template and the variables that it shows, in order."""

    text: str
    variables: tuple[str, ...]

    def fill(self, values: Mapping[str, Any]) -> str:
        """The text with its values. Raises TextError naming what is not given: a gap is never sent."""
        lacking = [name for name in self.variables if values.get(name) is None]
        if lacking:
            raise TextError(f"缺少{'、'.join(lacking)}")
        return _NAME.sub(lambda found: shown(values[found.group(1)]), self.text)


def shown(value: Any) -> str:
    """A value as a reader sees it: money with separators and without idle zeros, days in full."""
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float | Decimal):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return str(value)


def sentence(text: Any, known: frozenset[str]) -> Sentence:
    """A template over the known variables. Raises TextError."""
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        raise TextError(f"应为 1 至 {LONGEST} 个字的文字")
    names = tuple(_NAME.findall(text))
    if set("{}") & set(_NAME.sub("", text)):
        raise TextError("花括号没有成对")
    for name in names:
        if not _GOOD_NAME.fullmatch(name):
            raise TextError(f"变量 {{{name}}} 只能是小写字母、数字和下划线")
        if name not in known:
            raise TextError(f"没有变量 {{{name}}}；可用：{'、'.join(sorted(known))}")
    return Sentence(text, names)


def banned_words(day: date) -> tuple[str, ...]:
    """Words and promises that no text to a client may hold (MOT-WORDS)."""
    return tuple(load_rulebook("mot", "contact").on("MOT-WORDS", day))


def banned_in(text: str, day: date) -> tuple[str, ...]:
    """Which of them the text holds, spaces between the characters notwithstanding."""
    plain = re.sub(r"[\s\u200b·*_-]+", "", text)
    return tuple(word for word in banned_words(day) if word in plain)
