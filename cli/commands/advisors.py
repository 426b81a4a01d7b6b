"""`heshi advisors …`: grade a closed period, submit, approve, publish, list, cards, reports, appeals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from advisors.periods.appeals import AdvisorAppeals
from advisors.periods.filing import digest_of, told
from advisors.periods.problems import NoSuchCard, NoSuchRun
from advisors.periods.service import PeriodDesk
from advisors.periods.types import Standing
from advisors.placement import propose_moves
from advisors.register.service import ConductAsk, RegisterDesk, TrainingAsk
from advisors.register.types import EntryKind
from advisors.types import Period, ScoreCard, period_of
from cli.commands.advisors_words import (
    evidence_of,
    line_content,
    print_appeals,
    print_card,
    print_cards,
    print_entries,
    print_lines,
    run_content,
    run_words,
    tell,
)
from cli.commands.suitability import print_json
from cli.signin import AsUser, operation
from clients.staff.filing import Stamp
from diagnosis.wording import DASH
from kit.access import Verb
from kit.clock import today
from kit.digest import canonical, file_digest
from kit.settings import settings
from reports.scorecard.service import ScoreCards, write_scorecards
from reports.scorecard.wording import level_words

app = typer.Typer(help="服务人员考评：试算、批准、发布、评分卡、申诉。", no_args_is_help=True)
appeals_app = typer.Typer(help="申诉：提出、裁定、列出。", no_args_is_help=True)
conduct_app = typer.Typer(help="行为登记：查实的扣分与否决事项。", no_args_is_help=True)
training_app = typer.Typer(help="培训与证书的登记。", no_args_is_help=True)
app.add_typer(appeals_app, name="appeal")
app.add_typer(conduct_app, name="conduct")
app.add_typer(training_app, name="training")

Number = Annotated[str, typer.Argument(metavar="考评", help="考评编号，如 2026Q3-1；写期间即该期最新的一次")]
Person = Annotated[str, typer.Argument(metavar="人员", help="人员编号")]
Reason = Annotated[str, typer.Option("--reason", help="理由或意见")]
Entry = Annotated[str, typer.Argument(metavar="编号", help="登记的编号，如 XW0000012、PX0000003")]
OnlyPerson = Annotated[str, typer.Option("--staff", metavar="人员", help="只列这个人的")]
Note = Annotated[str, typer.Option("--note", help="撤回的理由")]
MOST_ENTRIES = 500
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Since = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="生效日，默认今天")]


@dataclass(frozen=True)
class Deed:
    """One command's desks and stamp."""

    desk: PeriodDesk
    appeals: AdvisorAppeals
    cards: ScoreCards
    stamp: Stamp


@contextmanager
def acting_on(as_user: str | None, verb: Verb) -> Iterator[Deed]:
    with operation(as_user) as work:
        scope = work.actor.scope(verb, today())
        stamp = Stamp(work.actor, work.now, work.origin)
        cards = ScoreCards(work.session, scope, settings().firm_name)
        yield Deed(PeriodDesk(work.session, scope), AdvisorAppeals(work.session, scope), cards, stamp)


@app.command()
def grade(
    period: Annotated[
        str, typer.Argument(metavar="期间", help="2026Q3（季度）、2026H2（半年）或 2026（全年），须已结束")
    ],
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="人员", help="逐点说明这个人的等级；只看，不登记")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只试算，不登记")] = False,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """试算一期并登记为待提请的考评；结果相同不重复登记。"""
    wanted = period_of(period)
    if explain is not None:
        with acting_on(as_user, Verb.ADVISOR_GRADE_READ) as deed:
            found = told_or_graded(deed, wanted, explain)
        print_card(*found, as_json)
        return
    with acting_on(as_user, Verb.ADVISOR_GRADE_RUN) as deed:
        cards = deed.desk.graded(wanted)
        run = None if dry_run else deed.desk.run(wanted, cards, deed.stamp)
    if as_json:
        sealed = digest_of({one.staff_no: told(one) for one in cards})
        print_json({
            "run": None if run is None else run_content(run), "period": wanted.code, "digest": sealed,
            "cards": [told(one) for one in cards],
        })  # fmt: skip
        return
    print_cards(cards)
    typer.echo(f"{wanted.title}试算 {len(cards):,} 人，未登记" if run is None else run_words(run))


@app.command("list")
def list_runs(
    period: Annotated[str | None, typer.Argument(metavar="期间", help="只看这一期")] = None,
    as_user: AsUser = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """列出考评；看不到全部人员的，只列已发布的。"""
    with acting_on(as_user, Verb.ADVISOR_GRADE_READ) as deed:
        found = deed.desk.list(period)
    if as_json:
        print_json([run_content(one) for one in found])
        return
    if not found:
        typer.echo("还没有考评；heshi advisors grade 期间 试算一期")
    for one in found:
        typer.echo(run_words(one))


@app.command()
def show(number: Number, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """看一次考评走到哪一步，您范围内每个人的得分与等级。"""
    with acting_on(as_user, Verb.ADVISOR_GRADE_READ) as deed:
        run, lines = deed.desk.get(number), deed.desk.lines(number)
    if as_json:
        print_json({**run_content(run), "people": [line_content(one) for one in lines]})
        return
    typer.echo(run_words(run))
    print_lines(lines)


@app.command()
def card(number: Number, person: Person, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """看一个人的评分卡：等级怎么来的、每一点的依据、到上一级还差什么。"""
    with acting_on(as_user, Verb.ADVISOR_GRADE_READ) as deed:
        found = deed.cards.told(number, person)
    print_card(found.card, found.run.number, found.level, found.standing, as_json)


@app.command()
def report(
    number: Number,
    person: Annotated[str | None, typer.Option("--staff", metavar="人员", help="只写这个人的评分卡")] = None,
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="文件夹")] = Path(),
    as_user: AsUser = None,
) -> None:
    """写出评分卡或您范围内的考评报告：网页、PDF、Excel、JSON。"""
    with acting_on(as_user, Verb.ADVISOR_GRADE_READ) as deed:
        made = deed.cards.team(number) if person is None else deed.cards.card(number, person)
    for path in write_scorecards(made, out, "scorecards" if person is None else f"scorecard-{person}"):
        typer.echo(str(path))


@app.command()
def submit(number: Number, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """提请批准。"""
    with acting_on(as_user, Verb.ADVISOR_GRADE_RUN) as deed:
        made = deed.desk.submit(number, expected_version=deed.desk.get(number).version, stamp=deed.stamp)
    tell(made, as_json)


@app.command()
def approve(
    number: Number,
    digest: Annotated[str, typer.Option("--digest", help="您看到的摘要，见 heshi advisors show --json")],
    reason: Reason = "",
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """批准所见的摘要；须由没有试算、提请的人办理。"""
    with acting_on(as_user, Verb.ADVISOR_GRADE_APPROVE) as deed:
        version = deed.desk.get(number).version
        made = deed.desk.approve(number, digest=digest, reason=reason, expected_version=version, stamp=deed.stamp)
    tell(made, as_json)


@app.command("return")
def send_back(number: Number, reason: Reason = "", as_user: AsUser = None, as_json: AsJson = False) -> None:
    """退回，写明理由。"""
    with acting_on(as_user, Verb.ADVISOR_GRADE_APPROVE) as deed:
        version = deed.desk.get(number).version
        made = deed.desk.send_back(number, reason=reason, expected_version=version, stamp=deed.stamp)
    tell(made, as_json)


@app.command()
def cancel(number: Number, reason: Reason = "", as_user: AsUser = None, as_json: AsJson = False) -> None:
    """撤销尚未发布的考评，留档。"""
    with acting_on(as_user, Verb.ADVISOR_GRADE_RUN) as deed:
        version = deed.desk.get(number).version
        made = deed.desk.cancel(number, reason=reason, expected_version=version, stamp=deed.stamp)
    tell(made, as_json)


@app.command()
def publish(number: Number, since: Since = None, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """发布已批准的等级：自生效日起成为人员的等级，任务分派随之而定。"""
    with acting_on(as_user, Verb.ADVISOR_GRADE_RUN) as deed:
        made = deed.desk.publish(
            number, effective_from=since.date() if since else today(),
            expected_version=deed.desk.get(number).version, stamp=deed.stamp,
        )  # fmt: skip
    tell(made, as_json)


@appeals_app.command("file")
def file_appeal(
    number: Number,
    person: Person,
    wanted: Annotated[str, typer.Argument(metavar="等级", help="认为应定的等级，如 L4")],
    evidence: Annotated[
        list[str] | None,
        typer.Option("--evidence", help="证据，可多次：种类:编号:说明，种类为 RECORD、DOCUMENT、STATEMENT"),
    ] = None,
    point: Annotated[str, typer.Option("--point", help="有误的指标或扣分项；不写即整个等级")] = "",
    reason: Reason = "",
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """对自己已发布的等级申诉，须附证据。"""
    with acting_on(as_user, Verb.ADVISOR_GRADE_APPEAL) as deed:
        made = deed.appeals.file(
            number, person, wanted=wanted, reason=reason, evidence=[evidence_of(one) for one in evidence or ()],
            point=point, stamp=deed.stamp,
        )  # fmt: skip
    print_appeals((made,), as_json)


@appeals_app.command("decide")
def decide_appeal(
    appeal: Annotated[int, typer.Argument(metavar="申诉号", help="申诉的编号，见 heshi advisors appeal list")],
    uphold: Annotated[bool, typer.Option("--uphold/--reject", help="支持申诉，或维持原等级")],
    given: Annotated[str, typer.Option("--level", help="支持时改为的等级；不写即所申请的")] = "",
    since: Since = None,
    reason: Reason = "",
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """裁定申诉；须由申诉人、试算人、提请人、批准人以外的人办理。"""
    with acting_on(as_user, Verb.ADVISOR_GRADE_APPROVE) as deed:
        made = deed.appeals.decide(
            appeal, upheld=uphold, reason=reason, given=given, expected_version=deed.appeals.get(appeal).version,
            stamp=deed.stamp, effective_from=since.date() if since else None,
        )  # fmt: skip
    print_appeals((made,), as_json)


@appeals_app.command("list")
def list_appeals(
    number: Annotated[str | None, typer.Argument(metavar="考评", help="只看这次考评的")] = None,
    as_user: AsUser = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """列出您范围内的申诉。"""
    with acting_on(as_user, Verb.ADVISOR_GRADE_READ) as deed:
        found = deed.appeals.list(number)
    print_appeals(found, as_json)


@conduct_app.command("add")
def add_conduct(
    person: Person,
    code: Annotated[
        str, typer.Argument(metavar="代码", help="扣分项或否决项的代码，见 heshi rules show ADV-DEDUCTIONS")
    ],
    day: Annotated[datetime, typer.Argument(metavar="日期", formats=["%Y-%m-%d"], help="发生或查实的日子")],
    note: Annotated[str, typer.Option("--note", help="查实的情况")] = "",
    client: Annotated[str, typer.Option("--client", help="所涉客户号")] = "",
    evidence: Annotated[
        Path | None, typer.Option("--evidence", exists=True, dir_okay=False, help="证据文件；只登记它的摘要")
    ] = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """登记一件查实的行为：扣分，或一票否决。"""
    ask = ConductAsk(
        staff_no=person, code=code.upper(), day=day.date(), note=note, client_no=client,
        evidence=file_digest(evidence) if evidence else "",
    )  # fmt: skip
    with registering(as_user) as (desk, stamp):
        made = desk.record_conduct(ask, stamp)
    print_entries((made,), as_json)


@conduct_app.command("list")
def list_conduct(person: OnlyPerson = "", as_user: AsUser = None, as_json: AsJson = False) -> None:
    """列出您范围内登记的行为，撤回的也在内。"""
    with reading(as_user) as desk:
        print_entries(desk.conduct(staff_no=person, limit=MOST_ENTRIES), as_json)


@conduct_app.command("withdraw")
def withdraw_conduct(entry: Entry, note: Note = "", as_user: AsUser = None, as_json: AsJson = False) -> None:
    """撤回一件登记有误的行为；另记一条，原来的不删。"""
    take_back(entry, note, as_user, as_json)


@training_app.command("add")
def add_training(
    person: Person,
    title: Annotated[str, typer.Argument(metavar="名称", help="课程或证书的名称")],
    day: Annotated[datetime, typer.Argument(metavar="日期", formats=["%Y-%m-%d"], help="完成或取得的日子")],
    hours: Annotated[float, typer.Option("--hours", help="培训学时")] = 0.0,
    certificate: Annotated[str, typer.Option("--certificate", help="证书代码，如 CFP；不写即培训")] = "",
    valid_to: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="证书有效期至；不写即长期")
    ] = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """登记一次培训或一张证书。"""
    ask = TrainingAsk(
        staff_no=person, kind=EntryKind.CERTIFICATE if certificate else EntryKind.TRAINING, day=day.date(),
        title=title, hours=hours, code=certificate.upper(), valid_to=valid_to.date() if valid_to else None,
    )  # fmt: skip
    with registering(as_user) as (desk, stamp):
        made = desk.record_training(ask, stamp)
    print_entries((made,), as_json)


@training_app.command("list")
def list_training(person: OnlyPerson = "", as_user: AsUser = None, as_json: AsJson = False) -> None:
    """列出您范围内登记的培训与证书，撤回的也在内。"""
    with reading(as_user) as desk:
        print_entries(desk.training(staff_no=person, limit=MOST_ENTRIES), as_json)


@training_app.command("withdraw")
def withdraw_training(entry: Entry, note: Note = "", as_user: AsUser = None, as_json: AsJson = False) -> None:
    """撤回一条登记有误的培训或证书；另记一条，原来的不删。"""
    take_back(entry, note, as_user, as_json)


@app.command()
def moves(as_user: AsUser = None, as_json: AsJson = False) -> None:
    """客户调整建议：谁的客户由谁服务更合适；只是建议，交接另行办理。"""
    with operation(as_user) as work:
        found = propose_moves(work.session, work.actor.scope(Verb.LOAD_READ, today()))
    if as_json:
        print_json(canonical(found))
        return
    for one in found.moves:
        typer.echo(f"{one.client_no}  {one.from_no or DASH} → {one.to_no}  +{one.gain:g}  {'；'.join(one.why)}")
    typer.echo(f"{len(found.moves):,} 位客户，合适程度合计 {found.before:.2f} → {found.after:.2f}")


def take_back(entry: str, why: str, as_user: str | None, as_json: bool) -> None:
    with registering(as_user) as (desk, stamp):
        made = desk.withdraw(entry, why, stamp)
    print_entries((made,), as_json)


@contextmanager
def reading(as_user: str | None) -> Iterator[RegisterDesk]:
    with operation(as_user) as work:
        yield RegisterDesk(work.session, work.actor.scope(Verb.ADVISOR_GRADE_READ, today()))


@contextmanager
def registering(as_user: str | None) -> Iterator[tuple[RegisterDesk, Stamp]]:
    with operation(as_user) as work:
        scope = work.actor.scope(Verb.ADVISOR_GRADE_RUN, today())
        yield RegisterDesk(work.session, scope), Stamp(work.actor, work.now, work.origin)


def told_or_graded(deed: Deed, period: Period, staff_no: str) -> tuple[ScoreCard, str, str, Standing | None]:
    """The card on file with its run; where the period has none, whoever may run it is told what a run would give."""
    try:
        found = deed.cards.told(period.code, staff_no)
        return found.card, found.run.number, found.level, found.standing
    except NoSuchRun:
        if not deed.stamp.actor.may(Verb.ADVISOR_GRADE_RUN):
            raise
    card = next((one for one in deed.desk.graded(period) if one.staff_no == staff_no), None)
    if card is None:
        raise NoSuchCard(f"{period.title}没有 {staff_no} 可考评")
    return card, "", level_words(card.level), None
