"""《客户质量等级评估表》 as columns: which there are, which a person fills, and what each says of a line. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from clients.grading.features import FEATURES, Unit
from clients.grading.review.rules import sheet_features
from clients.grading.review.types import Arrangement, Review, ReviewLine, ReviewScheme

TITLE: Final = "客户质量等级评估表"
NONE: Final = "不评"
CLIENT: Final = "客户号"
VERSION: Final = "版本"
REASON: Final = "变动理由"
ACTIONS: Final = tuple(one.label for one in Arrangement)


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column. key: what it shows; open: filled by a person; choices: of a drop-down list."""

    key: str
    heading: str
    width: float
    open: bool = False
    choices: tuple[str, ...] = ()
    number: bool = False
    unit: Unit | None = None


def columns(review: Review) -> tuple[SheetColumn, ...]:
    """All columns, in their order."""
    shown = [
        SheetColumn(f"feature.{name}", f"{FEATURES[name].label}（{FEATURES[name].unit.label}）", 14, number=True,
                    unit=FEATURES[name].unit)
        for name in sheet_features(review.day)
    ]  # fmt: skip
    grades: list[SheetColumn] = []
    for scheme in review.schemes:
        grades += _of_scheme(scheme)
    return (
        SheetColumn("client_no", CLIENT, 12), SheetColumn("name", "客户", 10), SheetColumn("branch", "营业部", 16),
        SheetColumn("staff", "服务人员", 10), *shown, *grades,
        SheetColumn("reason", REASON, 26, open=True), SheetColumn("plan", "服务计划", 30, open=True),
        SheetColumn("policy_action", "特殊政策", 9, open=True, choices=ACTIONS),
        SheetColumn("policy", "政策说明", 24, open=True),
        SheetColumn("settlement_action", "特殊结算", 9, open=True, choices=ACTIONS),
        SheetColumn("settlement", "结算说明", 24, open=True), SheetColumn("version", VERSION, 6, number=True),
        SheetColumn("review", "评定", 10),
    )  # fmt: skip


def _of_scheme(scheme: ReviewScheme) -> tuple[SheetColumn, ...]:
    short = short_title(scheme)
    choices = (*(label for _, label in scheme.classes), NONE)
    return (
        SheetColumn(f"before.{scheme.code}", f"{short}·原等级", 10),
        SheetColumn(f"engine.{scheme.code}", f"{short}·系统", 10),
        SheetColumn(f"grade.{scheme.code}", f"{short}·评定", 11, open=True, choices=choices),
        SheetColumn(f"moved.{scheme.code}", f"{short}·变动", 8),
    )


def short_title(scheme: ReviewScheme) -> str:
    """客户等级（A/B/C/D） as 客户等级."""
    return scheme.title.partition("（")[0]


def said(review: Review, line: ReviewLine, key: str, name: str) -> str | float:
    """What a column shows of a line. name: the client's, masked or not."""
    kind, _, of = key.partition(".")
    if kind == "feature":
        value = line.features.get(of)
        return "" if value is None else value
    if kind in ("before", "engine", "grade", "moved"):
        scheme, grades = review.scheme(of), line.grades.get(of)
        assert scheme is not None
        assert grades is not None
        if kind == "moved":
            return moved(scheme, grades.engine, grades.grade)
        if kind == "before" and grades.before is None:
            return "—"
        return scheme.label(getattr(grades, kind))
    if kind == "name":
        return name
    if kind == "review":
        return review.number
    if kind in ("policy_action", "settlement_action"):
        action = line.policy_action if kind == "policy_action" else line.settlement_action
        return "" if action is None else action.label
    value = getattr(line, key)
    return float(value) if key == "version" else str(value)


def moved(scheme: ReviewScheme, engine: str | None, grade: str | None) -> str:
    """变动: which way the review departs from the engine."""
    if engine == grade:
        return ""
    order = [code for code, _ in scheme.classes]
    if engine is None or grade is None or not scheme.ordered:
        return "改评"
    return "上调" if order.index(grade) < order.index(engine) else "下调"


def file_name(review: Review, day: date) -> str:
    return f"{TITLE}_{review.number}_{day}.xlsx"
