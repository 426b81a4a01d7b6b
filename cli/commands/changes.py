"""`heshi changes …` and `heshi approve`: rules, bands, gates, ratings and forms change in the open, by two people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.signin import AsUser, Work, operation
from clients.staff.filing import Stamp
from kit.access import Verb
from kit.clock import today
from kit.digest import canonical
from kit.problems import BadInput
from suitability.changes.in_force import schedule
from suitability.changes.service import ChangeService
from suitability.changes.types import RULE_FILES, Change, ChangeKind
from suitability.levels import ProductLevel

app = typer.Typer(help="变更：起草、预演影响、否决、回滚；批准用 heshi approve。", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只检查，不登记")]
Number = Annotated[int, typer.Argument(metavar="变更号", help="变更号")]
Reason = Annotated[str, typer.Option("--reason", help="理由")]
From = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="生效日")]


@app.command("list")
def list_changes(as_user: AsUser = None, as_json: AsJson = False) -> None:
    """列出全部变更，新的在前。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.RULE_CHANGE_READ, today())
        changes = ChangeService(work.session).list()
        standing = {name: schedule(work.session).book(name, today()).version for name in RULE_FILES}
    if as_json:
        print_json([as_record(one) for one in changes])
        return
    table = Table("变更号", "对象", "内容", "生效日", "状态", "起草", "批准", box=None, pad_edge=False)
    for one in changes:
        now = one.kind is ChangeKind.RULES and one.verdict is not None and standing.get(one.target) == one.version
        decided = one.verdict.decided_by if one.verdict else "—"
        table.add_row(*map(Text, (
            str(one.id), label_of(one), one.title, one.effective_from.isoformat(),
            one.state.label + ("，在用" if now else ""), one.drafted_by, decided,
        )))  # fmt: skip
    Console().print(table)


@app.command()
def show(change: Number, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """显示一项变更：改了哪些规则，影响多大，谁批准。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.RULE_CHANGE_READ, today())
        desk = ChangeService(work.session)
        found, differences = desk.get(change), desk.differences(change)
    if as_json:
        print_json({**as_record(found), "differences": [
            {"rule": one.rule, "title": one.title, "before": one.before, "after": one.after} for one in differences
        ]})  # fmt: skip
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(f"第 {found.id} 号变更  {found.title}（{label_of(found)}）  {found.state.label}")
    console.print(f"自 {found.effective_from} 起；{found.drafted_by} 起草：{found.reason}")
    for one in differences:
        console.print(f"  {one.rule}  {one.title}")
        console.print(f"    原：{short(one.before)}\n    新：{short(one.after)}")
    if found.preview is not None:
        print_impact(console, found.preview.result)
        console.print(f"预演摘要 {found.preview.digest}")
    if found.verdict is not None:
        console.print(f"{found.verdict.decided_by} {found.state.label}：{found.verdict.reason}")


@app.command()
def draft(
    target: Annotated[str, typer.Argument(
        metavar="对象", help="规则文件名（如 matching、bands、access），rating 加 --product，或 questionnaire"
    )],
    file: Annotated[Path | None, typer.Argument(metavar="文件", help="改好的整个文件（YAML）")] = None,
    since: From = ...,  # type: ignore[assignment]
    reason: Reason = ...,  # type: ignore[assignment]
    title: Annotated[str, typer.Option(help="这项变更叫什么")] = "",
    product: Annotated[str | None, typer.Option("--product", help="调整评级的产品代码")] = None,
    level: Annotated[ProductLevel | None, typer.Option("--level", help="调整到的等级")] = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:  # fmt: skip
    """起草一项变更；草稿逐条检查，过去的取值不能改写。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.RULE_CHANGE, today())
        desk, stamp = ChangeService(work.session), stamp_of(work)
        trial = work.session.begin_nested()
        if product is not None:
            if level is None:
                raise BadInput("调整评级须写明 --level")
            made = desk.draft_rating(product, level, reason=reason, effective_from=since.date(), stamp=stamp)
        elif file is None:
            raise BadInput("请给出改好的文件")
        elif target == "questionnaire":
            made = desk.draft_questionnaire(read(file), reason=reason, effective_from=since.date(), stamp=stamp)
        else:
            made = desk.draft_rules(
                target, read(file), title=title or f"修改{RULE_FILES.get(target, target)}", reason=reason,
                effective_from=since.date(), stamp=stamp,
            )  # fmt: skip
        if dry_run:
            trial.rollback()
        else:
            trial.commit()
    if as_json:
        print_json(as_record(made))
    elif dry_run:
        typer.echo("草稿成立；没有登记")
    else:
        typer.echo(f"已起草第 {made.id} 号变更；请预演影响：heshi changes preview {made.id}")


@app.command()
def preview(change: Number, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """预演影响：谁的等级会变，哪些错配会出现或消除，按类别、等级、营业部计数并列出名单。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.RULE_CHANGE, today())
        with Console(stderr=True).status("正在核对全账簿 …"):
            made = ChangeService(work.session).preview(change, stamp_of(work))
    if as_json:
        print_json({"change": change, "digest": made.digest, "day": made.day, **made.result})
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    print_impact(console, made.result)
    console.print(f"预演摘要 {made.digest}")
    console.print(f"由另一人批准：heshi approve {change} --digest {made.digest} --reason 理由")


@app.command()
def refuse(change: Number, reason: Reason, as_user: AsUser = None) -> None:
    """否决一项变更；变更留在库中。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.RULE_APPROVE, today())
        ChangeService(work.session).refuse(change, reason=reason, stamp=stamp_of(work))
    typer.echo(f"已否决第 {change} 号变更")


@app.command()
def rollback(change: Number, reason: Reason, since: From, as_user: AsUser = None) -> None:
    """一步回滚：从某日起恢复变更以前的内容；不删除任何记录。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.RULE_APPROVE, today())
        made = ChangeService(work.session).rollback(
            change, reason=reason, effective_from=since.date(), stamp=stamp_of(work)
        )
    typer.echo(f"已回滚第 {change} 号变更，自 {made.effective_from} 起；登记为第 {made.id} 号，内容摘要 {made.version}")


def approve(
    change: Number,
    digest: Annotated[str, typer.Option("--digest", help="所看到的预演摘要")],
    reason: Reason,
    as_user: AsUser = None,
) -> None:
    """批准一项已预演的变更：须由起草人以外的人，批准的正是预演所示。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.RULE_APPROVE, today())
        with Console(stderr=True).status("正在核对预演 …"):
            made = ChangeService(work.session).approve(change, digest, reason=reason, stamp=stamp_of(work))
    typer.echo(f"已批准第 {change} 号变更，自 {made.effective_from} 起生效")


def stamp_of(work: Work) -> Stamp:
    return Stamp(work.actor, work.now, work.origin)


def read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"读不了文件 {file.name}：{fault}") from fault


def label_of(change: Change) -> str:
    return RULE_FILES.get(change.target, change.target) if change.kind is ChangeKind.RULES else change.kind.label


def short(value: Any, most: int = 100) -> str:
    text = "无" if value is None else json.dumps(canonical(value), ensure_ascii=False)
    return text if len(text) <= most else text[: most - 1] + "…"


def print_impact(console: Console, result: Mapping[str, Any]) -> None:
    """The impact in the words of the trade: counts first, then by class, level, branch, then whom."""
    levels, products, holdings, offers = (result[part] for part in ("levels", "products", "holdings", "offers"))
    console.print(f"影响预演（{result['day']}）")
    console.print(
        f"  客户等级：{levels['changed']:,} 人会变，下调 {levels['down']:,}，上调 {levels['up']:,}；"
        f"另有 {levels['would_rise']:,} 人下次评估可升级"
    )
    for row in levels["matrix"]:
        console.print(f"    {row['from']} → {row['to']}  {row['clients']:,} 人")
    console.print(f"  产品：{products['changed']:,} 个有变动")
    for row in products["list"][:20]:
        console.print(f"    {row['product']}  {row['from']} → {row['to']}")
    console.print(
        f"  持仓错配：新增 {holdings['appear']:,}，消除 {holdings['heal']:,}，涉及 {holdings['clients']:,} 名客户"
    )
    for part, title in (("by_class", "按客户等级"), ("by_rating", "按产品等级"), ("by_branch", "按营业部")):
        told = "；".join(f"{row['name']} 新增 {row['appear']:,} 消除 {row['heal']:,}" for row in holdings[part])
        if told:
            console.print(f"    {title}：{told}")
    for row in holdings["by_rule"]:
        console.print(f"    规则 {row['rule']}：触及的持仓由 {row['before']:,} 变为 {row['after']:,}")
    console.print(
        f"  可推介的客户与产品组合：{offers['change']:+,}；{offers['clients_fewer']:,} 名客户变少，"
        f"{offers['clients_more']:,} 名客户变多"
    )
    for row in holdings["list"][:10]:
        what = "新增错配" if row["what"] == "appear" else "消除错配"
        console.print(f"    {what}  {row['client']}  {row['product']}  {row['branch']}")
    if "questionnaire" in result:
        told = result["questionnaire"]
        console.print(f"  答案不能直接换算的客户：{told['not_convertible']:,}")
        console.print("\n".join(f"  {line}" for line in told["distribution"].splitlines()))


def as_record(change: Change) -> dict[str, Any]:
    preview, verdict = change.preview, change.verdict
    return {
        "id": change.id, "kind": change.kind, "target": change.target, "title": change.title,
        "reason": change.reason, "version": change.version, "base": change.base,
        "effective_from": change.effective_from, "rollback_of": change.rollback_of, "digest": change.digest,
        "drafted_by": change.drafted_by, "drafted_at": change.drafted_at, "state": change.state,
        "preview": None if preview is None else {"digest": preview.digest, "made_by": preview.made_by},
        "verdict": None if verdict is None else {
            "approved": verdict.approved, "reason": verdict.reason, "decided_by": verdict.decided_by,
            "decided_at": verdict.decided_at,
        },
    }  # fmt: skip


def print_json(value: Any) -> None:
    typer.echo(json.dumps(canonical(value), ensure_ascii=False, indent=2))
