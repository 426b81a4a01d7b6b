"""`heshi demo`: two books imported, surveyed and reported on in a folder of their own, then the web server."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from api.app import create_app
from cli.commands.diagnose import progress_bar
from cli.demo_advisors import grade_demo_advisors
from cli.demo_grades import grade_demo
from cli.demo_pushes import push_demo
from cli.demo_summary import print_demo
from cli.web import bound, serve_on
from demo.exhibits import write_exhibits
from demo.inspected import write_inspection
from demo.load import ACCOUNTS
from demo.stage import Stage, set_up
from kit.clock import today
from kit.identity.keys import require_safe_secrets
from kit.settings import Settings, settings

FEWEST = 24
REPORTS = "写报告"
NEXT_PORTS = 20


def demo(
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="完成后启动网页服务")] = True,
    accounts: Annotated[int, typer.Option(min=FEWEST, help="示范账簿的账户数")] = ACCOUNTS,
    out: Annotated[
        Path | None, typer.Option(file_okay=False, help="演示所在的文件夹（账簿、数据库、报告），默认 var/demo")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="网页端口，被占用时顺延到下一个空闲端口")] = None,
) -> None:
    """演示：两个账簿导入、体检、出报告，然后打开网页。用自己的数据库，不碰已有的数据；重复运行很快。"""
    console, started = Console(), perf_counter()
    stage = Stage(out or settings().var_dir / "demo")
    now = datetime.now(UTC)
    day = today()
    with progress_bar() as bar:
        steps = Steps(bar)
        record, made = set_up(stage, accounts=accounts, now=now, day=day, progress=steps)
        graded = grade_demo(stage, steps)
        advisors = grade_demo_advisors(stage)
        pushed = push_demo(stage)
        shown = write_exhibits(stage, record, now, day, lambda done, total: steps(REPORTS, done, total))
        write_inspection(stage, now, day, made=made)
    seconds = perf_counter() - started
    print_demo(stage, record, shown, graded, advisors, pushed, console, made=made, seconds=seconds)
    if serve:
        asked = port or settings().port
        listening = bound("127.0.0.1", asked, NEXT_PORTS)
        if listening.getsockname()[1] != asked:
            console.print(f"端口 {asked} 已被占用，改用 {listening.getsockname()[1]}", highlight=False)
        keys = require_safe_secrets(Settings(var_dir=stage.folder), demo=True)
        serve_on(listening, create_app(stage.url, keys=keys, log_level="WARNING"))  # a person reads this terminal


class Steps:
    """Progress of a run of named steps, a bar each; the first word of what is done names the step."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        step = what.partition(" ")[0]
        task = self._tasks.get(step)
        if task is None:
            task = self._tasks[step] = self._bar.add_task(step, total=total)
        self._bar.update(task, completed=done, total=total, description=step)
