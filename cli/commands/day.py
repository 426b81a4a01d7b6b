"""`heshi day run DATE`: the house's day, step after step; again it changes nothing more."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from cli.commands.suitability import print_json
from cli.signin import AsUser, seal_work, stamp_for
from jobs.day import STEPS, StepResult, run_day
from kit.access import Verb
from kit.migrate import upgrade
from kit.problems import BadInput
from kit.settings import settings

WORDS: Final = {
    "judged": "核对", "mismatched": "错配", "changed": "变动", "pairs": "对", "missed": "遗漏", "clients": "客户",
    "written": "登记", "new": "新事件", "found": "事件", "events": "事件", "tasks": "任务", "pushed": "推送",
    "open": "未办结", "held": "暂缓", "freed": "放行", "EXPIRE": "过期", "ESCALATE": "上报",
    "ASSIGN": "改派", "REASSIGN": "改派", "rows": "行", "reviewed": "复核",
}  # fmt: skip

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
