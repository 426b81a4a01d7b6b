"""What stands on a day: each rule file under change control, its version, since when, shipped or approved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from kit.problems import NotFound
from kit.rulebook import Rulebook, shipped_rulebook
from suitability.changes.floors import breaches
from suitability.changes.in_force import Schedule, schedule
from suitability.changes.types import PACKAGE, RULE_FILES


class NoSuchRuleFile(NotFound):
    """没有这个规则文件"""

    title = "No such rule file"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFile:
    """One rule file on a day. since and change_id: of the approved change that stands; None for the shipped text."""

    name: str
    title: str
    version: str
    shipped_version: str
    since: date | None
    change_id: int | None

    @property
    def approved(self) -> bool:
        """Whether an approved change stands in the place of what was shipped."""
        return self.since is not None


def standing_files(session: Session, day: date) -> tuple[StandingFile, ...]:
    """Every rule file that a change may replace, as it stands on the day."""
    plan = schedule(session)
    return tuple(_standing(plan, name, day) for name in RULE_FILES)


def below_the_law(session: Session, day: date) -> tuple[str, ...]:
    """Where a text that was approved is kinder than the floors of today: the law has grown since. File and fault."""
    plan = schedule(session)
    return tuple(
        f"{RULE_FILES[name]}：{fault}"
        for name in dict.fromkeys(text.name for text in plan.texts)
        for fault in breaches(name, plan.book(name, day), day)
    )


def standing_text(session: Session, name: str, day: date) -> tuple[StandingFile, str]:
    """One of them with its whole text. Raises NoSuchRuleFile."""
    if name not in RULE_FILES:
        raise NoSuchRuleFile(f"没有可变更的规则文件 {name}；可选：{'、'.join(RULE_FILES)}")
    plan = schedule(session)
    return _standing(plan, name, day), plan.book(name, day).text


def _standing(plan: Schedule, name: str, day: date) -> StandingFile:
    shipped: Rulebook = shipped_rulebook(PACKAGE, name)
    found = next((text for text in reversed(plan.texts) if text.name == name and text.since <= day), None)
    return StandingFile(
        name=name, title=RULE_FILES[name], version=shipped.version if found is None else found.book.version,
        shipped_version=shipped.version, since=None if found is None else found.since,
        change_id=None if found is None else found.order,
    )  # fmt: skip
