"""`heshi suitability inspect 2026H1`: the half-yearly self-inspection from the records, as PDF, Excel and data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.commands.changes import print_json, stamp_of
from cli.signin import AsUser, operation
from kit.access import Verb
from kit.clock import today
from kit.settings import settings


def inspect(
    half: Annotated[str, typer.Argument(metavar="半年", help="如 2026H1、2026H2")],
    out: Annotated[Path | None, typer.Option("--out", help="存放 PDF、Excel 与数据文件的文件夹")] = None,
    as_user: AsUser = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只编制，不登记")] = False,
) -> None:
    """编制半年自查报告：先成数据并登记，再出 PDF 与 Excel。"""
    from reports.inspection.service import InspectionService

    with operation(as_user) as work:
        work.actor.scope(Verb.INSPECTION_MAKE, today())
        desk = InspectionService(work.session, settings().firm_name)
        report = desk.make(half)
        new = False if dry_run else desk.file(report, stamp_of(work))
    if out is not None:
        write(out, report)
    if as_json:
        print_json({**report.content(), "digest": report.digest})
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(report.conclusion)
    for figure in report.figures:
        console.print(f"  {figure.label}  {figure.text}  （{figure.note}）")
    for item in report.problems:
        console.print(f"  须整改：{item.title}。{item.text}")
    console.print("未登记" if dry_run else "已登记" if new else "与已登记的一份相同")
    console.print(f"数据指纹 {report.digest}")


def write(out: Path, report: object) -> None:
    """PDF, workbook and data side by side."""
    from kit.digest import canonical_json
    from reports.inspection.model import Inspection
    from reports.inspection.pdf import render_inspection
    from reports.inspection.xlsx import inspection_workbook

    assert isinstance(report, Inspection)
    out.mkdir(parents=True, exist_ok=True)
    stem = out / f"suitability-{report.half}"
    stem.with_suffix(".pdf").write_bytes(render_inspection(report))
    stem.with_suffix(".xlsx").write_bytes(inspection_workbook(report))
    told = canonical_json({**report.content(), "digest": report.digest})
    stem.with_suffix(".json").write_text(told, encoding="utf-8")
    typer.echo(f"→ {out}", err=True)
