"""What the demo shows on a terminal: the books, what was found of what was planted, the reports, what to open first."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from rich.cells import set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.demo_grades import GradesShown
from demo.evaluate import HabitScore
from demo.exhibits import Shown
from demo.inspected import FOLDER as INSPECTIONS
from demo.planting import Plant
from demo.stage import Record, Stage
from demo.users import USERS
from diagnosis.types import HabitId
from kit.identity.demo import DEMO_PASSWORD
from mot.events.types import Family
from mot.matching.outcome import Why
from suitability.cases.types import Cause, Severity

BOOKS = (
    ("real", "真实", "五位意大利散户的成交与市价，2010–2018"),
    ("synthetic", "示范", "生成的客户，真实A股行情，2020–2024"),
)
QUIET = "bright_black"


def print_demo(
    stage: Stage, record: Record, shown: Sequence[Shown], graded: GradesShown, advisors: str, pushed: str,
    console: Console, *, made: bool, seconds: float,
) -> None:  # fmt: skip
    """All of it, within 80 columns."""
    how = "已生成" if made else "沿用上次生成的数据（程序、数据与账户数未变）"
    console.print()
    console.print(Text.assemble(("合适 演示", "bold"), f"  {how}，{seconds:.0f} 秒"))
    console.print()
    console.print(books_table(record))
    console.print()
    console.print(scores_table(record.scores))
    console.print(Text("召回率＝找到 ÷ 能判断的植入账户；误报＝在没有植入任何习惯的对照账户中找到。", style=QUIET))
    console.print()
    print_mismatches(record, console)
    print_moments(record, pushed, console)
    console.print(gradings(graded, advisors))
    console.print()
    console.print(reports_table(shown))
    console.print()
    print_next(stage, shown, graded, console)


def books_table(record: Record) -> Table:
    table = _table("账簿", None)
    for name in ("客户", "账户", "行情", "成交与流水"):
        table.add_column(name, justify="right")
    table.add_column("来源", style=QUIET)
    for key, name, source in BOOKS:
        rows = record.rows[key]
        counts = (f"{rows[part]:,}" for part in ("clients", "accounts", "prices", "ledger"))
        table.add_row(name, *counts, source)
    return table


def scores_table(scores: Sequence[HabitScore]) -> Table:
    """Recall and false findings of every habit that was planted, and in all."""
    table = _table("植入的习惯", "植入了什么，找到了什么")
    for name in ("植入", "找到", "未判断", "召回率", "对照", "误报", "误报率"):
        table.add_column(name, justify="right")
    for score in scores:
        table.add_row(*_line(HabitId(score.habit).label, [score]))
    table.add_section()
    table.add_row(*_line("合计", scores), style="bold")
    return table


def _line(name: str, scores: Sequence[HabitScore]) -> tuple[str, ...]:
    planted, found = sum(one.planted for one in scores), sum(one.found for one in scores)
    withheld = sum(one.withheld for one in scores)
    controls = sum(one.controls - one.controls_withheld for one in scores)
    false = sum(one.false_findings for one in scores)
    recall, wrong = _share(found, planted - withheld), _share(false, controls)
    return name, str(planted), str(found), str(withheld), recall, str(controls), str(false), wrong


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "—"


def print_mismatches(record: Record, console: Console) -> None:
    """What does not fit: planted and found, all cases by cause, a few of them, the proof by a full scan."""
    told = record.mismatches
    if not told:
        return
    console.print(planted_table(told["planted"]))
    found = sum(found for _, found in told["planted"].values())
    planted = sum(planted for planted, _ in told["planted"].values())
    console.print(Text(f"合计植入 {planted}，找到 {found}；其余错配由生成的账簿与测评自然形成。", style=QUIET))
    console.print()
    grave = "，".join(f"{one.label} {told['severity'].get(one.value, 0)}" for one in reversed(Severity))
    console.print(Text(f"错配案件 {told['cases']:,} 件，{told['clients']:,} 位客户：{grave}", style="bold"))
    console.print(causes_table(told["causes"]))
    watch = told["watch"]
    proof = f"全量核对 {watch['pairs']:,} 对客户与持仓，与增量结果不一致 {watch['missed']} 对"
    console.print(Text(f"{proof}；{watch['not_priced']} 对没有行情。", style=QUIET))
    console.print()
    console.print(cases_table(told["shown"]))
    console.print()
    stale = record.stale
    if stale:
        said = f"测评超一年 {stale['OVER_1Y']:,}，超两年 {stale['OVER_2Y']:,}，模型推测不采用 {stale['PREDICTED']:,}"
        said += f"；可投资资产只是推测 {stale['CAPACITY_PREDICTED']:,}"
        console.print(Text(f"真实客户 {stale['RECORDS']:,} 人：{said}", style=QUIET))
        console.print()


def planted_table(planted: Mapping[str, Sequence[int]]) -> Table:
    """Two sorts a line: planted, found."""
    table = _table("植入的错配", "适当性：植入了什么，找到了什么")
    for name in ("植入", "找到", "植入的错配", "植入", "找到"):
        table.add_column(name, justify="left" if name == "植入的错配" else "right", no_wrap=True)
    cells = [(Plant(name).label, str(counts[0]), str(counts[1])) for name, counts in planted.items()]
    half = -(-len(cells) // 2)
    for left, right in zip_longest(cells[:half], cells[half:], fillvalue=("", "", "")):
        table.add_row(*left, *right)
    return table


def causes_table(causes: Mapping[str, int]) -> Table:
    """All cases by their cause, the most frequent first, two a line."""
    table = _table("成因", None)
    table.add_column("件数", justify="right")
    table.add_column("成因", no_wrap=True)
    table.add_column("件数", justify="right")
    ordered = sorted(causes.items(), key=lambda one: (-one[1], one[0]))
    cells = [(Cause(name).label, f"{count:,}") for name, count in ordered]
    half = -(-len(cells) // 2)
    for left, right in zip_longest(cells[:half], cells[half:], fillvalue=("", "")):
        table.add_row(*left, *right)
    return table


def cases_table(shown: Sequence[Sequence[str]]) -> Table:
    """The gravest case of each cause."""
    table = _table("案件", "错配清单（每种成因最重的一件）")
    table.add_column("客户", no_wrap=True)
    table.add_column("等级", no_wrap=True)
    table.add_column("持有", no_wrap=True, overflow="ellipsis", max_width=10)
    table.add_column("不匹配", no_wrap=True, overflow="ellipsis", max_width=16)
    table.add_column("成因", no_wrap=True, overflow="ellipsis", max_width=18)
    for number, client, client_class, subject, level, dimension, origin in shown:
        known = {"C1_LOWEST": "C1", "NONE": "无", "PROFESSIONAL": "专业"}.get(client_class, client_class)
        table.add_row(number, client, f"{known}→{level}" if level else known, subject, dimension, origin)
    return table


def print_moments(record: Record, pushed: str, console: Console) -> None:
    """The day's tasks by family of what happened, and why of other moments there is none."""
    told = record.moments
    if not told:
        return
    console.print(moments_table(told))
    reasons = "、".join(f"{Why(name).label} {many}" for name, many in sorted(told["not_made"].items()))
    if reasons:
        console.print(Text(f"没有生成任务的，各记了原因：{reasons}。", style=QUIET))
    console.print(Text(f"{pushed}。", style=QUIET))
    console.print()


def moments_table(told: Mapping[str, Any]) -> Table:
    title = f"待办任务 {told['open']} 件（必做 {told['mandatory']}），{told['owners']} 位服务人员"
    table = _table("关键时刻", title)
    for name in ("事件", "任务", "必做"):
        table.add_column(name, justify="right")
    table.add_column("最要紧的一件", no_wrap=True, overflow="ellipsis", max_width=40)
    for name, (events, tasks, mandatory, first) in told["families"].items():
        table.add_row(Family(name).label, str(events), str(tasks), str(mandatory), first or "—")
    return table


def gradings(graded: GradesShown, advisors: str) -> Table:
    """Of the clients and of those who serve them: a line each."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    table.add_row("客户分级", f"{graded.counts}；{graded.review}（网页 /grades）")
    table.add_row("服务人员", advisors)
    return table


def reports_table(shown: Sequence[Shown]) -> Table:
    table = _table("账户", f"{len(shown)} 份报告，各有网页、PDF、JSON、Excel")
    table.add_column("为什么看它")
    table.add_column("首要短处", overflow="ellipsis", no_wrap=True)
    table.add_column("网页", justify="right")
    table.add_column("PDF", justify="right")
    for one in shown:
        sizes = (f"{one.files[form].stat().st_size / 1000:,.0f} kB" for form in ("html", "pdf"))
        table.add_row(one.exhibit.number, one.exhibit.why, one.shortcoming, *sizes)
    return table


def print_next(stage: Stage, shown: Sequence[Shown], graded: GradesShown, console: Console) -> None:
    """Where everything stands, and what to open first."""
    first = shown[0]
    lines = (
        ("先打开", str(_near(first.files["html"]))),
        ("全部报告", str(_near(stage.reports))),
        ("分级报告", str(_near(graded.report))),
        ("自查报告", str(_near(stage.folder / INSPECTIONS))),
        ("数据库", str(_near(stage.folder / "heshi.db"))),
        ("导入文件", str(_near(stage.books))),
        ("登录名", "、".join(user.name for user in USERS[:5])),
        ("", "、".join(user.name for user in USERS[5:])),
        ("口令", DEMO_PASSWORD),
    )
    for name, where in lines:  # never broken by us: a path that is cut in two cannot be copied
        console.print(Text.assemble((set_cell_size(name, 10), QUIET), where), soft_wrap=True)


def _near(path: Path) -> Path:
    """From the folder the reader stands in, where it lies below it."""
    whole, here = path.resolve(), Path(os.curdir).resolve()
    return whole.relative_to(here) if whole.is_relative_to(here) else whole


def _table(first: str, title: str | None) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    table.add_column(first, no_wrap=True)
    return table
