"""`heshi import FILE...`: each file is one transaction; refused rows are named and can be mended and
imported again.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

import mot.imports  # noqa: F401  its kinds of files become known
import suitability.imports  # noqa: F401  its kinds of files become known
from cli.signin import AsUser, seal_work, stamp_for
from clients.intake import import_file
from clients.kinds import kind_names
from clients.staff.filing import Stamp
from kit.access import Verb
from kit.imports.result import ImportResult
from kit.problems import Problem

BIG_FILE = 2_000_000  # bytes from which a progress bar is worth its lines
SHOWN_REJECTS = 20
_KINDS = "、".join(kind_names())


def import_files(
    files: Annotated[list[Path], typer.Argument(help="CSV、Excel 或 Parquet 文件", metavar="FILE...")],
    kind: Annotated[str | None, typer.Option(help=f"文件种类：{_KINDS}；不写则按列名识别")] = None,
    account: Annotated[str | None, typer.Option(help="文件没有账户列时的账户号")] = None,
    client: Annotated[str | None, typer.Option(help="账户尚未登记时所属的客户号，账户与客户随之建立")] = None,
    venue: Annotated[str | None, typer.Option(help="代码没有说明市场时的市场，如 XMIL、XHKG")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="有一行被拒收则整个文件不写入")] = False,
    reject_file: Annotated[
        Path | None, typer.Option(help="拒收行写到哪里（默认在文件旁：文件名.rejects.csv）")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出结果")] = False,
    database: Annotated[str | None, typer.Option(help="数据库地址，默认取 HESHI_DATABASE_URL")] = None,
    as_user: AsUser = None,
) -> None:
    """导入券商文件：证券、行情、客户、账户、成交、资金流水、持仓、交割单。"""
    if reject_file is not None and len(files) > 1:
        typer.echo("--reject-file 只能用于一个文件", err=True)
        raise typer.Exit(2)
    if kind is not None and kind not in kind_names():
        typer.echo(f"没有 {kind} 这种文件；可用：{_KINDS}", err=True)
        raise typer.Exit(2)
    stamp = stamp_for(Verb.FILE_IMPORT, as_user, database)
    refused = False
    results: list[dict[str, object]] = []
    for path in files:
        try:
            result = _one(
                path,
                quiet=as_json,
                database=database,
                kind=kind,
                account=account,
                client=client,
                venue=venue,
                dry_run=dry_run,
                strict=strict,
                reject_file=reject_file,
                stamp=stamp,
            )
        except Problem as problem:
            refused = True
            results.append({"file": path.name, "refused": problem.detail, "code": problem.code()})
            if not as_json:
                typer.echo(f"{path.name}  未导入：{problem.detail}", err=True)
            continue
        refused = refused or result.rows_refused > 0
        results.append(asdict(result))
        if not as_json:
            typer.echo(described(result))
    if any(result.get("written") for result in results):
        seal_work(database)
    if as_json:
        typer.echo(json.dumps(results if len(results) > 1 else results[0], ensure_ascii=False, indent=2))
    if refused:
        raise typer.Exit(1)


def _one(
    path: Path,
    *,
    quiet: bool,
    database: str | None,
    kind: str | None,
    account: str | None,
    client: str | None,
    venue: str | None,
    dry_run: bool,
    strict: bool,
    reject_file: Path | None,
    stamp: Stamp,
) -> ImportResult:
    big = path.is_file() and path.stat().st_size >= BIG_FILE and not quiet
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(pulse_style="cyan"),
        TextColumn("{task.completed:,} 行"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not big,
    )
    with bar:
        task = bar.add_task(path.name, total=None)
        return import_file(
            database,
            path,
            kind=kind,
            account=account,
            client=client,
            venue=venue,
            dry_run=dry_run,
            strict=strict,
            reject_file=reject_file,
            progress=lambda rows: bar.update(task, completed=rows),
            stamp=stamp,
        )


def described(result: ImportResult) -> str:
    """The result as lines for a person: counts, remarks, refused rows by line, column, value, what was
    expected.
    """
    good = result.rows_new + result.rows_changed + result.rows_known
    if result.written:
        changed = f"，更新 {result.rows_changed:,}" if result.rows_changed else ""
        done = f"新增 {result.rows_new:,}{changed}，已有 {result.rows_known:,}"
    else:
        done = f"可用 {good:,}"
    head = f"{result.file}（{result.kind}）读取 {result.rows_read:,} 行，{done}，拒收 {result.rows_refused:,}"
    if not result.written:
        head += "，未写入" + ("（--dry-run）" if result.dry_run else "（--strict：有拒收行）")
    lines = [head, *(f"  {sentence}" for sentence in result.remarks)]
    lines += [
        f"第 {reject.line} 行  {reject.column}  “{reject.value}” {reject.expected}"
        for reject in result.rejects[:SHOWN_REJECTS]
    ]
    if result.rows_refused > SHOWN_REJECTS:
        lines.append(f"……其余 {result.rows_refused - SHOWN_REJECTS:,} 行见拒收文件")
    if result.reject_file:
        lines.append(f"拒收行已写入 {result.reject_file}，改正后可再次导入")
    return "\n".join(lines)
