"""`heshi suitability recheck|cases`: judge what is held again, and the mismatch cases that follow from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.signin import AsUser, operation
from clients.staff.filing import Stamp
from kit.access import Verb
from kit.clock import today
from suitability.cases.filters import DEFAULT_LIMIT, MOST, CaseFilter, CaseSort
from suitability.cases.service import CasePage, CaseService
from suitability.cases.types import Case, CaseStatus, Cause, EventKind, Severity
from suitability.monitoring.service import WatchRun, WatchService

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
WIDTHS = (  # columns of a terminal that each needs at least
    ("案件", 8), ("客户", 7), ("等级", 6), ("持有", 8), ("不匹配", 16), ("轻重", 4), ("状态", 6), ("期限", 10),
    ("办理人", 1),
)  # fmt: skip
CLASSES = {"C1_LOWEST": "C1最低", "NONE": "无等级", "PROFESSIONAL": "专业"}
COLOURS = {Severity.SEVERE: "red", Severity.MEDIUM: "yellow", Severity.LOW: ""}


def recheck(
    day: Annotated[
        datetime | None, typer.Argument(metavar="日期", formats=["%Y-%m-%d"], help="核对哪一天，默认今天")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="全量核对，并与增量结果比对；不一致则退出码 1")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只计算，不登记")] = False,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """核对全部客户的持有是否仍然合适：只重算有变化的，案件随差异建立、变化与了结。"""
    with operation(as_user) as work:
        when = day.date() if day else today()
        work.actor.scope(Verb.WATCH_RUN, when)
        run = WatchService(work.session).recheck(
            when, Stamp(work.actor, work.now, work.origin), whole=full, dry=dry_run
        )
    if as_json:
        _print_json(run_content(run))
    else:
        print_run(run, Console(highlight=False))
    if run.counts["missed"]:
        raise typer.Exit(1)


def cases(
    status: Annotated[CaseStatus | None, typer.Option(help="状态")] = None,
    origin: Annotated[Cause | None, typer.Option(help="成因")] = None,
    severity: Annotated[Severity | None, typer.Option(help="轻重")] = None,
    owner: Annotated[str | None, typer.Option(metavar="人员编号", help="办理人")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="只列逾期的")] = False,
    text: Annotated[str, typer.Option(help="客户、产品或案件编号的一部分")] = "",
    sort: Annotated[CaseSort, typer.Option(help="排序")] = CaseSort.DUE,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="最多列几件")] = DEFAULT_LIMIT,
    day: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="以哪一天计逾期，默认今天")] = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """列出适当性错配案件；不指定状态时列出未了结的。"""
    filters = CaseFilter(
        status=status, unsettled=None if status else True, origin=origin, severity=severity, owner_no=owner,
        overdue=overdue or None, text=text,
    )  # fmt: skip
    with operation(as_user) as work:
        when = day.date() if day else today()
        desk = CaseService(work.session, work.actor.scope(Verb.CASE_READ, when))
        page, counts = desk.list(filters, sort=sort, limit=limit), desk.counts(filters)
    if as_json:
        told = {"cases": [case_content(one, when) for one in page.cases], "counts": counts, "next": page.next_cursor}
        _print_json(told)
    else:
        print_cases(page, counts, when, Console(highlight=False))


def run_content(run: WatchRun) -> dict[str, Any]:
    """A run as plain data."""
    return {
        "day": run.day.isoformat(), "full": run.whole, "dry_run": run.dry, "filed": run.filed, "counts": run.counts,
        "causes": run.causes, "digest": run.digest,
        "mismatches": [
            {
                "client_no": one.client_no, "product_code": one.product_code, "rules": list(one.rules),
                "cause": one.cause.value, "gap": one.gap, "client_class": one.client_class,
                "product_level": one.product_level,
            }
            for one in run.observations if one.rules
        ],
    }  # fmt: skip


def case_content(case: Case, day: date) -> dict[str, Any]:
    """A case as plain data; names of clients are for the screen alone."""
    return {
        "number": case.number, "version": case.version, "client_no": case.client_no,
        "product_code": case.product_code, "client_class": case.client_class, "product_level": case.product_level,
        "dimensions": [one.value for one in case.dimensions], "gap": case.gap, "severity": case.severity.value,
        "origin": case.origin.value, "status": case.status.value, "present": case.present,
        "value": None if case.value is None else format(case.value, "f"), "owner_no": case.owner_no,
        "branch_no": case.branch_no, "escalated": case.escalated, "contacts": case.contacts,
        "opened_on": case.opened_on.isoformat(), "due_on": case.due_on.isoformat(), "overdue": case.overdue(day),
        "resolution": case.resolution.value if case.resolution else None,
        "resolved_on": case.resolved_on.isoformat() if case.resolved_on else None, "rules": case.facts["rules"],
    }  # fmt: skip


def print_run(run: WatchRun, console: Console) -> None:
    """What was read and judged, what came of it."""
    n = run.counts
    how = "全量" if run.whole else "增量"
    note = "（试算，未登记）" if run.dry else "" if run.filed else "（与已登记的一致，没有新的登记）"
    console.print(Text(f"{run.day} {how}核对{note}", style="bold"))
    console.print(
        f"账户 {n['accounts']:,}，重读账本 {n['accounts_read']:,}；持有 {n['pairs']:,} 对，重新判断 {n['judged']:,}，"
        f"不匹配 {n['mismatched']:,}，状态变化 {n['changed']:,}"
    )
    if run.whole:
        console.print(f"与增量结果不一致 {n['missed']:,}")
    events = "，".join(f"{kind.label} {n[kind.value]:,}" for kind in EventKind if n.get(kind.value))
    console.print(f"案件：{events or '没有变化'}")
    causes = {Cause(name): count for name, count in run.causes.items() if name != Cause.UNCHANGED.value}
    if causes:
        console.print("成因：" + "，".join(f"{cause.label} {count:,}" for cause, count in causes.items()))


def print_cases(page: CasePage, counts: Mapping[str, Mapping[str, int]], day: date, console: Console) -> None:
    """A line a case, and what there is in all."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for name, least in WIDTHS:
        table.add_column(name, no_wrap=True, overflow="ellipsis", min_width=least)
    for one in page.cases:
        known = CLASSES.get(one.client_class, one.client_class)
        due = Text(one.due_on.isoformat(), style="red" if one.overdue(day) else "")
        table.add_row(
            one.number, one.client_no, f"{known}→{one.product_level}" if one.product_level else known,
            one.product_name or "评估", one.dimensions[0].label if one.dimensions else "—",
            Text(one.severity.label, style=COLOURS[one.severity]), one.status.label, due, one.owner_name or "—",
        )  # fmt: skip
    console.print(table)
    by = counts["severity"]
    grave = "，".join(f"{one.label} {by[one.value]:,}" for one in reversed(Severity) if one.value in by)
    said = f"共 {counts['all'].get('all', 0):,} 件，列出 {len(page.cases):,}"
    console.print(Text(f"{said}；{grave}" if grave else said, style="bright_black"))


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
