"""The table of figures: work, budget, measured, peer, ratio; a miss is called a miss."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from benchmarks.machine import facts
from benchmarks.result import Line

HEAD = "| 工作 | 预算 | 实测 | 对照（同一次运行） | 倍数 |\n| --- | ---: | ---: | --- | ---: |"
INTRO = """# 性能测量

由 `make bench`（即 `python -m benchmarks.run`）生成，请勿手改。每项与对照在同一次运行中并排测得，
取中位数，注明 p95 的除外。数据全部为合成；每项工作与其对照的结果是否一致，由 `tests/benchmarks/` 检查。
`python -m benchmarks.run --quick` 以极小的规模试跑（数字无意义），`--only NAME` 只测一项。"""


def number(value: float) -> str:
    """Three significant digits, grouped."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def row(line: Line) -> str:
    """One line of the table."""
    budget = "—" if line.budget is None else f"{line.bound} {number(line.budget)} {line.unit}"
    measured = f"{number(line.value)} {line.unit}"
    if line.met is False:
        measured = f"**{measured}，未达标**"
    ratio = "—" if line.ratio is None else f"{number(line.ratio)}×"
    work = f"{line.work}（{line.note}）" if line.note else line.work
    return f"| {work} | {budget} | {measured} | {line.peer or '—'} | {ratio} |"


def readme(lines: Sequence[Line], day: date, loads: Sequence[float]) -> str:
    """The whole document. loads: of the system before each subject and at the end."""
    missed = sum(line.met is False for line in lines)
    counted = sum(line.met is not None for line in lines)
    verdict = f"{counted} 项预算中 {counted - missed} 项达标，{missed} 项未达标。"
    machine = [f"- {name}：{value}" for name, value in facts().items()]
    told = "每项之前与结束时的系统负载：" + "、".join(f"{load:.1f}" for load in loads)
    machine.append(f"- 测量日期：{day}；{told}（测量本身占 1 至 2；再高则另有程序在抢处理器，会抬高数字）")
    return "\n".join([INTRO, "", verdict, "", HEAD, *map(row, lines), "", "## 机器", "", *machine, ""])
