"""The desk of graded periods: run, submit, approve, publish. The steps are `machine`'s; every step is on the trail.

The commit is the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import fsum
from typing import Any, Final

from sqlmodel import Session

from advisors.drill import rows_of
from advisors.grading import grade
from advisors.periods.filing import card_of, card_row, digest_of, graded_level, line_of, run_of, step_of, told
from advisors.periods.machine import OVER, after, another
from advisors.periods.problems import DigestDiffers, NobodyGraded, NoSuchCard, NoSuchPoint, NoSuchRun, PeriodPublished
from advisors.periods.repository import PeriodRepository
from advisors.periods.rules import fewest_peers
from advisors.periods.tables import AdvisorLevelRow, PeriodRunRow
from advisors.periods.types import Deed, Drilled, LevelStep, Line, PeriodRun, RunState, Standing
from advisors.ports import Effects
from advisors.reading import read_facts
from advisors.rules_in_force import advisor_rules
from advisors.types import Period, PeriodNotClosed, ScoreCard, period_of
from clients.grading.review.filing import plain
from clients.grading.review.problems import ReviewRefused, WrongStep
from clients.staff.filing import Stamp, changed, file_change, held
from clients.staff.service import StaffService
from clients.visibility import STAFF
from kit.access import Reach, Scope, everything
from kit.clock import day_of
from kit.db import one_at_a_time

RECORD: Final = "advisor_run"


class PeriodDesk:
    """Graded periods within a scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._rows = PeriodRepository(session, scope)

    # reading

    def list(self, period: str | None = None) -> tuple[PeriodRun, ...]:
        """The newest first; who does not see everybody is told of what is published."""
        return tuple(run_of(row) for row in self._rows.runs(period))

    def get(self, number: str) -> PeriodRun:
        """A run by its number, or the newest of a period by the period's code. Raises NoSuchRun."""
        return run_of(self._row(number))

    def published(self) -> PeriodRun | None:
        """The latest period that is published."""
        row = self._rows.published()
        return None if row is None else run_of(row)

    def lines(
        self, number: str, *, after: str = "", limit: int | None = None, branch_no: str = "", level: str = ""
    ) -> tuple[Line, ...]:
        """People of a run by number, within the scope. level: as the run gave it. Raises NoSuchRun."""
        rows = self._rows.cards(self.get(number).id, after=after, limit=limit, branch_no=branch_no, level=level)
        levels = self._rows.levels(row.id for row in rows if row.id is not None)
        return tuple(line_of(row, levels.get(row.id or 0)) for row in rows)

    def line(self, number: str, staff_no: str) -> Line:
        """Raises NoSuchRun, NoSuchCard."""
        row = self._rows.card(self.get(number).id, staff_no)
        if row is None:
            raise NoSuchCard(f"考评 {number} 里没有 {staff_no}，或不在您的范围内")
        return line_of(row, self._rows.levels([row.id or 0]).get(row.id or 0))

    def branches(self, number: str) -> tuple[tuple[str, str, int], ...]:
        """Number, name and people of each branch of a run, within the scope. Raises NoSuchRun."""
        return tuple(self._rows.branches(self.get(number).id))

    def counts(self, number: str, branch_no: str = "") -> dict[str | None, int]:
        """People by the level that the run gave, of a branch where one is named; None: not graded."""
        return self._rows.counts(self.get(number).id, branch_no)

    def standing(self, number: str, staff_no: str) -> Standing | None:
        """How a person stands among the peers. None where the group is too small for that. Raises NoSuchCard."""
        line = self.line(number, staff_no)
        run = self.get(number)
        rows = [row for row in self._rows.peers(run.id, line.group) if row.staff_no != staff_no]
        scores = sorted(row.score for row in rows if row.score is not None)
        if line.score is None or len(scores) < fewest_peers(run.last):
            return None
        found: dict[str, list[float]] = {}
        for row in rows:
            for part in row.card["components"]:
                if part["points"] is not None:
                    found.setdefault(part["component"], []).append(part["points"])
        return Standing(
            len(scores), _quartiles(scores), sum(one < line.score for one in scores) / len(scores),
            {name: sum(each) / len(each) for name, each in found.items()},
        )  # fmt: skip

    def drilled(self, number: str, staff_no: str, indicator: str) -> Drilled:
        """The rows that made a figure of a card. Raises NoSuchRun, NoSuchCard, NoSuchPoint."""
        card = card_of(self.line(number, staff_no).card)
        alone = Scope(Reach.OWN, f"{STAFF}:{staff_no}", self._scope.day)
        try:
            rows = rows_of(
                read_facts(self._session, alone, card.period), advisor_rules(card.period.last), staff_no, indicator
            )
        except KeyError:
            raise NoSuchPoint(f"没有指标 {indicator}；评分卡列出全部指标") from None
        found = card.indicator(indicator)
        filed = (found.value.numerator, found.value.denominator) if found else (None, None)
        return Drilled(indicator, rows, fsum(one.counted for one in rows), fsum(one.of for one in rows), filed)

    def history(self, staff_no: str) -> tuple[LevelStep, ...]:
        """Levels of a person as published and corrected, the newest first."""
        return tuple(step_of(row, run) for row, run in self._rows.history(staff_no))

    # running

    def graded(self, period: Period, effects: Effects | None = None) -> tuple[ScoreCard, ...]:
        """Cards of everybody from the records, filed nowhere. effects: mot's, where it is at hand.

        Raises PeriodNotClosed.
        """
        _closed(period, self._scope.day)
        facts = read_facts(self._session, everything(self._scope.day), period, effects)
        return grade(facts, advisor_rules(period.last))

    def run(self, period: Period, cards: Sequence[ScoreCard], stamp: Stamp) -> PeriodRun:
        """File what grading gave as a preview. The same result again files nothing.

        Raises PeriodNotClosed, NobodyGraded, PeriodPublished; WrongStep while another result waits for approval.
        """
        _closed(period, day_of(stamp.at))
        if not cards:
            raise NobodyGraded(f"{period.title}没有可考评的客户经理或投资顾问；请先登记人员、任职与服务关系")
        one_at_a_time(self._session, RECORD)
        earlier = self._rows.runs(period.code)
        sealed = digest_of({one.staff_no: told(one) for one in cards})
        for row in earlier:
            if row.state == RunState.PUBLISHED.value:
                raise PeriodPublished(f"{period.title}已发布（{row.number}）；有误的等级请由本人申诉更正")
            if row.digest == sealed and RunState(row.state) not in OVER:
                return run_of(row)
            if row.state in (RunState.SUBMITTED.value, RunState.APPROVED.value):
                state = RunState(row.state).label
                raise WrongStep(f"{row.number} 现为“{state}”，而重新试算的结果不同；请先退回或撤销它")
        made = PeriodRunRow(
            number=f"{period.code}-{len(earlier) + 1}", period=period.code, first=period.first, last=period.last,
            state=RunState.PREVIEWED.value, digest=sealed, rules=cards[0].rules_version, people=len(cards),
            withheld=sum(graded_level(one) is None for one in cards), ran_by_id=stamp.actor.user_id,
            ran_by=stamp.actor.name, ran_at=stamp.at,
        )  # fmt: skip
        for row in earlier:
            if RunState(row.state) not in OVER:
                self._step(row, Deed.CANCEL, stamp, decided_reason=f"由 {made.number} 取代")
        run_id = self._rows.add(made)
        self._rows.add_cards([card_row(run_id, one) for one in sorted(cards, key=lambda one: one.staff_no)])
        self._file(stamp, "run", made, period=period.code, people=made.people, rules=made.rules)
        return run_of(made)

    def submit(self, number: str, *, expected_version: int, stamp: Stamp) -> PeriodRun:
        """Ask for approval. Raises NoSuchRun, ChangedMeanwhile, WrongStep."""
        row = self._held(number, expected_version)
        return self._step(row, Deed.SUBMIT, stamp, submitted_by_id=stamp.actor.user_id, submitted_by=stamp.actor.name,
                          submitted_at=stamp.at)  # fmt: skip

    def approve(self, number: str, *, digest: str, expected_version: int, stamp: Stamp, reason: str = "") -> PeriodRun:
        """Approve what was seen. Raises SamePerson for who ran or submitted it; DigestDiffers, WrongStep."""
        row = self._held(number, expected_version)
        after(RunState(row.state), Deed.APPROVE, row.number)
        self._another(row, Deed.APPROVE, stamp)
        self._same(row, digest)
        return self._step(row, Deed.APPROVE, stamp, **_decided(stamp, plain(reason, "批准意见", needed=False)))

    def send_back(self, number: str, *, reason: str, expected_version: int, stamp: Stamp) -> PeriodRun:
        """Send it back with the reason. Raises SamePerson, WrongStep, ReviewRefused."""
        row = self._held(number, expected_version)
        after(RunState(row.state), Deed.RETURN, row.number)
        self._another(row, Deed.RETURN, stamp)
        return self._step(row, Deed.RETURN, stamp, **_decided(stamp, plain(reason, "退回的理由")))

    def cancel(self, number: str, *, reason: str, expected_version: int, stamp: Stamp) -> PeriodRun:
        """Withdraw a run that is not published; it stays on file. Raises WrongStep, ReviewRefused."""
        row = self._held(number, expected_version)
        return self._step(row, Deed.CANCEL, stamp, **_decided(stamp, plain(reason, "撤销的理由")))

    def publish(self, number: str, *, effective_from: date, expected_version: int, stamp: Stamp) -> PeriodRun:
        """Make the approved levels facts of `clients` from a day on. Who was not graded keeps the level before.

        Raises WrongStep, also where a later period is published already; DigestDiffers where a card is not what was
        approved; ReviewRefused for a day before today.
        """
        row = self._held(number, expected_version)
        after(RunState(row.state), Deed.PUBLISH, row.number)
        later = self._rows.published()
        if later is not None and later.last > row.last:
            raise WrongStep(f"更晚的考评 {later.number} 已发布；{row.number} 的等级会盖过它，不能再发布，可撤销")
        if effective_from < day_of(stamp.at):
            raise ReviewRefused(f"生效日 {effective_from} 早于发布的日子 {day_of(stamp.at)}；等级不能追溯生效")
        self._same(row, row.digest)
        staff = StaffService(self._session, everything(effective_from))
        for card in self._rows.whole(row.id or 0):
            if card.level is None:
                continue
            basis = f"考评 {row.number}"
            self._rows.add(AdvisorLevelRow(
                card_id=card.id or 0, level=card.level, valid_from=effective_from, reason=basis,
                set_by=stamp.actor.name, set_at=stamp.at,
            ))  # fmt: skip
            staff.publish_level(card.staff_no, card.level, valid_from=effective_from, basis=basis, stamp=stamp)
        return self._step(row, Deed.PUBLISH, stamp, published_by=stamp.actor.name, published_at=stamp.at,
                          effective_from=effective_from)  # fmt: skip

    # inside

    def _row(self, number: str) -> PeriodRunRow:
        found = self._rows.named(number)
        if found is None:
            which = "" if self._scope.reach is Reach.ALL else "已发布的"
            raise NoSuchRun(f"没有{which}考评 {number}；heshi advisors list 列出全部")
        return found

    def _held(self, number: str, expected_version: int) -> PeriodRunRow:
        row = self._row(number)
        return held(self._session, PeriodRunRow, row.id, expected_version, f"考评 {row.number}")

    def _another(self, row: PeriodRunRow, deed: Deed, stamp: Stamp) -> None:
        another(stamp.actor.user_id, deed, {row.ran_by_id, row.submitted_by_id})

    def _same(self, row: PeriodRunRow, seen: str) -> None:
        """The cards on file are those that were seen. Raises DigestDiffers."""
        if seen != row.digest:
            raise DigestDiffers(
                f"您看到的是 {seen[:19]}，考评 {row.number} 的摘要是 {row.digest[:19]}；请重新查看后再办理"
            )
        if digest_of({one.staff_no: one.card for one in self._rows.whole(row.id or 0)}) != row.digest:
            raise DigestDiffers(f"考评 {row.number} 的评分卡与试算时登记的摘要不符，不能批准或发布；请重新试算")

    def _step(self, row: PeriodRunRow, deed: Deed, stamp: Stamp, **values: Any) -> PeriodRun:
        state = after(RunState(row.state), deed, row.number)
        moved = changed(row, {**values, "state": state.value})
        self._file(stamp, deed.value.lower(), row, changes={name: [str(a), str(b)] for name, (a, b) in moved.items()})
        return run_of(row)

    def _file(self, stamp: Stamp, action: str, row: PeriodRunRow, **detail: Any) -> None:
        file_change(
            self._session, stamp, f"advisor.run.{action}", RECORD, row.number, version=row.version,
            digest=row.digest, **detail,
        )  # fmt: skip


def _closed(period: Period, day: date) -> None:
    if not period.closed(day):
        raise PeriodNotClosed(f"{period.title}（{period.first} 至 {period.last}）还没有结束，结束后才能考评")


def period_named(number: str) -> Period:
    """The period of a run's number or a period's code. Raises NoSuchPeriod."""
    return period_of(number.partition("-")[0])


def _decided(stamp: Stamp, reason: str) -> dict[str, Any]:
    return {
        "decided_by_id": stamp.actor.user_id, "decided_by": stamp.actor.name, "decided_at": stamp.at,
        "decided_reason": reason,
    }  # fmt: skip


def _quartiles(scores: Sequence[float]) -> tuple[float, float, float, float, float]:
    """Lowest, quartiles, highest of ascending scores, between two of them on the line."""

    def at(share: float) -> float:
        place = share * (len(scores) - 1)
        low = int(place)
        high = min(low + 1, len(scores) - 1)
        return scores[low] + (scores[high] - scores[low]) * (place - low)

    return at(0), at(0.25), at(0.5), at(0.75), at(1)
