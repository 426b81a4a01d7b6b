"""The desk of the effect: what is registered, who takes part, the look on the review day, and what should change.

Before its review day a version shows who takes part and nothing of the difference. The look is filed once; one that
lacked something is repeated after the days that EFFECT-REVIEW gives. The commit belongs to the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlmodel import Session

from clients.staff.filing import Stamp, file_change
from kit.digest import digest
from kit.problems import NotFound
from mot.effect.analysis import conclude, counted, ended, planned_smallest, sample_of, waiting
from mot.effect.content import finding_content, finding_from
from mot.effect.reading import OutcomeReader
from mot.effect.repository import EffectRepository, Taken
from mot.effect.reviewing import Advice, Fact, advice, facts_of, feedback_shares
from mot.effect.rules import value_of
from mot.effect.tables import FindingRow
from mot.effect.types import Finding, Lack, Plan, Registered, Sample
from mot.matching.gate import gate_sentence
from mot.matching.holdout import GLOBAL
from mot.scenario.desk import ScenarioDesk
from mot.scenario.repository import ScenarioRepository
from mot.scenario.status import ScenarioStatus

MOST_REASONS: Final = 10
BLOCKING: Final = frozenset((Lack.NO_HOLDOUT, Lack.NO_SOURCE, Lack.REGISTERED_LATE, Lack.MIXED, Lack.RATIO))
"""What no further client mends: the outcome is not read at all."""


class NotRegistered(NotFound):
    """没有登记指标的场景版本"""

    title = "Scenario version not registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One registered version as it stands on a day. filed: the finding is that of a review day, on file.

    smallest: before the look, the smallest difference of shares that the sample would show.
    """

    registered: Registered
    status: ScenarioStatus
    finding: Finding
    filed: bool
    smallest: float | None

    @property
    def due(self) -> bool:
        return self.finding.day >= self.registered.plan.review_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """第七步: everything that who decides on the next version wants to see."""

    view: View
    day: date
    outcomes: Mapping[str, int]
    facts: Mapping[str, Fact]
    feedback: tuple[tuple[str, int, float], ...]
    skipped: tuple[tuple[str, int], ...]
    held_by: tuple[tuple[str, str, int], ...]  # rule, what it says, how many
    improve: str  # what the scenario's author wrote to look at
    advice: tuple[Advice, ...]


class EffectDesk:
    """Effects over one session: figures over all clients, for whoever may see them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read = EffectRepository(session)
        self._scenarios = ScenarioRepository(session)

    def list(self, day: date) -> tuple[View, ...]:
        """Every registered version, those in force first, by review day; those with most clients first."""
        filed, taken = self._read.findings(), self._read.samples(day)
        status = self._scenarios.statuses()
        found = [
            self._view(one, filed.get(one.id), day, status, taken.get(one.plan.scenario_digest, Taken()))
            for one in self._read.measures()
        ]
        return tuple(sorted(found, key=lambda one: (
            one.status is not ScenarioStatus.APPROVED, one.registered.plan.review_on,
            -sum(one.finding.sample.enrolled.values()), one.registered.plan.scenario_id,
        )))  # fmt: skip

    def programme(self, day: date) -> tuple[View, ...]:
        """All scenarios together, against clients whom none of them speaks to: by metric, the newest plan first."""
        filed = self._read.findings()
        found = sorted(self._read.measures(GLOBAL), key=lambda one: one.plan.metric)
        return tuple(self._view(one, filed.get(one.id), day) for one in found)

    def programme_reviews(self, day: date) -> tuple[Review, ...]:
        """The same with everything that a review looks at."""
        return tuple(self._review(one, day) for one in self.programme(day))

    def review(self, scenario_id: str, digest_part: str, day: date) -> Review:
        """One version; digest_part: the first digits of its hash, "" the newest. Raises NotRegistered."""
        wanted = digest_part if digest_part.startswith("sha256:") else f"sha256:{digest_part}"
        known = [one for one in self._read.measures(scenario_id) if one.plan.scenario_digest.startswith(wanted)]
        if not known or (digest_part and len(known) > 1):
            which = f"的版本 {digest_part}" if digest_part else ""
            raise NotRegistered(f"场景 {scenario_id!r} {which}还没有登记指标；生效后第一次判断事件时登记")
        return self._review(self._view(known[0], self._read.findings().get(known[0].id), day), day)

    def reviews(self, day: date) -> tuple[Review, ...]:
        """Those whose review day has come, all scenarios together first."""
        found = (*self.programme(day), *self.list(day))
        return tuple(self._review(one, day) for one in found if day >= one.registered.plan.review_on)

    def look_due(self, day: date, stamp: Stamp, *, dry: bool = False) -> int:
        """File the finding of each version whose review day has come and that has no conclusion; how many."""
        again = timedelta(days=int(value_of("EFFECT-REVIEW", day)["again_days"]))
        filed, looked = self._read.findings(), 0
        for one in (*self._read.measures(GLOBAL), *self._read.measures()):
            last = filed.get(one.id)
            if day < one.plan.review_on or (last is not None and (last.concluded or day < last.day + again)):
                continue
            looked += 1
            if not dry:
                self._file(one, self.look(one, day), day, stamp)
        return looked

    def look(self, one: Registered, day: date) -> Finding:
        """The finding on the day, read from what is on file; nothing is filed."""
        enrolled, mixed = self._read.enrolled(one, day)
        sample = sample_of(one.plan, enrolled, mixed, day)
        missing = waiting(one.plan, sample, day, registered_late=one.late)
        if missing:
            return Finding(day=day, sample=sample, difference=None, treated=None, missing=missing)
        over = ended(one.plan, enrolled, day)
        return conclude(one.plan, over, OutcomeReader(self._session, day).read(one.plan, over), sample, day)

    # within

    def _view(
        self, one: Registered, row: FindingRow | None, day: date,
        statuses: Mapping[tuple[str, str], ScenarioStatus] | None = None, taken: Taken | None = None,
    ) -> View:  # fmt: skip
        """statuses, taken: where they were read for many at once."""
        status = self._status(one.plan, statuses)
        if row is not None and row.day <= day:
            return View(registered=one, status=status, finding=finding_from(row.content), filed=True, smallest=None)
        sample = self._sample(one, day) if taken is None else counted(one.plan, taken.enrolled, taken.mixed, day)
        missing = waiting(one.plan, sample, day, registered_late=one.late)
        finding = Finding(day=day, sample=sample, difference=None, treated=None, missing=missing)
        return View(
            registered=one, status=status, finding=finding, filed=False, smallest=planned_smallest(one.plan, sample)
        )

    def _sample(self, one: Registered, day: date) -> Sample:
        return sample_of(one.plan, *self._read.enrolled(one, day), day)

    def _status(self, plan: Plan, statuses: Mapping[tuple[str, str], ScenarioStatus] | None) -> ScenarioStatus:
        """Of the version; the programme as a whole is always in force."""
        if plan.programme:
            return ScenarioStatus.APPROVED
        known = self._scenarios.statuses(plan.scenario_id) if statuses is None else statuses
        return known.get((plan.scenario_id, plan.scenario_digest), ScenarioStatus.RETIRED)

    def _review(self, view: View, day: date) -> Review:
        plan = view.registered.plan
        tasks, outcomes = self._read.tasks(plan, day), self._read.outcomes(plan, day)
        facts = facts_of(plan, tasks, outcomes, view.finding)
        scenario = ScenarioDesk(self._session).contents((plan.scenario_digest,)).get(plan.scenario_digest)
        labels = {} if scenario is None else {one.code: one.label for one in scenario.feedback.options}
        return Review(
            view=view, day=day, outcomes=outcomes, facts=facts, feedback=feedback_shares(tasks, labels),
            skipped=tuple(self._read.skip_reasons(plan, day, MOST_REASONS)),
            held_by=tuple((rule, gate_sentence(rule, day), n) for rule, n in self._read.held_by(plan, day).items()),
            improve="" if scenario is None else scenario.review.improve,
            advice=advice(facts, value_of("EFFECT-ADVICE", day)) if day >= plan.review_on else (),
        )  # fmt: skip

    def _file(self, one: Registered, found: Finding, day: date, stamp: Stamp) -> None:
        content = finding_content(found)
        concluded = found.difference is not None or any(it.lack in BLOCKING for it in found.missing)
        self._read.add_finding(FindingRow(
            measure_id=one.id, day=day, concluded=concluded, content=content, filed_at=stamp.at, digest=digest(content),
        ))  # fmt: skip
        detail: dict[str, Any] = {"scenario": one.plan.scenario_id, "concluded": concluded}
        file_change(
            self._session, stamp, "mot.review", "mot_measure", str(one.id), digest=digest(content),
            missing=[it.lack.value for it in found.missing], **detail,
        )  # fmt: skip
