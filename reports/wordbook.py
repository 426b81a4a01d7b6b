"""The firm's words and limits, read from `rules/*.yaml` for the report's day."""

from __future__ import annotations

from datetime import date
from typing import Any

from kit.rulebook import load_rulebook


def word(rule_id: str, day: date) -> Any:
    """Value of a rule of `wording.yaml` on `day`."""
    return load_rulebook("reports", "wording").on(rule_id, _in_force(day))


def limit(name: str, day: date) -> float:
    """One number of WORD-LIMITS."""
    return float(word("WORD-LIMITS", day)[name])


def words_abroad(currency: str, day: date) -> dict[str, str]:
    """Words of the mainland market and what stands for them in an account of another currency."""
    return {} if currency == "CNY" else dict(word("WORD-ABROAD", day))


def risk_notice(day: date) -> str:
    """The notice that stands on every export (投资顾问业务暂行规定 art. 19)."""
    return str(load_rulebook("reports", "notice").on("NOTICE-RISK", _in_force(day))).replace(" ", "")


def forbidden_words(day: date) -> tuple[str, ...]:
    """What no text of a report may contain."""
    return tuple(load_rulebook("reports", "notice").on("NOTICE-FORBIDDEN", _in_force(day)))


def returns_label(has_cash: bool, day: date) -> str:
    """账户收益, or 证券收益（不含资金） where only trades are on file."""
    labels = load_rulebook("reports", "notice").on("NOTICE-RETURNS-LABEL", _in_force(day))
    return str(labels["with_cash" if has_cash else "trades_only"])


def agreement_rule(rule_id: str, day: date) -> Any:
    """Value of a rule of `agreement.yaml` on `day`."""
    return load_rulebook("reports", "agreement").on(rule_id, _in_force(day))


def period_word(first: date, last: date) -> str:
    """这一年, 这半年, … by the calendar days of the period; 这段时间 beyond."""
    days = (last - first).days + 1
    for step in word("WORD-PERIOD", last):
        if days <= step["days"]:
            return str(step["text"])
    return "这段时间"


def versions() -> dict[str, str]:
    """Versions of the report's own rule files."""
    return {
        f"reports/{name}": load_rulebook("reports", name).version
        for name in ("notice", "wording", "agreement")
    }


def _in_force(day: date) -> date:
    """Reports on a period before the first rule speak with the first words we have."""
    return max(day, date(2011, 1, 1))
