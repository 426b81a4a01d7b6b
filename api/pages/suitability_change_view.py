"""A change of the rules in words: what it changes, and what it would do to the book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.pages.suitability_list import CLASSES, moment
from api.pages.suitability_rule_view import leaves
from diagnosis.wording import number
from suitability.changes.drafts import Difference
from suitability.changes.impact import LISTED
from suitability.changes.types import RULE_FILES, Change, ChangeKind, ChangeState

LIST: Final = "/suitability/changes"
TONES: Final = {
    ChangeState.DRAFT: "PLAIN",
    ChangeState.PREVIEWED: "WARN",
    ChangeState.APPROVED: "DOWN",
    ChangeState.REFUSED: "PLAIN",
}
NO_BRANCH: Final = "没有营业部"
ABSENT: Final = "没有"


@dataclass(frozen=True, slots=True)
class Line:
    """One change in the list."""

    id: int
    href: str
    title: str
    target: str
    reason: str
    since: str
    drafted: str
    state: str
    tone: str
    decided: str


def undone_by(changes: Sequence[Change]) -> dict[int, int]:
    """Which change took which back, the last where several did."""
    newest_last = sorted(changes, key=lambda one: one.id)
    return {one.rollback_of: one.id for one in newest_last if one.rollback_of is not None}


def line_of(change: Change, undone: Mapping[int, int]) -> Line:
    verdict = change.verdict
    return Line(
        id=change.id, href=f"{LIST}/{change.id}", title=change.title, target=target_words(change), reason=change.reason,
        since=str(change.effective_from), drafted=f"{change.drafted_by} {moment(change.drafted_at)}",
        state=f"已由第 {undone[change.id]} 号回滚" if change.id in undone else change.state.label,
        tone="PLAIN" if change.id in undone else TONES[change.state],
        decided=f"{verdict.decided_by} {moment(verdict.decided_at)}" if verdict else "",
    )  # fmt: skip


def target_words(change: Change) -> str:
    name = RULE_FILES.get(change.target, change.target) if change.kind is ChangeKind.RULES else change.target
    return f"{change.kind.label} · {name}"


@dataclass(frozen=True, slots=True)
class Differs:
    """One rule that a change touches: each part of its value that differs, before and after."""

    rule: str
    title: str
    rows: tuple[tuple[str, str, str], ...]  # empty: wording, source or a mark differs, the value does not


def differs(found: Sequence[Difference]) -> list[Differs]:
    return [Differs(one.rule, one.title, _rows(one.before, one.after)) for one in found]


def _rows(before: Any, after: Any) -> tuple[tuple[str, str, str], ...]:
    was, now = dict(leaves(before)), dict(leaves(after))
    names_ = dict.fromkeys((*was, *now))
    return tuple(
        (" · ".join(name), was.get(name, ABSENT), now.get(name, ABSENT))
        for name in names_ if was.get(name) != now.get(name)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    """A small table of a preview: what it counts, the columns, and the rows as texts."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def sentence(result: Mapping[str, Any]) -> str:
    """The preview in one line."""
    levels, holdings, offers = result["levels"], result["holdings"], result["offers"]
    up_and_down = f"（下调 {_n(levels['down'])}，上调 {_n(levels['up'])}）"
    told = [
        f"{_n(levels['changed'])} 位客户等级会变{up_and_down}" if levels["changed"] else "没有客户的等级会变",
        f"新增错配 {_n(holdings['appear'])} 件" if holdings["appear"] else "不新增错配",
        f"消除错配 {_n(holdings['heal'])} 件" if holdings["heal"] else "不消除错配",
    ]
    if offers["change"]:
        more = "增加" if offers["change"] > 0 else "减少"
        told.append(f"可推介的客户与产品组合{more} {_n(abs(offers['change']))} 个")
    return "，".join(told) + "。"


def counted(result: Mapping[str, Any]) -> list[Counted]:
    """Every table of a preview that has rows."""
    levels, products, holdings = result["levels"], result["products"], result["holdings"]
    both = ("新增", "消除")
    tables = [
        Counted("客户等级从哪里到哪里", ("原来", "会变为", "客户"), tuple(
            (_class(one["from"]), _class(one["to"]), _n(one["clients"])) for one in levels["matrix"]
        )),
        Counted("等级会变的客户，按营业部", ("营业部", "客户"), tuple(
            (one["name"] or NO_BRANCH, _n(one["clients"])) for one in levels["by_branch"]
        )),
        Counted("变动的产品", ("产品", "原来", "会变为", "准入"), tuple(
            (one["product"], one["from"], one["to"], "变动" if one["gates"] else "") for one in products["list"]
        ), _cut(products["changed"])),
        Counted("错配，按规则", ("规则", "原来", "会变为"), tuple(
            (one["rule"], _n(one["before"]), _n(one["after"])) for one in holdings["by_rule"]
        ), "持仓中命中每条规则的件数"),
        Counted("错配，按客户等级", ("客户等级", *both), _moved(holdings["by_class"], CLASSES)),
        Counted("错配，按产品等级", ("产品等级", *both), _moved(holdings["by_rating"], {"NONE": "没有评级"})),
        Counted("错配，按营业部", ("营业部", *both), _moved(holdings["by_branch"], {"": NO_BRANCH})),
    ]  # fmt: skip
    return [one for one in tables if one.rows]


def names(result: Mapping[str, Any]) -> list[Counted]:
    """The clients and holdings that differ, as far as a preview lists them."""
    levels, holdings = result["levels"], result["holdings"]
    tables = [
        Counted("等级会变的客户", ("客户", "营业部", "原来", "会变为"), tuple(
            (one["client"], one["branch"], _class(one["from"]), _class(one["to"])) for one in levels["list"]
        ), _cut(levels["changed"])),
        Counted("新增与消除的错配", ("客户", "营业部", "产品", "变动", "规则"), tuple(
            (
                one["client"], one["branch"], one["product"], "新增" if one["what"] == "appear" else "消除",
                "、".join(one.get("rules", ())),  # a preview that was made earlier names none
            )
            for one in holdings["list"]
        ), _cut(holdings["appear"] + holdings["heal"])),
    ]  # fmt: skip
    return [one for one in tables if one.rows]


def _moved(rows: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    return tuple((words.get(one["name"], one["name"]), _n(one["appear"]), _n(one["heal"])) for one in rows)


def _class(name: str) -> str:
    return CLASSES.get(name, name)


def _n(count: int) -> str:
    return number(count, 0)


def _cut(total: int) -> str:
    return f"共 {number(total, 0)}，只列前 {LISTED}；摘要覆盖全部" if total > LISTED else ""
