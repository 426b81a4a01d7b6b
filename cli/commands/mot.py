"""`heshi mot events|scenarios|tasks|backtest|effect`: what happened, what is made of it, who has what to do."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli.commands import mot_effect, mot_pattern
from cli.commands.diagnose import progress_bar
from cli.commands.suitability import print_json
from cli.signin import AsUser, operation
from clients.staff.filing import Stamp
from kit.access import Verb
from kit.clock import SHANGHAI, today
from mot.backtest import Backtested, Backtester
from mot.events.kinds import event_kinds
from mot.events.repository import EventRepository
from mot.events.tables import EventRow
from mot.events.types import Family
from mot.house import read_day
from mot.matching.gate import gate_sentence
from mot.rehearsal import Rehearsed, rehearse
from mot.scenario.desk import ScenarioDesk, Version
from mot.scenario.status import PREVIEW_IN, ScenarioStatus
from mot.tasks.desk import TaskDesk
from mot.tasks.repository import TaskFilter
from mot.tasks.types import Outcome, Task, TaskState

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
OnDay = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="以哪一天为今天，默认今天")]
TEN = time(10)
app = typer.Typer(help="关键时刻：事件、场景、任务、回溯。", no_args_is_help=True)
scenarios_app = typer.Typer(help="场景：列出、装入、预演、批准、停用。", invoke_without_command=True)
app.add_typer(scenarios_app, name="scenarios")
app.add_typer(mot_effect.app, name="effect")
app.command("false-alarms")(mot_pattern.alarms)


@app.command("events")
def events(
    client: Annotated[str | None, typer.Option(metavar="客户号", help="只列这位客户的")] = None,
    kind: Annotated[str | None, typer.Option(metavar="事件", help="事件代码，如 EXCHANGE_WARNING")] = None,
    family: Annotated[Family | None, typer.Option(help="大类")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="从哪一天")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="到哪一天")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="最多列几条")] = 50,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """列出登记的事件，最新的在前：告知的与推算的。"""
    with operation(as_user) as work:
        read = EventRepository(work.session, work.actor.scope(Verb.EVENT_READ, today()))
        rows = read.page(
            client_no=client, kind=kind, family=family.value if family else None,
            first=first.date() if first else None, last=last.date() if last else None, limit=limit,
        )  # fmt: skip
    if as_json:
        print_json([event_content(row) for row in rows])
        return
    names = {one.id: one.name for one in event_kinds(today()).values()}
    table = _table("日期", "客户", "事件", "编号", "来源", "把握", "失效")
    for row in rows:
        table.add_row(
            row.occurred_on.isoformat(), row.client_no, names.get(row.kind, row.kind), row.ref, row.source,
            f"{row.confidence}%", row.expires_on.isoformat(),
        )  # fmt: skip
    Console(highlight=False).print(table if rows else "没有事件")


@app.command("tasks")
def tasks(
    state: Annotated[TaskState | None, typer.Option(help="状态；不指定时列未结束的")] = None,
    owner: Annotated[str | None, typer.Option(metavar="人员编号", help="办理人")] = None,
    client: Annotated[str | None, typer.Option(metavar="客户号", help="客户")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="只列逾期的")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200, help="最多列几件")] = 50,
    day: OnDay = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """列出任务：必做在先，其次期限。"""
    filters = TaskFilter(
        state=state, open=None if state else True, owner_no=owner, client_no=client, overdue=overdue or None
    )
    with operation(as_user) as work:
        when = day.date() if day else today()
        desk = TaskDesk(work.session, work.actor.scope(Verb.TASK_READ, when))
        page, counts = desk.list(filters, limit=limit), desk.counts(filters)
    if as_json:
        print_json({"tasks": [task_content(one, when) for one in page.tasks], "counts": counts})
        return
    table = _table("任务", "客户", "名称", "类", "状态", "期限", "办理人")
    for one in page.tasks:
        late = " 逾期" if one.overdue(when) else ""
        table.add_row(
            one.number, one.client_no, one.name, "必做" if one.mandatory else "选做", one.state.label,
            f"{one.due_on}{late}", one.owner_name or "（待分派）",
        )  # fmt: skip
    console = Console(highlight=False)
    console.print(table if page.tasks else "没有任务")
    found = counts["all"]
    words = (("未结束", "open"), ("逾期", "overdue"), ("必做", "mandatory"), ("已上报", "escalated"))
    console.print("，".join(f"{label} {found[name]}" for label, name in words))


@app.command("backtest")
def backtest(
    scenario: Annotated[str, typer.Argument(metavar="场景", help="场景编号，如 large-outflow-care；all 为全部生效的")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="从哪一天")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="到哪一天")],
    version: Annotated[str, typer.Option(metavar="版本", help="版本哈希的前几位；默认生效的或最新的")] = "",
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """回溯：场景若在这些日子生效，会触发多少、被挡下多少、给谁。用真实的引擎与账簿，不登记。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.SCENARIO_READ, today())
        desk = ScenarioDesk(work.session)
        chosen = desk.in_force(today()) if scenario == "all" else (desk.get(scenario, version).scenario,)
        with progress_bar(Console(stderr=True)) as bar:
            task = bar.add_task("回溯", total=None)
            found = Backtester(work.session, first.date(), last.date()).run(
                chosen, lambda done, total: bar.update(task, completed=done, total=total)
            )
    if as_json:
        print_json(found.content())
    else:
        print_backtest(found, Console(highlight=False))


@scenarios_app.callback(invoke_without_command=True)
def scenarios(
    context: typer.Context,
    family: Annotated[Family | None, typer.Option(help="大类")] = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """列出场景的各版本。"""
    if context.invoked_subcommand is not None:
        return
    with operation(as_user) as work:
        work.actor.scope(Verb.SCENARIO_READ, today())
        found = ScenarioDesk(work.session).list(family=family)
    if as_json:
        print_json([version_content(one) for one in found])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("编号", "版本", "状态"):
        table.add_column(heading, no_wrap=True)  # what the other commands ask for is never cut
    for heading in ("场景", "起草", "批准"):
        table.add_column(heading, overflow="fold")
    for one in found:
        scenario = one.scenario
        table.add_row(
            scenario.id, scenario.short_version, one.status.label, scenario.name, one.drafted_by, one.approved_by
        )
    Console(highlight=False).print(table if found else "还没有场景；先运行 heshi mot scenarios install")


@scenarios_app.command("install")
def install(as_user: AsUser = None) -> None:
    """装入随产品提供的场景，成为草稿；预演后由有权限的人批准才生效。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.SCENARIO_EDIT, today())
        fresh = ScenarioDesk(work.session).install(Stamp(work.actor, work.now, work.origin))
    typer.echo(f"新装入 {fresh} 个场景版本")


@scenarios_app.command("preview")
def preview(
    scenario: Annotated[str, typer.Argument(metavar="场景", help="场景编号；all 为全部草稿")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="从哪一天")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="到哪一天")],
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """预演草稿：回溯一段日子并把结果留在版本上，供批准的人看。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.SCENARIO_EDIT, today())
        desk, stamp = ScenarioDesk(work.session), Stamp(work.actor, work.now, work.origin)
        tester = Backtester(work.session, first.date(), last.date())
        told = []
        for one in _drafts(desk, scenario):
            result = tester.run([one.scenario]).content()
            kept = desk.previewed(
                one.scenario.id, one.scenario.version, result, expected_version=one.version, stamp=stamp
            )
            told.append(version_content(kept))
    if as_json:
        print_json(told)
    else:
        typer.echo(f"已预演 {len(told)} 个版本")


@scenarios_app.command("rehearse")
def rehearse_scenarios(
    day: Annotated[datetime, typer.Argument(metavar="日期", formats=["%Y-%m-%d"], help="以账簿的哪一天演练")],
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """演练：在账簿的这一天为每个场景找一位适用的客户，看触发谁、被什么挡下；不留下任何记录。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.SCENARIO_EDIT, today())
        desk, on = ScenarioDesk(work.session), day.date()
        newest = {one.scenario.id: one.scenario for one in reversed(desk.list())
                  if one.status is not ScenarioStatus.RETIRED}  # fmt: skip
        stamp = Stamp(work.actor, datetime.combine(on, TEN, SHANGHAI), work.origin)
        found = rehearse(work.session, read_day(work.session, on), stamp, list(newest.values()))
        work.session.rollback()
    if as_json:
        print_json([rehearsed_content(one) for one in found])
        return
    table = Table(box=None, header_style="bold")
    for heading in ("场景", "够条件的客户", "触发", "挡下", "为什么挡下"):
        table.add_column(heading, justify="right" if heading == "够条件的客户" else "left")
    for one in found:
        table.add_row(one.scenario.name, str(one.able), one.fired or "—", one.held or "—", one.why)
    console = Console(highlight=False)
    console.print(table)
    both = sum(bool(one.fired and one.held) for one in found)
    nobody = sum(not one.able for one in found)
    console.print(f"{len(found)} 个场景，{both} 个既触发也被挡下；{nobody} 个当日没有够条件的客户")


@scenarios_app.command("approve")
def approve(
    scenario: Annotated[str, typer.Argument(metavar="场景", help="场景编号；all 为全部已预演的")],
    note: Annotated[str, typer.Option(help="批准意见")],
    as_user: AsUser = None,
) -> None:
    """批准已预演的版本：须由起草人以外的人；前一个版本随即停用。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.SCENARIO_APPROVE, today())
        desk, stamp = ScenarioDesk(work.session), Stamp(work.actor, work.now, work.origin)
        wanted = [
            one for one in desk.list(scenario_id=None if scenario == "all" else scenario)
            if one.status is ScenarioStatus.PREVIEWED
        ] or ([] if scenario == "all" else [desk.get(scenario)])  # fmt: skip
        for one in wanted:
            desk.approve(one.scenario.id, one.scenario.version, note=note, expected_version=one.version, stamp=stamp)
    typer.echo(f"已批准 {len(wanted)} 个版本")


@scenarios_app.command("retire")
def retire(
    scenario: Annotated[str, typer.Argument(metavar="场景", help="场景编号")],
    why: Annotated[str, typer.Option(help="停用理由")],
    version: Annotated[str, typer.Option(metavar="版本", help="版本哈希的前几位；默认生效的")] = "",
    as_user: AsUser = None,
) -> None:
    """停用一个版本：不再触发，也不能恢复。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.SCENARIO_EDIT, today())
        desk = ScenarioDesk(work.session)
        one = desk.get(scenario, version)
        desk.retire(
            scenario, one.scenario.version, why=why, expected_version=one.version,
            stamp=Stamp(work.actor, work.now, work.origin),
        )  # fmt: skip
    typer.echo(f"已停用 {one.scenario.name}（{one.scenario.short_version}）")


def _drafts(desk: ScenarioDesk, scenario: str) -> list[Version]:
    if scenario != "all":
        drafts = [one for one in desk.list(scenario_id=scenario) if one.status in PREVIEW_IN]
        return drafts[:1] or [desk.get(scenario)]  # the newest draft; without one, what says why not
    return [one for one in desk.list() if one.status is ScenarioStatus.DRAFTED]


def event_content(row: EventRow) -> dict[str, Any]:
    """An event as plain data."""
    return {
        "event": row.digest, "client_no": row.client_no, "kind": row.kind, "family": row.family,
        "occurred_on": row.occurred_on.isoformat(), "ref": row.ref, "source": row.source,
        "confidence": row.confidence, "tentative": row.tentative, "expires_on": row.expires_on.isoformat(),
        "facts": dict(row.facts),
    }  # fmt: skip


def task_content(one: Task, day: date) -> dict[str, Any]:
    """A task as plain data; names of clients are for the screen alone."""
    return {
        "task": one.number, "version": one.version, "origin": one.origin.value, "client_no": one.client_no,
        "scenario": one.scenario_id, "name": one.name, "mandatory": one.mandatory, "priority": one.priority,
        "purpose": one.purpose.value, "state": one.state.value, "owner_no": one.owner_no, "branch_no": one.branch_no,
        "made_on": one.made_on.isoformat(), "due_on": one.due_on.isoformat(), "overdue": one.overdue(day),
        "escalated_on": one.escalated_on.isoformat() if one.escalated_on else None, "feedback": one.feedback,
        "offers": [offer.product_code for offer in one.offers if offer.product_code],
    }  # fmt: skip


def rehearsed_content(one: Rehearsed) -> dict[str, Any]:
    """One scenario of a rehearsal as plain data."""
    return {
        "scenario": one.scenario.id, "name": one.scenario.name, "version": one.scenario.version, "able": one.able,
        "fired": one.fired or None, "held": one.held or None, "why": one.why or None,
    }  # fmt: skip


def version_content(one: Version) -> dict[str, Any]:
    """A scenario version as plain data."""
    scenario = one.scenario
    return {
        "scenario": scenario.id, "name": scenario.name, "digest": scenario.version, "version": one.version,
        "family": scenario.family.value, "purpose": scenario.purpose.value, "status": one.status.value,
        "mandatory": scenario.assignment.mandatory, "events": list(scenario.moment.events),
        "drafted_by": one.drafted_by, "approved_by": one.approved_by,
        "in_force_from": one.in_force_from.isoformat() if one.in_force_from else None,
        "retired_on": one.retired_on.isoformat() if one.retired_on else None, "preview": dict(one.preview),
    }  # fmt: skip


def print_backtest(found: Backtested, console: Console) -> None:
    """What the days came to, by scenario, and for whom."""
    told = found.content()
    console.print(
        f"{found.first} 至 {found.last}：{found.clients_read} 位客户，{found.events} 个事件，任务 {found.tasks} 件，"
        f"涉及 {told['clients_with_task']} 位客户"
    )
    table = _table("场景", "生成任务", "其余")
    for name, outcomes in sorted(found.outcomes.items()):
        counted = [(one, outcomes[one.value]) for one in Outcome if one.value in outcomes]
        others = [f"{one.label} {n}" for one, n in counted if one is not Outcome.FIRED]
        table.add_row(name, str(outcomes.get(Outcome.FIRED.value, 0)), "、".join(others))
    console.print(table)
    for rule, n in sorted(found.held_by.items()):
        console.print(f"闸门 {rule} {gate_sentence(rule, found.last)}：{n} 件")
    if found.staff:
        console.print("办理人：" + "、".join(f"{who} {n}" for who, n in sorted(found.staff.items())))


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    return table
