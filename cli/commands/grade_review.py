"""`heshi grade review …`: open, 评估表 out and in, change, 复评, 汇总, submit, approve, appeal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.commands.suitability import print_json
from cli.signin import AsUser, operation
from clients.grading.review.appeals import AppealDesk
from clients.grading.review.intake import SheetTaken, take_sheet
from clients.grading.review.problems import ReviewRefused
from clients.grading.review.repository import LineFilter
from clients.grading.review.service import ReviewDesk
from clients.grading.review.sheet import file_name
from clients.grading.review.types import Appeal, Edit, Review, ReviewLine, Summary
from clients.staff.filing import Stamp
from kit.access import Verb
from kit.clock import today
from kit.digest import canonical
from kit.settings import settings
from reports.masking import mask_name

app = typer.Typer(help="客户等级评定：初评、复评、汇总、批准、申诉。", no_args_is_help=True)
appeals_app = typer.Typer(help="申诉：提出、裁定、列出。", no_args_is_help=True)
app.add_typer(appeals_app, name="appeal")

Number = Annotated[str, typer.Argument(metavar="评定", help="评定编号，如 2026、2026-E1")]
Client = Annotated[str, typer.Argument(metavar="客户号", help="客户号")]
Reason = Annotated[str, typer.Option("--reason", help="理由")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
AsOf = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="取哪一天登记的等级，默认今天")
]
Since = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="生效日，默认今天")]
SHOWN: Final = 20


@dataclass(frozen=True)
class Deed:
    """One command's desks and stamp."""

    desk: ReviewDesk
    appeals: AppealDesk
    stamp: Stamp


@contextmanager
def acting_on(as_user: str | None, verb: Verb) -> Iterator[Deed]:
    with operation(as_user) as work:
        scope = work.actor.scope(verb, today())
        stamp = Stamp(work.actor, work.now, work.origin)
        yield Deed(ReviewDesk(work.session, scope), AppealDesk(work.session, scope), stamp)


@app.command("open")
def open_review(
    year: Annotated[int | None, typer.Option("--year", help="年度评定的年份，默认今年")] = None,
    event: Annotated[str | None, typer.Option("--event", help="事件调整：MOVED、COMPLAINT、CREDIT、ASSETS 等")] = None,
    client: Annotated[list[str] | None, typer.Option("--client", help="事件所涉客户，可多次")] = None,
    as_of: AsOf = None,
    reason: Reason = "",
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """开启评定：年度评定取全部客户，事件调整取所指的客户或越过回差的客户。"""
    day = as_of.date() if as_of else today()
    with acting_on(as_user, Verb.GRADE_RUN) as deed:
        if event is None:
            made = deed.desk.open_annual(year or day.year, day, deed.stamp, reason=reason)
        else:
            made = deed.desk.open_event(event.upper(), day, deed.stamp, reason=reason, client_nos=client)
    told(made, as_json)


@app.command("list")
def list_reviews(as_user: AsUser = None, as_json: AsJson = False) -> None:
    """列出全部评定。"""
    with acting_on(as_user, Verb.GRADE_READ) as deed:
        found = deed.desk.list()
    if as_json:
        print_json([review_content(one) for one in found])
        return
    if not found:
        typer.echo("还没有开启过评定；heshi grade review open 开启")
    for one in found:
        typer.echo(review_words(one))


@app.command()
def show(number: Number, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """看一次评定走到哪一步，三类名单各有谁。"""
    with acting_on(as_user, Verb.GRADE_READ) as deed:
        made, summary = deed.desk.get(number), deed.desk.summary(number)
    if as_json:
        print_json({**review_content(made), "summary": summary_content(summary)})
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(review_words(made), style="bold"))
    for scheme in made.schemes:
        counts = summary.counts.get(scheme.code, {})
        each = "  ".join(f"{label} {counts.get(code, 0):,}" for code, label in (*scheme.classes, ("", "不评")))
        console.print(f"{scheme.title}  {each}")
    console.print(f"与系统不同的客户 {summary.moved:,} 位")
    for title, lines in (
        ("A类客户与服务计划", summary.plan), ("特殊政策", summary.policy), ("资信审定与特殊结算", summary.credit)
    ):
        print_list(title, lines, console)
    if summary.without_plan:
        console.print(Text(f"还缺服务计划 {len(summary.without_plan)} 位", style="yellow"))


@app.command()
def sheet(
    number: Number,
    out: Annotated[Path | None, typer.Option("--out", help="文件或文件夹，默认当前文件夹")] = None,
    branch: Annotated[str, typer.Option("--branch", help="只要这个营业部的客户")] = "",
    as_user: AsUser = None,
) -> None:
    """导出《客户质量等级评估表》，只含您范围内的客户。"""
    from reports.grading.sheet import sheet_workbook

    with acting_on(as_user, Verb.GRADE_READ) as deed:
        made = deed.desk.get(number)
        lines = deed.desk.sheet_lines(number, LineFilter(branch=branch))
    place = out or Path()
    path = place / file_name(made, today()) if place.is_dir() or not place.suffix else place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sheet_workbook(made, lines, settings().firm_name, day=today()))
    typer.echo(f"{len(lines):,} 位客户 → {path}")


@app.command("import")
def import_sheet(
    number: Number,
    file: Annotated[Path, typer.Argument(metavar="文件", help="填好的评估表")],
    strict: Annotated[bool, typer.Option("--strict", help="有一行不能采用就全部不采用")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不登记")] = False,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """收回填好的评估表；不能采用的行逐行说明，其余采用。"""
    with acting_on(as_user, Verb.GRADE_REVIEW) as deed:
        taken = take_sheet(
            file, deed.desk.get(number), deed.desk, deed.stamp, naming=mask_name, strict=strict, dry_run=dry_run
        )
    if as_json:
        print_json(canonical(taken))
    else:
        print_taken(taken, dry_run=dry_run, strict=strict)
    if taken.refused:
        raise typer.Exit(1)


@app.command()
def change(
    number: Number,
    client: Client,
    grade: Annotated[list[str] | None, typer.Option("--grade", help="方案=等级，如 ABCD=A，可多次")] = None,
    plan: Annotated[str | None, typer.Option("--plan", help="服务计划")] = None,
    policy: Annotated[str | None, typer.Option("--policy", help="特殊政策：维持、新增、调整、撤销")] = None,
    policy_text: Annotated[str | None, typer.Option("--policy-text", help="政策说明")] = None,
    settlement: Annotated[str | None, typer.Option("--settlement", help="特殊结算：维持、新增、调整、撤销")] = None,
    settlement_text: Annotated[str | None, typer.Option("--settlement-text", help="结算说明")] = None,
    reason: Reason = "",
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """改一位客户的等级、计划、政策或结算；改等级须写理由。"""
    with acting_on(as_user, Verb.GRADE_REVIEW) as deed:
        edit = Edit(
            client_no=client, expected_version=deed.desk.line(number, client).version, grades=grades_said(grade or ()),
            plan=plan, policy_action=policy, policy=policy_text, settlement_action=settlement,
            settlement=settlement_text, reason=reason,
        )  # fmt: skip
        line, made = deed.desk.change(number, edit, deed.stamp), deed.desk.get(number)
    if as_json:
        print_json(line_content(line))
        return
    said = "  ".join(f"{one.title} {one.label(line.grades[one.code].grade)}" for one in made.schemes)
    typer.echo(f"{client}  {said}  第 {line.version} 版")


@app.command()
def convene(number: Number, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """召集复评会：现有等级定为初评，此后的改动记为复评。"""
    with acting_on(as_user, Verb.GRADE_RUN) as deed:
        made = deed.desk.convene(number, expected_version=deed.desk.get(number).version, stamp=deed.stamp)
    told(made, as_json)


@app.command()
def submit(number: Number, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """汇总，提请批准；名单上的客户须有服务计划。"""
    with acting_on(as_user, Verb.GRADE_RUN) as deed:
        made = deed.desk.submit(number, expected_version=deed.desk.get(number).version, stamp=deed.stamp)
    told(made, as_json)


@app.command()
def approve(
    number: Number, since: Since = None, reason: Reason = "", as_user: AsUser = None, as_json: AsJson = False
) -> None:
    """批准并生效；须由没有参与评定的人办理。"""
    with acting_on(as_user, Verb.GRADE_APPROVE) as deed:
        made = deed.desk.approve(
            number, effective_from=since.date() if since else today(), reason=reason,
            expected_version=deed.desk.get(number).version, stamp=deed.stamp,
        )  # fmt: skip
    told(made, as_json)


@app.command("return")
def send_back(number: Number, reason: Reason = "", as_user: AsUser = None, as_json: AsJson = False) -> None:
    """退回复评，写明理由。"""
    with acting_on(as_user, Verb.GRADE_APPROVE) as deed:
        version = deed.desk.get(number).version
        made = deed.desk.send_back(number, reason=reason, expected_version=version, stamp=deed.stamp)
    told(made, as_json)


@app.command()
def cancel(number: Number, reason: Reason = "", as_user: AsUser = None, as_json: AsJson = False) -> None:
    """撤销尚未批准的评定，留档。"""
    with acting_on(as_user, Verb.GRADE_RUN) as deed:
        version = deed.desk.get(number).version
        made = deed.desk.cancel(number, reason=reason, expected_version=version, stamp=deed.stamp)
    told(made, as_json)


@appeals_app.command("file")
def file_appeal(
    number: Number,
    client: Client,
    scheme: Annotated[str, typer.Argument(metavar="方案", help="如 ABCD、CREDIT")],
    wanted: Annotated[str, typer.Argument(metavar="等级", help="认为应评的等级")],
    reason: Reason = "",
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """代客户对已批准的等级提出申诉。"""
    with acting_on(as_user, Verb.GRADE_REVIEW) as deed:
        made = deed.appeals.file(number, client, scheme.upper(), wanted, reason, deed.stamp)
    print_appeals((made,), as_json)


@appeals_app.command("decide")
def decide_appeal(
    appeal: Annotated[int, typer.Argument(metavar="申诉号", help="申诉的编号，见 heshi grade review appeal list")],
    uphold: Annotated[bool, typer.Option("--uphold/--reject", help="支持申诉，或维持原等级")],
    since: Since = None,
    reason: Reason = "",
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """裁定申诉；须由申诉人、提请人、批准人以外的人办理。"""
    with acting_on(as_user, Verb.GRADE_APPROVE) as deed:
        made = deed.appeals.decide(
            appeal, upheld=uphold, reason=reason, expected_version=deed.appeals.get(appeal).version,
            stamp=deed.stamp, effective_from=since.date() if since else None,
        )  # fmt: skip
    print_appeals((made,), as_json)


@appeals_app.command("list")
def list_appeals(
    number: Annotated[str | None, typer.Argument(metavar="评定", help="只看这次评定的")] = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """列出申诉。"""
    with acting_on(as_user, Verb.GRADE_READ) as deed:
        found = deed.appeals.list(number)
    print_appeals(found, as_json)


# as data and in words


def grades_said(said: list[str] | tuple[str, ...]) -> dict[str, str | None]:
    """`ABCD=A` by scheme. Raises ReviewRefused."""
    found: dict[str, str | None] = {}
    for one in said:
        scheme, mark, grade = one.partition("=")
        if not mark:
            raise ReviewRefused(f"等级写作 方案=等级，如 ABCD=A，不是 {one}")
        found[scheme.strip().upper()] = grade.strip() or None
    return found


def review_content(one: Review) -> dict[str, Any]:
    found: dict[str, Any] = canonical(one)
    return {name: value for name, value in found.items() if not name.endswith("_id") and name not in ("id", "run_id")}


def line_content(one: ReviewLine) -> dict[str, Any]:
    found: dict[str, Any] = canonical(one)
    return {**{name: value for name, value in found.items() if name != "client_id"}, "name": mask_name(one.name)}


def summary_content(one: Summary) -> dict[str, Any]:
    return {
        "plan": [line_content(line) for line in one.plan], "policy": [line_content(line) for line in one.policy],
        "credit": [line_content(line) for line in one.credit], "counts": dict(one.counts), "moved": one.moved,
        "without_plan": list(one.without_plan),
    }  # fmt: skip


def review_words(one: Review) -> str:
    since = f"  {one.effective_from} 生效" if one.effective_from else ""
    return f"{one.number}  {one.kind.label}  {one.state.label}  等级截至 {one.day}  {one.clients:,} 位客户{since}"


def told(made: Review, as_json: bool) -> None:
    if as_json:
        print_json(review_content(made))
    else:
        typer.echo(review_words(made))


def print_list(title: str, lines: tuple[ReviewLine, ...], console: Console) -> None:
    """One of the three lists, shortened."""
    console.print(Text(f"{title}  {len(lines):,} 位", style="bold"))
    table = Table(box=None, pad_edge=False, show_header=False)
    for line in lines[:SHOWN]:
        policy = f"{line.policy_action.label if line.policy_action else ''} {line.policy}".strip()
        settlement = f"{line.settlement_action.label if line.settlement_action else ''} {line.settlement}".strip()
        table.add_row(*map(Text, (line.client_no, mask_name(line.name), line.plan, policy, settlement, line.reason)))
    console.print(table)
    if len(lines) > SHOWN:
        console.print(f"另有 {len(lines) - SHOWN:,} 位，见 --json 或评估表")


def print_taken(taken: SheetTaken, *, dry_run: bool, strict: bool) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    done = "将改动" if dry_run else "已改动"
    console.print(
        f"读到 {taken.read:,} 行，{done} {len(taken.changed):,} 位客户，无变化 {taken.unchanged:,}，"
        f"不采用 {len(taken.refused):,} 行"
    )
    if strict and taken.refused:
        console.print("有不能采用的行，按 --strict 全部不采用")
    for one in taken.refused:
        console.print(one.words)


def print_appeals(found: tuple[Appeal, ...], as_json: bool) -> None:
    if as_json:
        print_json([
            {name: value for name, value in canonical(one).items() if not name.endswith("_id")} for one in found
        ])  # fmt: skip
        return
    if not found:
        typer.echo("没有申诉")
    for one in found:
        decided = f"  {one.decided_by}：{one.decided_reason}" if one.decided_by else ""
        typer.echo(
            f"第 {one.id} 件  {one.client_no}  {one.title} {one.grade or '不评'} → {one.wanted}  {one.state.label}"
            f"  {one.filed_by}：{one.reason}{decided}"
        )


