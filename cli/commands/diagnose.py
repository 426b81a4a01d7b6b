"""`heshi diagnose`: one account or all accounts of a client, on the terminal or as files; or the whole book."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.signin import AsUser, seal_work, stamp_for
from cli.summary import print_summary
from clients.staff.filing import file_change
from kit.access import Verb, everything
from kit.clock import today
from kit.db import transaction
from kit.migrate import upgrade
from kit.problems import BadInput
from kit.settings import settings
from reports.desk import ReportDesk
from reports.files import file_name, write_file
from reports.model import Report
from reports.survey import survey_book


class Form(StrEnum):
    HTML = "html"
    PDF = "pdf"
    JSON = "json"
    XLSX = "xlsx"


def diagnose(
    account: Annotated[str | None, typer.Argument(help="账号", metavar="账号")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="起始日")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="截止日")] = None,
    benchmark: Annotated[str | None, typer.Option(help="基准代码")] = None,
    client: Annotated[str | None, typer.Option(help="客户号：合并其全部账户，账户间划转相互抵销")] = None,
    form: Annotated[
        Form | None, typer.Option("--format", help="写成文件：html、pdf、json、xlsx；不写则在终端显示摘要")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="文件路径；json 不写路径时输出到标准输出")] = None,
    book: Annotated[bool, typer.Option("--book", help="全账户体检：更新账户列表与同类比较")] = False,
    as_user: AsUser = None,
) -> None:
    """账户诊断：收益、风险、归因、交易质量、行为习惯，以及下一步。"""
    upgrade(settings().database_url)
    if book:
        survey_with_progress(as_user)
        return
    if (account is None) == (client is None):
        raise typer.BadParameter("请给出账号，或用 --client 给出客户号，二者择一。")
    with transaction() as session:
        desk = ReportDesk(session, everything(today()))
        period = {"first": first.date() if first else None, "last": last.date() if last else None}
        report = (
            desk.client_report(client, benchmark=benchmark, **period)
            if client
            else desk.report(str(account), benchmark=benchmark, **period)
        )
    deliver(report, form, out)


def deliver(report: Report, form: Form | None, out: Path | None) -> None:
    """To the terminal, to standard output (json), or to a file written whole or not at all."""
    if form is None and out is None:
        print_summary(report, Console())
        return
    chosen = form or form_of(out)
    content = write_file(report, chosen)
    if out is None and chosen is Form.JSON:
        sys.stdout.buffer.write(content)
        return
    target = out or Path(file_name(report, chosen))
    write_whole(target, content)
    Console(stderr=True).print(f"已写入 {target}（{len(content) / 1000:,.0f} kB）", highlight=False)


def form_of(out: Path | None) -> Form:
    suffix = out.suffix.lstrip(".").lower() if out else ""
    if suffix not in set(Form):
        raise BadInput(f"无法从文件名 {out} 看出格式；请用 --format html、pdf、json 或 xlsx 指定。")
    return Form(suffix)


def write_whole(target: Path, content: bytes) -> None:
    """Beside the target first, then moved into place: a reader never sees half a file."""
    if not target.parent.exists():
        raise BadInput(f"文件夹 {target.parent} 不存在；请先建立，或换一个 --out 路径。")
    beside = target.with_name(f".{target.name}.part")
    beside.write_bytes(content)
    beside.replace(target)


def progress_bar(console: Console | None = None) -> Progress:
    """The one look of every progress bar."""
    return Progress(
        TextColumn("{task.description}", justify="left"), BarColumn(bar_width=32), MofNCompleteColumn(),
        TimeElapsedColumn(), console=console or Console(stderr=True),
    )


def survey_with_progress(as_user: str | None) -> None:
    """The survey of the book is replaced as a whole: one row of the trail."""
    stamp = stamp_for(Verb.SURVEY_RUN, as_user)
    with progress_bar() as bar, transaction() as session:
        task = bar.add_task("全账户体检", total=None)
        count = survey_book(
            session,
            now=stamp.at,
            day=today(),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
        file_change(session, stamp, "survey.run", "survey", "book", accounts=count)
    seal_work()
    Console(stderr=True).print(f"{count:,} 个账户已更新")
