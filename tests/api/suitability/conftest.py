"""A house with published questionnaires and rated products, asked by token as whoever a test names; its clock moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from api.app import create_app
from clients.tables import ClientRow
from kit.access import Role
from kit.db import engine, transaction
from kit.identity.tables import UserRow
from kit.identity.types import Door
from kit.trail.tables import TrailRow
from market.products.tables import ProductRow
from market.products.types import FACTORS
from suitability.questionnaire.service import QuestionnaireService
from suitability.rating.service import RatingService
from tests.api.conftest import NOW
from tests.api.people import KEYS, sign_in
from tests.api.things import house_stamp
from tests.databases import Databases
from tests.suitability.assessment.desk import ALL, NATURAL, sheet_of

DOCUMENT = "sha256:" + "a" * 64
TODAY = NOW.date()
UNRATED = "P0"
PRODUCTS = {UNRATED: None, "P2": 2, "P4": 4}  # every factor; None: nobody gave them


@dataclass
class Caller:
    """One user of the application, by token."""

    client: TestClient
    token: str

    def get(self, path: str, **query: Any) -> Response:
        return self.client.get(f"/api/v1{path}", params=query or None, headers=self.headers())

    def post(self, path: str, body: Any = None, *, key: str = "", version: str = "") -> Response:
        headers = self.headers() | {"Idempotency-Key": key or str(uuid4())} | ({"If-Match": version} if version else {})
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)

    def put(self, path: str, body: Any, version: str) -> Response:
        return self.client.put(f"/api/v1{path}", json=body, headers=self.headers() | {"If-Match": version})

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}


@dataclass
class House:
    """The application on a book of its own."""

    url: str
    client: TestClient
    at: datetime = NOW
    callers: dict[str, Caller] = field(default_factory=dict)

    def as_(self, name: str) -> Caller:
        """The same token again, until the clock has moved far."""
        if name not in self.callers:
            self.callers[name] = Caller(self.client, sign_in(self.url, name, self.at, Door.API).access_token)
        return self.callers[name]

    def later(self, **by: float) -> None:
        """The clock moves; whoever asks next signs in anew where the token has ended."""
        self.at += timedelta(**by)
        if timedelta(**by) > timedelta(minutes=10):
            self.callers.clear()

    def assess(self, level: str, client_no: str = "C0001", *, confirm: bool = True) -> dict[str, Any]:
        """The client answers at a human pace, hands in and confirms; the result."""
        asker = self.as_("client")
        sheet = asker.post(f"/clients/{client_no}/assessment-sessions", {"questionnaire": NATURAL}).json()
        answers = sheet_of(NATURAL, level)
        while sheet["next_question"] is not None:
            self.later(seconds=6)
            asked = sheet["next_question"]["id"]
            body = {"question": asked, "options": answers.get(asked, ("A",))}
            sheet = asker.post(f"/assessment-sessions/{sheet['id']}/answers", body).json()
        done = asker.post(f"/assessment-sessions/{sheet['id']}/submission", {"confirmed": ALL}).json()
        result: dict[str, Any] = done["assessment"]
        if confirm:
            result = asker.post(f"/assessments/{result['id']}/confirmation", {}).json()
        return result

    def actions(self, kind: str) -> list[str]:
        """What the trail says was done to records of a kind."""
        with Session(engine(self.url)) as session:
            asked = select(TrailRow.action).where(col(TrailRow.record_kind) == kind).order_by(col(TrailRow.id))
            return list(session.exec(asked))


@pytest.fixture(scope="session")
def suitable_url(databases: Databases, tiny_book: str) -> Iterator[str]:
    """The book that every house is a copy of: C0001 is 45 years old, a second officer is there."""
    url = databases.copy(tiny_book)
    with transaction(url) as session:
        QuestionnaireService(session).install(house_stamp(NOW))
        known = session.exec(select(UserRow).where(col(UserRow.name) == "compliance")).one()
        session.add(UserRow(
            id="u-officer", name="officer", role=Role.COMPLIANCE, subject="", password_hash=known.password_hash,
            created_at=NOW,
        ))  # fmt: skip
        client = session.exec(select(ClientRow).where(col(ClientRow.client_no) == "C0001")).one()
        client.birth_date = date(1979, 5, 6)
        session.add_all([product(code, step) for code, step in PRODUCTS.items()])
        session.flush()
        RatingService(session).rate_all(TODAY, house_stamp(NOW))
    yield url
    databases.drop(url)


def product(code: str, step: int | None) -> ProductRow:
    factors = {} if step is None else {factor.value: step for factor in FACTORS} | {"factors_on": date(2024, 12, 1)}
    return ProductRow(
        code=code, name=f"产品{code}", kind="MIXED_FUND", issuer="样例基金", leads_to="",
        expected_return_low=Decimal("0.01"), expected_return_high=Decimal("0.06"), **factors,
    )  # fmt: skip


def opened(url: str) -> Iterator[House]:
    app = create_app(url, keys=KEYS, clock=lambda: made.at)
    with TestClient(app, raise_server_exceptions=False) as client:
        made = House(url, client)
        yield made


@pytest.fixture
def house(databases: Databases, suitable_url: str) -> Iterator[House]:
    url = databases.copy(suitable_url)
    yield from opened(url)
    databases.drop(url)


@pytest.fixture(scope="module")
def shelf(databases: Databases, suitable_url: str) -> Iterator[House]:
    """One house for all tests of a module that change nothing."""
    url = databases.copy(suitable_url)
    yield from opened(url)
    databases.drop(url)
