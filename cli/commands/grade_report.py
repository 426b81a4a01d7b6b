"""`heshi grade matrix FROM TO` and `heshi grade report`: how grades moved, and 客户分类分级报告 in every form."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.commands.suitability import print_json
from cli.signin import AsUser, operation
from clients.grading.book import StandingGrades
from clients.grading.loading import scheme_named, schemes_on
from clients.grading.migration import Migration, migration
from kit.access import Verb
from kit.clock import today
from kit.settings import settings


def matrix(
    first: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], metavar="自", help="较早的一天")],
    last: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], metavar="至", help="较晚的一天")],
    scheme: Annotated[str | None, typer.Option(metavar="方案", help="只看这个方案")] = None,
    engine: Annotated[bool, typer.Option("--engine", help="一律看系统结果，不看评定批准的等级")] = False,
    as_user: AsUser = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """两天之间各等级的客户与资产怎样迁移。"""
    with operation(as_user) as work:
        standing = StandingGrades(work.session, work.actor.scope(Verb.GRADE_READ, today()))
        before, after = standing.between(first.date(), last.date(), engine=engine)
    known = schemes_on(last.date())
    wanted = [scheme_named(known, scheme)] if scheme else [one for one in known if after.scheme(one.code)]
    found = [migration(before, after, one.code, ordered=one.ordered) for one in wanted]
    if as_json:
        schemes = [matrix_content(one) for one in found]
        print_json({"from": first.date().isoformat(), "to": last.date().isoformat(), "schemes": schemes})
        return
    console = Console(highlight=False)
    for one in found:
        if one.moved or scheme:
            print_matrix(one, console)
    still = [one.title for one in found if not one.moved]
    if still and not scheme:
        console.print(Text(f"没有变动：{'、'.join(still)}", style="bright_black"))


def report(
    out: Annotated[Path | None, typer.Option("--out", help="存放 HTML、PDF、Excel 与数据文件的文件夹")] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="截至哪一天，默认今天")
    ] = None,
    before: Annotated[
        datetime | None, typer.Option("--before", formats=["%Y-%m-%d"], help="与哪一天比，默认上一次登记")
    ] = None,
    as_user: AsUser = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """编制客户分类分级报告：各级客户与资产、迁移、集中度、评定。"""
    from reports.grading.service import GradingReports, write_grading

    with operation(as_user) as work:
        scope = work.actor.scope(Verb.GRADE_READ, today())
        desk = GradingReports(work.session, scope, settings().firm_name)
        made = desk.make(as_of.date() if as_of else today(), before.date() if before else None)
    if out is not None:
        for path in write_grading(made, out):
            typer.echo(f"→ {path}", err=True)
    if as_json:
        print_json({**made.content(), "digest": made.digest})
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(made.verdict)
    console.print(made.why)
    for figure in made.figures:
        console.print(f"  {figure.label}  {figure.text}  （{figure.note}）")
    for one in made.limits:
        console.print(f"  {one}")
    console.print(f"数据指纹 {made.digest}")


def matrix_content(one: Migration) -> dict[str, Any]:
    """One scheme as data: rows are the classes before, columns those after."""
    return {
        "scheme": one.scheme, "title": one.title, "rows": list(one.rows), "columns": list(one.columns),
        "counts": one.counts.tolist(), "assets": [[round(cell, 2) for cell in row] for row in one.assets.tolist()],
        "known": one.known.tolist(),
        "better": one.better, "worse": one.worse, "same": one.same, "moved": one.moved,
    }  # fmt: skip


def print_matrix(one: Migration, console: Console) -> None:
    said = f"  升 {one.better:,}  降 {one.worse:,}" if one.ordered else ""
    console.print(Text(f"{one.title}  未变 {one.same:,}{said}", style="bold"))
    table = Table("当时＼现在", box=None, pad_edge=False)
    for name in (*one.columns, "合计"):
        table.add_column(name, justify="right")
    for at, name in enumerate(one.rows):
        total = int(one.counts[at].sum())
        if total:
            cells = [f"{int(count):,}" if count else "·" for count in one.counts[at]]
            table.add_row(*map(Text, (name, *cells, f"{total:,}")))
    console.print(table)
