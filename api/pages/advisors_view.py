"""Graded periods as their pages show them: the list, one run with its people, one card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from pydantic import BaseModel, Field

from advisors.matching import Proposal
from advisors.periods.appeals import AdvisorAppeals
from advisors.periods.machine import BY_ANOTHER, deeds
from advisors.periods.rules import last_appeal_day
from advisors.periods.service import PeriodDesk
from advisors.periods.types import Deed, Drilled, EvidenceKind, Line, PeriodRun, RunState
from advisors.rules_in_force import advisor_rules
from advisors.types import Scale, SourceKind, SourceRow
from api.pages.suitability_list import moment
from api.rendering import render
from clients.visibility import STAFF, subject_no
from diagnosis.wording import DASH, number
from kit.access import Actor, Reach, Scope, Verb
from kit.clock import day_of
from reports.grading.model import GradingReport
from reports.html import section_context
from reports.model import Section, Tone
from reports.scorecard.sections import CardTold
from reports.scorecard.service import ScoreCards
from reports.scorecard.wording import UNGRADED, known, title_of

LIST: Final = "/advisors"
TONES: Final = {
    RunState.PREVIEWED: Tone.PLAIN, RunState.SUBMITTED: Tone.WARN, RunState.APPROVED: Tone.WARN,
    RunState.PUBLISHED: Tone.PLAIN, RunState.CANCELLED: Tone.MUTED,
}  # fmt: skip
STEPS: Final = (RunState.PREVIEWED, RunState.SUBMITTED, RunState.APPROVED, RunState.PUBLISHED)
FILES: Final = (("PDF", "pdf"), ("Excel", "xlsx"), ("网页", "html"))
PAGE: Final = 100
MOST_ROWS: Final = 500
NEEDS: Final = {
    Deed.SUBMIT: Verb.ADVISOR_GRADE_RUN, Deed.APPROVE: Verb.ADVISOR_GRADE_APPROVE,
    Deed.RETURN: Verb.ADVISOR_GRADE_APPROVE, Deed.PUBLISH: Verb.ADVISOR_GRADE_RUN,
    Deed.CANCEL: Verb.ADVISOR_GRADE_RUN,
}  # fmt: skip
Longer = Annotated[str, Field(max_length=2_000)]
Short = Annotated[str, Field(max_length=64)]


class AppealFields(BaseModel):
    """An appeal as it is typed."""

    wanted: Short = ""
    point: Short = ""
    reason: Longer = ""
    kind: Short = EvidenceKind.RECORD.value
    reference: Short = ""
    text: Longer = ""


def run_path(number: str, place: str = "") -> str:
    return f"{LIST}/{number}" + (f"/{place}" if place else "")


def card_path(number: str, staff_no: str, place: str = "") -> str:
    return run_path(number, f"cards/{staff_no}") + (f"/{place}" if place else "")


def own_no(scope: Scope) -> str | None:
    """The reader's own staff number where the reach is the reader alone."""
    return subject_no(scope, STAFF) if scope.reach is Reach.OWN else None


def list_html(desk: PeriodDesk, scope: Scope, who: Actor, fault: str = "", typed: str = "") -> str:
    found = desk.list()
    return render(
        "pages/advisors.html", "advisors", reader=who, fault=fault, typed=typed,
        runs=[{"one": one, "tone": TONES[one.state], "ran": moment(one.ran_at), "href": run_path(one.number)}
              for one in found],
        last=_last_closed(scope), everybody=scope.reach is Reach.ALL,
    )  # fmt: skip


def _last_closed(scope: Scope) -> str:
    """The quarter before the one in which the day lies."""
    quarter = (scope.day.month - 1) // 3
    return f"{scope.day.year}Q{quarter}" if quarter else f"{scope.day.year - 1}Q4"


def run_html(
    desk: PeriodDesk, appeals: AdvisorAppeals, cards: ScoreCards, number_: str, scope: Scope, who: Actor, *,
    note: str | None = None, fault: str = "", level: str = "", branch: str = "", after: str = "",
) -> str:  # fmt: skip
    run = desk.get(number_)
    lines = desk.lines(run.number, after=after, limit=PAGE + 1, branch_no=branch, level=level)
    shown, report = lines[:PAGE], cards.team(run.number, branch)
    return render(
        "pages/advisor_run.html", "advisors", *([note] if note else []), reader=who, run=run, fault=fault,
        tone=TONES[run.state], steps=_steps(run), place=run_path(run.number), report=report, branch=branch,
        levels=_levels(run, desk.counts(run.number, branch), level, branch),
        branches=_branches(run, desk.branches(run.number), level, branch), lines=[_line(run, one) for one in shown],
        following=_part(run, level, branch, shown[-1].staff_no) if len(lines) > PAGE else None,
        previous=_part(run, level, branch) if after else None, offers=_offers(run, who), own=_own(run, who),
        appeals=appeals.list(run.number), when=moment, today=scope.day, files=FILES, title_of=title_of,
        sections=[one for one in report.sections if one.id != "people"], **_live(report),
    )  # fmt: skip


def _part(run: PeriodRun, level: str, branch: str, after: str = "") -> str:
    """The address of some people of a run."""
    told = urlencode({name: one for name, one in (("branch", branch), ("level", level), ("after", after)) if one})
    return run_path(run.number) + (f"?{told}" if told else "")


def card_html(
    told: CardTold, report: GradingReport, appeals: AdvisorAppeals, scope: Scope, who: Actor, *,
    note: str | None = None, fault: str = "", fields: AppealFields | None = None,
) -> str:  # fmt: skip
    card, run = told.card, told.run
    mine = who.subject == f"{STAFF}:{card.staff_no}" and who.may(Verb.ADVISOR_GRADE_APPEAL)
    own = appeals.list(run.number, card.staff_no)
    until = last_appeal_day(day_of(run.published_at)) if run.published_at else None
    open_ = mine and until is not None and scope.day <= until and all(one.decided_by for one in own)
    return render(
        "pages/advisor_card.html", "advisors", *([note] if note else []), reader=who, told=told, card=card, run=run,
        report=report, fault=fault, place=card_path(run.number, card.staff_no), files=FILES, appeals=own,
        run_href=run_path(run.number), everybody=scope.reach is not Reach.OWN, when=moment, until=until, open=open_,
        fields=fields or AppealFields(), levels=advisor_rules(card.period.last).levels[card.scale],
        kinds=list(EvidenceKind), title_of=title_of, sections=report.sections,
        points=[(one.value.id, title_of(one.value.id), one.value.rows) for part in card.components
                for one in part.indicators if one.value.value is not None],
        deductions=[(one.code, one.title) for one in card.deductions], **_live(report),
    )  # fmt: skip


def _live(report: GradingReport) -> dict[str, Any]:
    """What the charts of all sections need to be drawn in the page."""
    whole = Section(0, "all", "", "", tuple(block for one in report.sections for block in one.blocks))
    return {name: value for name, value in section_context(whole).items() if name != "section"}


def _steps(run: PeriodRun) -> list[dict[str, Any]]:
    at = STEPS.index(run.state) if run.state in STEPS else -1
    return [{"label": one.label, "done": i < at, "here": i == at} for i, one in enumerate(STEPS)]


def _own(run: PeriodRun, who: Actor) -> bool:
    return who.user_id in {run.ran_by_id, run.submitted_by_id}


def _offers(run: PeriodRun, who: Actor) -> frozenset[str]:
    """Deeds that this reader may do now."""
    return frozenset(
        deed.value for deed in deeds(run.state)
        if who.may(NEEDS[deed]) and not (deed in BY_ANOTHER and _own(run, who))
    )  # fmt: skip


def _levels(run: PeriodRun, counts: dict[str | None, int], level: str, branch: str) -> list[dict[str, Any]]:
    every: list[dict[str, Any]] = [
        {"label": "全部", "href": _part(run, "", branch), "active": not level, "count": sum(counts.values())}
    ]
    for code in sorted((one for one in counts if one), reverse=True):
        every.append(
            {"label": code, "href": _part(run, code, branch), "active": level == code, "count": counts[code]}
        )
    return every


def _branches(
    run: PeriodRun, branches: Sequence[tuple[str, str, int]], level: str, branch: str
) -> list[dict[str, Any]]:
    """None where there is one branch alone to see."""
    if len(branches) < 2:
        return []
    every = [("", "全部", sum(count for *_, count in branches)), *branches]
    return [
        {"label": name, "href": _part(run, level, number), "active": branch == number, "count": count}
        for number, name, count in every
    ]


def _line(run: PeriodRun, one: Line) -> dict[str, Any]:
    moved = one.level != one.graded and one.level is not None
    return {
        "href": card_path(run.number, one.staff_no), "staff_no": one.staff_no, "name": one.name, "branch": one.branch,
        "scale": Scale(one.scale).label, "group": one.group,
        "score": DASH if one.score is None else number(one.score), "before": one.before or DASH,
        "level": one.level or UNGRADED, "was": one.graded if moved else None,
    }  # fmt: skip


def rows_html(line: Line, run: str, drilled: Drilled) -> str:
    rows = [
        {"cells": [
            {"text": one.kind.label}, {"text": one.key, "href": _record(one)}, {"text": one.client_no or DASH},
            {"text": str(one.day or DASH)}, {"text": number(one.counted)}, {"text": number(one.of)},
            {"text": one.note, "tone": Tone.WARN if one.note else Tone.PLAIN},
        ]}
        for one in drilled.rows[:MOST_ROWS]
    ]  # fmt: skip
    sums = f"{len(drilled.rows):,} 行，分子合计 {number(drilled.counted)}，分母合计 {number(drilled.of)}"
    return render(
        "pages/advisor_rows.html", "advisors", title=title_of(drilled.indicator), meaning=known(drilled.indicator),
        line=line, back=card_path(run, line.staff_no), sums=sums, agrees=drilled.agrees, rows=rows,
        more=max(len(drilled.rows) - MOST_ROWS, 0),
        columns=[{"title": one} for one in ("种类", "记录", "客户", "日期")]
        + [{"title": one, "align": "right"} for one in ("计入分子", "计入分母")] + [{"title": "剔除的原因"}],
    )  # fmt: skip


def _record(one: SourceRow) -> str | None:
    """Where the record can be opened."""
    places = {SourceKind.COMPLAINT: "/complaints/{}", SourceKind.MISMATCH: "/suitability/cases/{}",
              SourceKind.DECISION: "/suitability/decisions/{}", SourceKind.TASK: "/tasks/{}"}  # fmt: skip
    return places[one.kind].format(quote(one.key, safe="")) if one.kind in places else None


def moves_html(found: Proposal, scope: Scope) -> str:
    rows = [
        {"cells": [{"text": one.client_no}, {"text": one.from_no or DASH}, {"text": one.to_no},
                   {"text": number(one.gain), "align": "right"}, {"text": "；".join(one.why)}]}
        for one in found.moves[:MOST_ROWS]
    ]  # fmt: skip
    columns = [{"title": "客户"}, {"title": "现由"}, {"title": "建议由"}, {"title": "合适程度增加", "align": "right"},
               {"title": "理由"}]  # fmt: skip
    return render(
        "pages/advisor_moves.html", "advisors", rows=rows, columns=columns, day=scope.day, found=found,
        more=max(len(found.moves) - MOST_ROWS, 0), before=number(found.before), after=number(found.after),
    )  # fmt: skip
