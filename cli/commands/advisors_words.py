"""What `heshi advisors` prints: runs, people, one card point by point, appeals; as data and in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from advisors.periods.filing import told
from advisors.periods.types import Appeal, Evidence, EvidenceKind, Line, PeriodRun, Standing
from advisors.register.types import EntryKind, Registered
from advisors.types import ScoreCard
from cli.commands.suitability import print_json
from diagnosis.wording import DASH
from kit.digest import canonical
from reports.scorecard.wording import UNGRADED, level_words, points_words, title_of, value_words


def evidence_of(said: str) -> Evidence:
    """`RECORD:T-12:任务在期限内办结`. An unknown kind is a statement as a whole."""
    kind, _, rest = said.partition(":")
    if kind.strip().upper() not in set(EvidenceKind):
        return Evidence(EvidenceKind.STATEMENT, "", said)
    reference, _, text = rest.partition(":")
    found = EvidenceKind(kind.strip().upper())
    return Evidence(found, "" if found is EvidenceKind.STATEMENT and not text else reference, text or "")


def run_content(one: PeriodRun) -> dict[str, Any]:
    found: dict[str, Any] = canonical(one)
    return {name: value for name, value in found.items() if not name.endswith("_id") and name != "id"}


def line_content(one: Line) -> dict[str, Any]:
    found: dict[str, Any] = canonical(one)
    return {name: value for name, value in found.items() if name not in ("id", "card")}


def run_words(one: PeriodRun) -> str:
    since = f"  {one.effective_from} 生效" if one.effective_from else ""
    withheld = f"（不评 {one.withheld:,}）" if one.withheld else ""
    people = f"{one.people:,} 人{withheld}"
    return f"{one.number}  {one.state.label}  {one.first} 至 {one.last}  {people}  摘要 {one.digest}{since}"


def tell(made: PeriodRun, as_json: bool) -> None:
    if as_json:
        print_json(run_content(made))
    else:
        typer.echo(run_words(made))


def print_cards(cards: Sequence[ScoreCard]) -> None:
    ranked = sorted(cards, key=lambda one: (-(one.score if one.score is not None else -1.0), one.staff_no))
    rows = (
        (one.staff_no, one.name, one.scale.label, points_words(one.score), one.standing.code if one.standing else DASH,
         level_words(one.level), one.move.label)
        for one in ranked
    )  # fmt: skip
    _table(("人员", "姓名", "序列", "得分", "上期", "本期", "变动"), rows)


def print_lines(lines: Sequence[Line]) -> None:
    rows = ((one.staff_no, one.name, one.branch, points_words(one.score), one.before or DASH, one.level or UNGRADED,
             f"原为 {one.graded}" if one.level != one.graded else "") for one in lines)  # fmt: skip
    _table(("人员", "姓名", "营业部", "得分", "上期", "本期", ""), rows)


def _table(heads: Sequence[str], rows: Iterator[tuple[str, ...]]) -> None:
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, justify="right" if head == "得分" else "left", no_wrap=head != "姓名")
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False, soft_wrap=True).print(table)


def print_card(card: ScoreCard, run: str, level: str, standing: Standing | None, as_json: bool) -> None:
    """Every point with what it rests on. run: on which number it is filed, empty where it is not."""
    if as_json:
        found = None if standing is None else canonical(standing)
        print_json({"run": run or None, "level": level, "standing": found, "card": told(card)})
        return
    console = Console(highlight=False, soft_wrap=True)
    said = f"{card.name}（{card.staff_no}）  {run or card.period.code}  {level}  得分 {points_words(card.score)}"
    console.print(Text(said, style="bold"))
    for reason in card.reasons:
        console.print(Text(f"  {reason}"))
    table = Table(box=None, pad_edge=False)
    for head in ("板块", "指标", "数字", "得分", "权重", "说明"):
        table.add_column(head, justify="right" if head in ("得分", "权重") else "left")
    for part in card.components:
        table.add_row(part.component.label, "", "", points_words(part.points), f"{part.applied:.0%}", "")
        for each in part.indicators:
            value = each.value
            said = "不评" if value.value is None else value_words(value)
            row = (
                "",
                title_of(value.id),
                said,
                points_words(each.points),
                f"{each.applied:.1%}",
                value.withheld or each.why,
            )
            table.add_row(*map(Text, row))
    console.print(table)
    for one in card.deductions:
        console.print(Text(f"扣分 {one.day} {one.title} {one.row.key} −{one.points:g}", style="yellow"))
    for veto in card.vetoes:
        console.print(Text(f"一票否决 {veto.day} {veto.title} {veto.row.key}，{veto.until} 以前不得晋级", style="red"))
    for why in card.multiplier_why:
        console.print(Text(f"合规系数 {why}", style="yellow"))
    for lacking in card.missing:
        console.print(Text(f"到 {level_words(card.next_level)} 还差：{lacking}"))
    for lesson in card.training:
        console.print(Text(f"建议培训：{lesson.course}（{lesson.title} {lesson.points:g} 分）"))


def print_appeals(found: tuple[Appeal, ...], as_json: bool) -> None:
    if as_json:
        print_json([
            {name: value for name, value in canonical(one).items() if not name.endswith("_id")} for one in found
        ])  # fmt: skip
        return
    if not found:
        typer.echo("没有申诉")
    for one in found:
        decided = f"  {one.decided_by}：{one.decided_reason}" if one.decided_by else ""
        typer.echo(
            f"第 {one.id} 件  {one.run}  {one.staff_no}  {one.level or UNGRADED} → {one.given or one.wanted}"
            f"  {one.state.label}  {one.reason}{decided}"
        )


def print_entries(found: Sequence[Registered], as_json: bool) -> None:
    if as_json:
        print_json([canonical(one) for one in found])
        return
    if not found:
        typer.echo("没有登记")
    for one in found:
        taken = f"  已撤回（{one.withdrawn.by}：{one.withdrawn.why}）" if one.withdrawn else ""
        typer.echo(f"{one.number}  {one.day}  {one.staff_no} {one.name}  {entry_words(one)}{taken}")


def entry_words(one: Registered) -> str:
    """`误导客户：录音查实`, `资产配置，6 学时`, `CFP 国际金融理财师，至 2027-05-01`."""
    if one.kind is EntryKind.CONDUCT:
        return f"{one.title}{'（一票否决）' if one.severe else ''}：{one.note}"
    if one.kind is EntryKind.TRAINING:
        return f"{one.title}，{one.hours:g} 学时"
    return f"{one.code} {one.title}，{f'至 {one.valid_to}' if one.valid_to else '长期'}"
