"""半年的数 from what is on file: every room asked for its part."""

from __future__ import annotations

from collections import Counter

import numpy as np
from sqlmodel import Session

from clients.repository import ClientRepository
from clients.staff.repository import StaffRepository
from clients.staff.rules import allowed
from clients.staff.types import Act, Post
from kit.access import everything
from suitability.assessment.service import assessment_columns
from suitability.category.service import category_columns
from suitability.category.standing import CATEGORIES
from suitability.changes.impact import CLASSES, classes_of
from suitability.changes.in_force import rules_of
from suitability.changes.repository import ChangeRepository
from suitability.levels import ProductLevel
from suitability.rating.service import RatingService
from suitability.sampling.service import SamplingService
from suitability.tally import Calling, Counts, People, Period, Rating, Tally
from suitability.tally_repository import TallyRepository


def tally(session: Session, period: Period) -> Tally:
    """Everything that a self-inspection counts. Standing figures are of the period's last day."""
    counts = TallyRepository(session, period)
    with rules_of(session, period.last):
        people, rating = _people(session, period), _rating(session, period, counts)
    return Tally(
        period=period, people=people, assessing=counts.assessing(), categories=counts.categories(),
        permissions=counts.permissions(), rating=rating, deciding=counts.deciding(), cases=counts.cases(),
        calling=_calling(session, period), changes=_changes(session, period), staff=_staff(session, period),
    )  # fmt: skip


def _people(session: Session, period: Period) -> People:
    day = period.last
    clients = len(ClientRepository(session, everything(day)).clients())
    assessed, categories = assessment_columns(session, day), category_columns(session, day)
    kinds = Counter(CATEGORIES[code].value for code in categories.category.tolist() if code)
    professional = categories.client_id[categories.category > 0]
    ordinary = ~np.isin(assessed.client_id, professional)
    found = classes_of({"client_rank": assessed.level, "lowest": assessed.lowest})[ordinary]
    by_class = dict(zip(CLASSES, np.bincount(found, minlength=len(CLASSES)).tolist(), strict=True))
    by_class["NONE"] = clients - len(professional) - sum(count for name, count in by_class.items() if name != "NONE")
    expired = int((assessed.expired(day.toordinal()) & ordinary).sum())
    return People(clients=clients, by_class=by_class, professional=dict(sorted(kinds.items())), expired=expired)


def _rating(session: Session, period: Period, counts: TallyRepository) -> Rating:
    ratings = RatingService(session)
    columns = ratings.product_columns(period.last)
    own = np.array([version is not None and "@" not in version for version in columns.versions], dtype=np.bool_)
    spread = np.bincount(columns.rank[own], minlength=len(ProductLevel) + 1).tolist()
    filed, by_hand = counts.ratings()
    return Rating(
        rated=int(own.sum()), by_level={level.value: spread[level.rank] for level in ProductLevel}, filed=filed,
        overridden=by_hand, review_due=len(ratings.review_due(period.last)),
    )  # fmt: skip


def _calling(session: Session, period: Period) -> Calling:
    year, desk = period.last.year, SamplingService(session)
    so_far = desk.quota(year, last=period.last)
    results = desk.results(year, period.first, period.last)
    outcomes = Counter(one.outcome.value for one in results)
    return Calling(
        year=year, frame=so_far.frame_size, needed=so_far.needed, sampled=so_far.sampled, done=so_far.done,
        in_period=dict(sorted(outcomes.items())),
        problems=tuple((one.called_on.isoformat(), one.problem) for one in results if one.problem),
    )  # fmt: skip


def _changes(session: Session, period: Period) -> tuple[dict[str, object], ...]:
    """Changes that came into force in the period, oldest first."""
    found = [
        {
            "id": one.id, "kind": one.kind.value, "target": one.target, "title": one.title,
            "from": one.effective_from.isoformat(), "drafted_by": one.drafted_by,
            "decided_by": one.verdict.decided_by, "rollback": one.rollback_of is not None,
        }
        for one in ChangeRepository(session).changes()
        if one.verdict is not None and one.verdict.approved and period.first <= one.effective_from <= period.last
    ]
    return tuple(sorted(found, key=lambda one: (str(one["from"]), int(str(one["id"])))))


def _staff(session: Session, period: Period) -> Counts:
    read = StaffRepository(session, everything(period.last))
    posts: Counter[str] = Counter()
    for (_, post), number in read.headcount().items():
        posts[post.value] += number
    advisors = [one.staff_no for one in read.staff(limit=1_000_000, post=Post.ADVISOR)]
    held = read.held_by(advisors)
    unregistered = sum(Act.ADVISE not in allowed(held[one], period.last) for one in advisors)
    return {"BRANCHES": len(read.branches()), **dict(sorted(posts.items())), "UNREGISTERED": unregistered}
