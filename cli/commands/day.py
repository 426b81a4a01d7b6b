"""`heshi day run DATE`: the house's day, step after step; again it changes nothing more. `heshi day list`: the runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.commands.changes import print_json
from cli.signin import AsUser, operation, seal_work, stamp_for
from jobs.clock import RunState, recent_runs
from jobs.day import STEPS, WORDS, StepResult, run_day
from jobs.schedule import timetable
from kit.access import Verb
from kit.clock import SHANGHAI, day_of, today
from kit.migrate import upgrade
from kit.problems import BadInput
from kit.settings import settings

app = typer.Typer(help="日终批次：一天的全部步骤。", no_args_is_help=True)


@app.callback()
def day() -> None:
    """日终批次：一天的全部步骤。"""


@app.command("run")
def run(
    when: Annotated[datetime, typer.Argument(metavar="日期", formats=["%Y-%m-%d"], help="跑哪一天")],
    only: Annotated[list[str] | None, typer.Option("--only", metavar="步骤", help="只跑这些步骤，可重复")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只计算，不登记")] = False,
    as_user: AsUser = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """依次跑一天的全部步骤：适当性核对、分级、推算事件、任务维护、生成任务、平台指标与场景复核。可重复跑，做过的不再做。"""
    unknown = set(only or ()) - {step.name for step in STEPS}
    if unknown:
        told = "、".join(f"{step.name}（{step.title}）" for step in STEPS)
        raise BadInput(f"没有步骤 {'、'.join(sorted(unknown))}；可选：{told}")
    if when.date() > today() and not dry_run:
        raise BadInput(f"{when:%Y-%m-%d} 还没有到：提前跑会把没到期的任务上报、过期；先看一看请加 --dry-run")
    upgrade(settings().database_url)
    stamp, console = stamp_for(Verb.MOT_RUN, as_user), Console(highlight=False)
    results = run_day(
        None, when.date(), stamp, dry=dry_run, only=tuple(only or ()),
        said=(lambda _: None) if as_json else lambda one: _print_step(one, console),
    )  # fmt: skip
    if not dry_run:
        seal_work()
    if as_json:
        steps = [step_content(one) for one in results]
        print_json({"day": when.date().isoformat(), "dry_run": dry_run, "steps": steps})
    if any(one.fault for one in results):
        raise typer.Exit(1)


@app.command("list")
def list_runs(
    most: Annotated[int, typer.Option("--most", min=1, max=1_000, help="最多几次")] = 20,
    as_user: AsUser = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """列出定时任务的运行，最近应运行的在前：何时应运行、由谁、做成了没有、错在哪一步。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.DELIVERY_READ, day_of(work.now))
        found = recent_runs(work.session, most)
    if as_json:
        print_json([{
            "job": one.job, "due_at": one.due_at, "state": one.state, "started_at": one.started_at,
            "ended_at": one.ended_at, "holder": one.holder, "detail": one.detail,
        } for one in found])  # fmt: skip
        return
    console, titles = Console(highlight=False), {one.name: one.title for one in timetable(today())}
    if not found:
        console.print("还没有定时运行过：heshi worker 第一次启动后，从下一个时刻开始（见 heshi rules show CLOCK-DAY）")
        return
    made = Table("应运行", "任务", "状态", "结束", "说明", "发送者", box=None, pad_edge=False)
    for one in found:
        ended = one.ended_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S") if one.ended_at else ""
        made.add_row(*map(Text, (
            one.due_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"), titles.get(one.job, one.job),
            RunState(one.state).label, ended, one.detail, one.holder,
        )))  # fmt: skip
    console.print(made)


def step_content(one: StepResult) -> dict[str, Any]:
    """A step as plain data."""
    return {
        "step": one.step.name, "title": one.step.title, "seconds": round(one.seconds, 3), "told": dict(one.told),
        "fault": one.fault or None,
    }  # fmt: skip


def _print_step(one: StepResult, console: Console) -> None:
    said = "  ".join(
        f"{WORDS.get(name, name)} {value:,}" for name, value in one.told.items() if isinstance(value, int)
    ) or "没有要做的"
    mark = "[red]✗[/red]" if one.fault else "[green]✓[/green]"
    console.print(f"{mark} {one.step.title}  {one.fault or said}  [dim]{one.seconds:.1f} 秒[/dim]")
