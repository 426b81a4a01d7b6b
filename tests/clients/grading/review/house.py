"""A small house with a graded book for tests of reviews: three people, six clients, the engine's real schemes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np

from clients.grading.engine import grade_all
from clients.grading.features import values_of
from clients.grading.loading import schemes_on
from clients.grading.review.appeals import AppealDesk
from clients.grading.review.service import ReviewDesk
from clients.grading.service import GradeBook
from clients.staff.filing import Stamp
from kit.access import Actor, Role, everything
from tests.clients.people import People, book

SPRING = date(2026, 3, 26)
CLIENTS = ("C0", "C1", "C2", "C3", "C4", "C5")
COMMISSION = (50_000.0, 20_000.0, 5_000.0, 50.0, 0.0, 0.0)


def by(name, day=SPRING, role=Role.COMPLIANCE):
    return Stamp(Actor(f"u-{name}", name, role), datetime(day.year, day.month, day.day, 2, tzinfo=UTC))


OPENER, CHAIR, BOSS, SECTION = by("甲"), by("乙"), by("丙"), by("丁", role=Role.SUPERVISOR)


def features(commission=COMMISSION):
    n = len(commission)
    paid = np.array(commission)
    return {
        "commission_year": paid, "commission_share_year": np.floor(paid / max(paid.sum(), 1) * 1e6),
        "tenure_days": np.full(n, 2_000.0), "inactive_days": np.where(paid > 0, 5.0, 400.0),
        "assets_growth_year": np.full(n, -0.1), "margin_account": np.zeros(n), "purchases_year": paid * 100,
        "assets_quarter": paid * 50,
    }  # fmt: skip


class House:
    """People, clients and the desks over one session."""

    def __init__(self, session):
        self.session = session
        self.people = People(session)
        for number, branch_no in (("S1", "B1"), ("S2", "B2")):
            self.people.person(number, branch_no)
        for place, number in enumerate(CLIENTS):
            self.people.client(number)
            self.people.serves("S1" if place < 3 else "S2", number)
        self.ids = np.array(list(self.people.clients.values()))
        self.desk = ReviewDesk(session, everything(SPRING))
        self.appeals = AppealDesk(session, everything(SPRING))

    def grade(self, day=SPRING, commission=COMMISSION):
        schemes = schemes_on(day)
        told = values_of(day, CLIENTS, features(commission))
        GradeBook(self.session, everything(day)).file(
            schemes, told, grade_all(schemes, told), self.ids, replace(OPENER, at=by("甲", day).at)
        )

    def opened(self):
        self.grade()
        return self.desk.open_annual(2026, SPRING, OPENER)

    def at_meeting(self):
        review = self.opened()
        return self.desk.convene(review.number, expected_version=review.version, stamp=CHAIR)

    def planned(self):
        """A review of which every A client has a plan."""
        review = self.at_meeting()
        for line in self.desk.summary(review.number).plan:
            self.edit(review.number, line.client_no, plan="专属客户经理，每月回访")
        return review

    def submitted(self):
        review = self.planned()
        return self.desk.submit(review.number, expected_version=review.version, stamp=CHAIR)

    def approved(self, since=date(2026, 4, 1)):
        review = self.submitted()
        return self.desk.approve(review.number, effective_from=since, expected_version=review.version, stamp=BOSS)

    def edit(self, number, client_no, stamp=SECTION, desk=None, **fields):
        from clients.grading.review.types import Edit

        desk = desk or self.desk
        version = desk.line(number, client_no).version
        return desk.change(number, Edit(client_no=client_no, expected_version=version, **fields), stamp)

    def of_person(self, staff_no):
        return ReviewDesk(self.session, book(staff_no, SPRING))
