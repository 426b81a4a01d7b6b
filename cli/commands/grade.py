"""`heshi grade`: every client by every scheme, or one client with what made its grades and what the next ones need.

Behind it stand `heshi grade check`, `heshi grade review …`, `heshi grade matrix` and `heshi grade report`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.commands.diagnose import progress_bar
from cli.commands.grade_check import check
from cli.commands.grade_report import matrix, report
from cli.commands.grade_review import app as review_app
from cli.commands.suitability import print_json
from cli.signin import AsUser, Work, operation
from clients.grading.engine import Graded, grade_all
from clients.grading.explanation import Explanation, Fact, explain
from clients.grading.features import FEATURES, Unit, Values
from clients.grading.loading import scheme_named, schemes_on, with_needed
from clients.grading.next_step import Move, said
from clients.grading.problems import check_come
from clients.grading.schemes import Scheme
from clients.grading.service import Filed, GradeBook, PastGrade, counts_of
from clients.grading.wording import fact_words, next_words
from clients.staff.filing import Stamp
from jobs.grading import FeatureReader
from kit.access import Verb
from kit.clock import today
from kit.digest import canonical
from kit.problems import BadInput

UNCONFIRMED: Final = "待核"
NOT_GRADED: Final = "不评"
FAULTS_SHOWN: Final = 10


@dataclass(frozen=True)
class Run:
    """What the command has computed."""

    schemes: tuple[Scheme, ...]
    shown: tuple[Scheme, ...]
    values: Values
    graded: Graded

    def explained(self, scheme: Scheme) -> Explanation:
        return explain(scheme, self.values, self.graded, {one.code: one for one in self.schemes}, 0)


app = typer.Typer(help="客户分级分类：评级、评定、迁移、报告。", invoke_without_command=True)
app.add_typer(review_app, name="review")
app.command("check")(check)
app.command("matrix")(matrix)
app.command("report")(report)


@app.callback(invoke_without_command=True)
def grade(
    context: typer.Context,
    scheme: Annotated[str | None, typer.Option(metavar="方案", help="只看这个方案，如 size、abcd、vip")] = None,
    client: Annotated[str | None, typer.Option(metavar="客户号", help="只评这个客户，不登记")] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="以哪一天评，默认今天")
    ] = None,
    why: Annotated[bool, typer.Option("--explain", help="说明所用特征、适用的行，到上一级还差什么")] = False,
    history: Annotated[bool, typer.Option("--history", help="列出该客户已登记的历次等级")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只计算，不登记")] = False,
    as_user: AsUser = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """按各分级方案评定客户：全账簿一次评完并登记，或评一个客户并说明缘由。"""
    if context.invoked_subcommand is not None:
        return
    if (why or history) and client is None:
        raise BadInput("--explain、--history 须与 --client 同用")
    with operation(as_user) as work:
        day = as_of.date() if as_of else today()
        check_come(day, today())
        if history and client is not None:
            past = _history(work, client, day, scheme)
            told: Any = [_past_content(one) for one in past]
        elif client is not None:
            run = _run(work, day, scheme, client)
            explained = [run.explained(one) for one in run.shown]
            told = [explanation_content(one) for one in explained]
        else:
            run, filed = _whole(work, day, scheme, dry_run)
            told = _book_content(run, filed)
    if as_json:
        print_json(canonical(told))
    elif history:
        print_history(past, Console(highlight=False, soft_wrap=True))
    elif client is not None:
        print_client(explained, why, Console(highlight=False, soft_wrap=True))
    else:
        print_book(run, filed, Console(highlight=False))


def _run(work: Work, day: date, wanted: str | None, client: str | None, verb: Verb = Verb.GRADE_READ) -> Run:
    return _with_ids(work, day, wanted, client, verb)[0]


def _with_ids(work: Work, day: date, wanted: str | None, client: str | None, verb: Verb) -> tuple[Run, Any]:
    schemes = schemes_on(day)
    if not schemes:
        raise BadInput(f"{day} 还没有生效的分级方案")
    shown = schemes if wanted is None else (scheme_named(schemes, wanted),)
    needed = schemes if wanted is None or client is None else with_needed(schemes, shown[0])
    scope = work.actor.scope(verb, day)
    if client is not None:
        values, ids = FeatureReader(work.session, scope, day).client(client)
    else:
        with progress_bar(Console(stderr=True)) as bar:
            task = bar.add_task("客户分级", total=None)
            told = FeatureReader(
                work.session, scope, day, lambda done, total: bar.update(task, completed=done, total=total)
            )
            values, ids = told.book()
    return Run(needed, shown, values, grade_all(needed, values)), ids


def _whole(work: Work, day: date, wanted: str | None, dry_run: bool) -> tuple[Run, Filed | None]:
    """The book by all schemes: filed, or with --dry-run those whom the operator may see, only shown."""
    verb = Verb.GRADE_READ if dry_run else Verb.GRADE_RUN
    run, ids = _with_ids(work, day, wanted, None, verb)
    if dry_run or not len(run.values):
        return run, None
    book = GradeBook(work.session, work.actor.scope(verb, day))
    stamp = Stamp(work.actor, work.now, work.origin)
    return run, book.file(run.schemes, run.values, run.graded, ids, stamp)


def _history(work: Work, client: str, day: date, wanted: str | None) -> list[PastGrade]:
    scope = work.actor.scope(Verb.GRADE_READ, day)
    FeatureReader(work.session, scope, day).require(client)
    code = None if wanted is None else scheme_named(schemes_on(day), wanted).code
    return GradeBook(work.session, scope).history(client, day, code)


# as data


def _scheme_content(scheme: Scheme) -> dict[str, Any]:
    return {
        "scheme": scheme.code, "title": scheme.title, "source": scheme.source, "confirmed": scheme.confirmed,
        "since": scheme.since, "version": scheme.version,
    }


def explanation_content(one: Explanation) -> dict[str, Any]:
    """One client under one scheme, as data."""
    ahead = one.next and {
        "to": one.next.to.code, "label": one.next.to.label, "together": one.next.together,
        "moves": [{**_move_content(move), "gap": move.gap} for move in one.next.moves],
    }
    return {
        "client": one.client_no, "day": one.day, **_scheme_content(one.scheme),
        "grade": one.grade.code if one.grade else None, "label": one.grade.label if one.grade else NOT_GRADED,
        "measured": one.measured, "row": f"{one.scheme.file}:{one.line}" if one.line else None,
        "features": [_fact_content(fact) for fact in one.facts],
        "schemes": [{"scheme": code, "title": title, "label": label} for code, title, label in one.parts],
        "withheld": one.why_not or None, "next": ahead,
    }


def _fact_content(fact: Fact) -> dict[str, Any]:
    return {
        "name": fact.name, "label": fact.label, "value": fact.value, "unit": fact.unit, "first": fact.first,
        "last": fact.last, "owner": fact.owner, "withheld": fact.reason or None,
        "counted_as": fact.counted_as or None, "points": fact.points, "weight": fact.weight,
    }


def _move_content(move: Move) -> dict[str, Any]:
    return {
        "name": move.name, "label": move.label, "unit": move.unit, "now": move.now, "needed": move.needed,
        "included": move.inside, "words": move.words,
    }


def _past_content(one: PastGrade) -> dict[str, Any]:
    return {
        "day": one.day, "scheme": one.scheme, "title": one.title, "version": one.version, "grade": one.code,
        "label": one.label, "features": dict(one.features),
    }


def _book_content(run: Run, filed: Filed | None) -> dict[str, Any]:
    counts = counts_of(run.shown, run.graded)
    schemes = []
    for scheme in run.shown:
        by_class = counts[scheme.code]
        classes = [{"grade": one.code, "label": one.label, "clients": by_class[one.code]} for one in scheme.classes]
        schemes.append({**_scheme_content(scheme), "classes": classes, "not_graded": by_class[""],
                        "missing": _missing(scheme, run.values)})  # fmt: skip
    return {
        "day": run.values.day, "clients": len(run.values), "schemes": schemes,
        "faults": [{"client": one.client_no, "feature": one.feature, "value": one.value, "reason": one.reason}
                   for one in run.values.faults],
        "filed": filed and {"run": filed.run_id, "new": filed.new, "written": filed.written, "digest": filed.digest},
    }  # fmt: skip


def _missing(scheme: Scheme, values: Values) -> list[str]:
    """Features of a scheme that nobody fills."""
    return [name for name in scheme.features if name not in values.columns]


# on a terminal


def print_book(run: Run, filed: Filed | None, console: Console) -> None:
    """Counts by scheme and class, what is withheld, what was filed."""
    if not len(run.values):
        console.print("账簿里还没有客户；请先用 heshi import 导入")
        return
    counts = counts_of(run.shown, run.graded)
    table = Table("方案", "名称", "各类客户数", NOT_GRADED, box=None, pad_edge=False)
    for scheme in run.shown:
        told = "  ".join(f"{one.label} {counts[scheme.code][one.code]:,}" for one in scheme.classes)
        mark = "" if scheme.confirmed else f"（{UNCONFIRMED}）"
        table.add_row(*map(Text, (scheme.code, scheme.title + mark, told, f"{counts[scheme.code]['']:,}")))
    console.print(table)
    missing = dict.fromkeys(name for scheme in run.shown for name in _missing(scheme, run.values))
    if missing:
        console.print(f"尚无数据来源的特征：{'、'.join(FEATURES[name].label for name in missing)}")
    for fault in run.values.faults[:FAULTS_SHOWN]:
        console.print(f"客户 {fault.client_no} 的{FEATURES[fault.feature].label} {fault.value:,.2f} {fault.reason}")
    if len(run.values.faults) > FAULTS_SHOWN:
        console.print(f"另有 {len(run.values.faults) - FAULTS_SHOWN:,} 处数值未采用，见 --json")
    console.print(Text(_filed_words(run, filed), style="bright_black"))


def _filed_words(run: Run, filed: Filed | None) -> str:
    head = f"{run.values.day}  {len(run.values):,} 个客户  {len(run.schemes)} 个方案"
    if filed is None:
        return f"{head}  未登记"
    if not filed.new:
        return f"{head}  与已登记的一致，未重复写入"
    return f"{head}  已登记，{filed.written:,} 个客户的等级有变化  {filed.digest[:19]}"


def print_client(explained: Sequence[Explanation], why: bool, console: Console) -> None:
    """One client: a line a scheme, or with `why` all that made it."""
    for one in explained:
        mark = "" if one.scheme.confirmed else f"（{UNCONFIRMED}）"
        label = one.grade.label if one.grade else NOT_GRADED
        style = "bold" if one.grade else "bright_black"
        console.print(Text.assemble(f"{one.scheme.title}{mark}  ", (label, style)))
        if why:
            _print_why(one, console)
    if explained:
        console.print(Text(f"客户 {explained[0].client_no}  {explained[0].day}  未登记", style="bright_black"))


def _print_why(one: Explanation, console: Console) -> None:
    if one.measured is not None and (one.scheme.kind == "points" or len(one.facts) > 1):
        console.print(f"  {'得分' if one.scheme.kind == 'points' else '合计'} {said(one.measured, Unit.SCORE.label)}")
    for fact in one.facts:
        console.print(Text(f"  {fact_words(fact)}"))
    for _, title, label in one.parts:
        console.print(Text(f"  {title}：{label}"))
    if one.why_not:
        console.print(Text(f"  不评：{one.why_not}"))
    if one.next:
        console.print(Text(f"  到“{one.next.to.label}”：{next_words(one)}", style="cyan"))
    where = f"{one.scheme.file}:{one.line}" if one.line else one.scheme.file
    console.print(Text(f"  {where}  {one.scheme.version[:19]}  {one.scheme.source}", style="bright_black"))
    if one.scheme.note:
        console.print(Text(f"  {one.scheme.note}", style="bright_black"))


def print_history(past: Sequence[PastGrade], console: Console) -> None:
    if not past:
        console.print("还没有登记过这个客户的等级")
    for one in past:
        console.print(f"{one.day}  {one.title}  {one.label}  {one.version[:19]}")
