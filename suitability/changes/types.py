"""A change as values: what is proposed, what it would do, who decided, from when it stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from kit.labels import Labelled

PACKAGE: Final = "suitability"

RULE_FILES: Final[Mapping[str, str]] = {
    "matching": "匹配规则",
    "matching_words": "匹配用语",
    "duties": "义务",
    "bands": "分数段",
    "assessment": "评估规则",
    "category": "投资者类别",
    "access": "准入条件",
    "rating": "产品评级规则",
    "product_list": "产品名录",
    "profile": "客户画像规则",
}
"""Rule files that a change may replace, with their Chinese names."""


class ChangeKind(Labelled):
    """变更的对象"""

    RULES = "RULES", "规则文件"
    RATING = "RATING", "产品评级"
    QUESTIONNAIRE = "QUESTIONNAIRE", "问卷版本"


class ChangeState(Labelled):
    """变更的状态"""

    DRAFT = "DRAFT", "草稿"
    PREVIEWED = "PREVIEWED", "已预演，待批准"
    APPROVED = "APPROVED", "已批准"
    REFUSED = "REFUSED", "已否决"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One proposed change. version: of its content; base: of what it replaces; digest: over all that is proposed."""

    id: int
    kind: ChangeKind
    target: str  # name of the rule file, code of the product, version of the questionnaire
    title: str
    reason: str
    content: str  # the whole proposed text
    version: str
    base: str
    effective_from: date
    rollback_of: int | None
    digest: str
    drafted_by_id: str
    drafted_by: str
    drafted_at: datetime
    preview: PreviewRecord | None = None  # the newest one
    verdict: Verdict | None = None

    @property
    def state(self) -> ChangeState:
        if self.verdict is not None:
            return ChangeState.APPROVED if self.verdict.approved else ChangeState.REFUSED
        return ChangeState.DRAFT if self.preview is None else ChangeState.PREVIEWED


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRecord:
    """影响预演: what the change would do to the book on a day. digest pins change, base, day and result."""

    id: int
    change_id: int
    day: date
    digest: str
    result: Mapping[str, Any]
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """复核结论: by another person, on one preview."""

    approved: bool
    preview_id: int | None
    reason: str
    decided_by: str
    decided_at: datetime
