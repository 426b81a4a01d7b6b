"""`heshi audit verify|seal|list`: is the trail whole, seal what waits, what was done to a record."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.signin import AsUser, operation
from kit.access import Role, Verb
from kit.clock import day_of
from kit.digest import canonical
from kit.migrate import upgrade
from kit.problems import BadInput
from kit.settings import settings
from kit.trail.anchor import AnchorFile
from kit.trail.sealer import anchor_head, seal_all
from kit.trail.service import history, page
from kit.trail.verify import Verdict
from kit.trail.verify import verify as verify_trail

app = typer.Typer(help="留痕：核验、封存、查询。", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
SHOWN = 20


@app.command()
def verify(as_json: AsJson = False) -> None:
    """核验全部留痕：完整则退出码 0；有修改、删除、插入、调换或截断则指明位置，退出码 1。"""
    upgrade(settings().database_url)
    started = perf_counter()
    verdict = verify_trail(None, datetime.now(UTC), AnchorFile.of(settings()))
    seconds = perf_counter() - started
    if as_json:
        typer.echo(json.dumps(canonical(as_record(verdict, seconds)), ensure_ascii=False, indent=2))
    else:
        print_verdict(verdict, seconds, Console(highlight=False, soft_wrap=True))
    if not verdict.whole:
        raise typer.Exit(1)


def print_verdict(verdict: Verdict, seconds: float, console: Console) -> None:
    counts = f"已封 {verdict.sealed:,} 条，待封 {verdict.waiting:,} 条，用时 {seconds:.1f} 秒"
    if verdict.whole:
        console.print(Text(f"留痕完整：{counts}"))
        console.print(Text(f"最新封印 第 {verdict.head.position:,} 个  {verdict.head.seal}"))
        console.print(Text(f"锚定 {verdict.anchors:,} 次，至第 {verdict.anchored_to:,} 个封印"))
    else:
        console.print(Text(f"留痕不完整：{len(verdict.places) + verdict.more_places:,} 处；{counts}", style="red"))
        for place in verdict.places[:SHOWN]:
            console.print(Text(f"  {place.damage.label}  {place.words}"))
        if verdict.more_places or len(verdict.places) > SHOWN:
            console.print(Text("  其余见 --json"))
    for remark in verdict.remarks:
        console.print(Text(f"注意：{remark}", style="yellow"))


def as_record(verdict: Verdict, seconds: float) -> dict[str, Any]:
    return {
        "whole": verdict.whole, "sealed": verdict.sealed, "waiting": verdict.waiting,
        "head": {"position": verdict.head.position, "seal": verdict.head.seal},
        "checked_at": verdict.checked_at, "seconds": round(seconds, 3), "anchors": verdict.anchors,
        "anchored_to": verdict.anchored_to, "remarks": verdict.remarks, "more_damages": verdict.more_places,
        "damages": [
            {"kind": place.damage, "position": place.position, "trail_id": place.trail_id, "detail": place.words}
            for place in verdict.places
        ],
    }  # fmt: skip


@app.command()
def seal() -> None:
    """立即封存待封的留痕，并把最新封印写入锚定文件（HESHI_TRAIL_ANCHOR，默认 var/trail-anchor.jsonl）。"""
    upgrade(settings().database_url)
    now, anchor_file = datetime.now(UTC), AnchorFile.of(settings())
    sealed = seal_all(None, now)
    position = anchor_head(None, now, anchor_file)
    done = f"已封存 {sealed:,} 条；最新封印（第 {position:,} 个）已写入 {anchor_file.path}"
    words = done if position else "还没有留痕"
    Console(highlight=False, soft_wrap=True).print(Text(words))


@app.command("list")
def list_entries(
    record: Annotated[
        str, typer.Option(metavar="KIND:ID", help="某一记录的历史，如 client:C0001；不写则列最近的")
    ] = "",
    most: Annotated[int, typer.Option("--most", min=1, max=10_000, help="最多几条")] = 50,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """列出留痕，最近的在前；须有查看留痕的权限。"""
    kind, colon, record_id = record.partition(":")
    if record and not (kind and colon and record_id):
        raise BadInput(f"“{record}”不是 种类:编号 的写法，例如 client:C0001")
    with operation(as_user) as work:
        work.actor.scope(Verb.TRAIL_READ, day_of(work.now))
        entries = history(work.session, kind, record_id, most) if record else page(work.session, None, most)
    if as_json:
        typer.echo(json.dumps(entries, ensure_ascii=False, indent=2))
        return
    table = Table("编号", "时间", "何人", "动作", "记录", "版本", "事由", "详情", box=None, pad_edge=False)
    for entry in entries:
        table.add_row(*map(Text, as_cells(entry)))
    Console().print(table)


def as_cells(entry: dict[str, Any]) -> tuple[str, ...]:
    at = datetime.fromisoformat(entry["at"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    who = f"{entry['user_name']}（{Role(entry['user_role']).label}）"
    record = f"{entry['record_kind']}:{entry['record_id']}"
    number, act, version = str(entry["id"]), entry["action"], entry["record_version"]
    return number, at, who, act, record, version, entry["purpose"], entry["detail"]
