"""Changes of rules, ratings and forms as they are proposed and told; the rule files as they stand on a day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, StringConstraints

from api.routes.shapes import PRINTABLE, Ask, Code, RuleDay, Word
from suitability.changes.drafts import Difference
from suitability.changes.types import Change, ChangeKind, ChangeState, PreviewRecord, Verdict
from suitability.levels import ProductLevel

LONGEST_TEXT: Final = 400_000
Why = Annotated[str, StringConstraints(min_length=1, max_length=512, pattern=PRINTABLE)]
Whole = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]


class _Draft(Ask):
    reason: Why
    effective_from: RuleDay


class RulesDraft(_Draft):
    """The whole new text of a rule file; what stood on past days must stand in it unchanged."""

    kind: Literal[ChangeKind.RULES]
    file: Code
    title: Word
    text: Annotated[Whole, Field(description="整个文件的 YAML")]


class RatingDraft(_Draft):
    """Another level of a product than the rules give; never below the list in force or the issuer's."""

    kind: Literal[ChangeKind.RATING]
    product_code: Code
    level: ProductLevel


class QuestionnaireDraft(_Draft):
    """A new version of a form; it may be answered from the day on which it is approved."""

    kind: Literal[ChangeKind.QUESTIONNAIRE]
    text: Annotated[Whole, Field(description="整份问卷的 YAML")]


DraftIn = Annotated[RulesDraft | RatingDraft | QuestionnaireDraft, Field(discriminator="kind")]


class ApprovalIn(Ask):
    """shown: digest of the preview that was read; what is approved is exactly that."""

    shown: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=PRINTABLE)]
    reason: Why


class RefusalIn(Ask):
    reason: Why


class RollbackIn(Ask):
    """From which day on the former content stands again."""

    reason: Why
    effective_from: RuleDay


class PreviewOut(BaseModel):
    """What the change would do to the whole book on its first day. digest pins change, base, day and result."""

    digest: str
    day: date
    result: dict[str, Any] = Field(
        description="levels 等级，products 产品，holdings 持仓错配，offers 可推介；问卷另有 questionnaire"
    )
    made_by: str
    made_at: datetime


class ChangeVerdictOut(BaseModel):
    approved: bool
    reason: str
    decided_by: str
    decided_at: datetime


class RuleChangeBrief(BaseModel):
    """One change. base: the version it replaces; preview_digest: of its newest preview, empty before one."""

    id: int
    kind: ChangeKind
    target: str
    title: str
    reason: str
    state: ChangeState
    effective_from: date
    version: str
    base: str
    digest: str
    rollback_of: int | None
    drafted_by: str
    drafted_at: datetime
    preview_digest: str | None
    verdict: ChangeVerdictOut | None


class RuleChangePage(BaseModel):
    items: list[RuleChangeBrief]
    next: str | None


class DifferenceOut(BaseModel):
    """One rule whose value or wording differs; before or after is empty where the rule is not there."""

    rule: str
    title: str
    before: Any
    after: Any


class RuleChangeOut(RuleChangeBrief):
    content: str = Field(description="所提议的全文")
    differences: list[DifferenceOut] = Field(description="规则文件逐条的改动")
    preview: PreviewOut | None


class RuleFileBrief(BaseModel):
    """One rule file under change control, as it stands on the day. since: empty for the shipped text."""

    name: str
    title: str
    version: str
    approved: bool = Field(description="true：经批准的变更在用；false：随系统发布的内容在用")
    since: date | None
    change_id: int | None


class RuleFileList(BaseModel):
    day: date
    items: list[RuleFileBrief]


class RuleFileOut(RuleFileBrief):
    day: date
    shipped_version: str
    text: str = Field(description="在用的全文；起草变更从它改起")


_BRIEF: Final = tuple(
    name for name in RuleChangeBrief.model_fields if name not in ("preview_digest", "verdict")
)


def change_brief(change: Change) -> RuleChangeBrief:
    return RuleChangeBrief(**_fields(change))


def change_out(change: Change, differences: tuple[Difference, ...]) -> RuleChangeOut:
    told = [DifferenceOut(rule=one.rule, title=one.title, before=one.before, after=one.after) for one in differences]
    preview = None if change.preview is None else preview_out(change.preview)
    return RuleChangeOut(**_fields(change), content=change.content, differences=told, preview=preview)


def preview_out(preview: PreviewRecord) -> PreviewOut:
    return PreviewOut(**{name: getattr(preview, name) for name in PreviewOut.model_fields})


def _fields(change: Change) -> dict[str, Any]:
    preview = None if change.preview is None else change.preview.digest
    verdict = None if change.verdict is None else _verdict(change.verdict)
    return {**{name: getattr(change, name) for name in _BRIEF}, "preview_digest": preview, "verdict": verdict}


def _verdict(verdict: Verdict) -> ChangeVerdictOut:
    return ChangeVerdictOut(**{name: getattr(verdict, name) for name in ChangeVerdictOut.model_fields})
