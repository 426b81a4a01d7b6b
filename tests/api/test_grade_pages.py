"""Grades and reviews by the door: what a reader is offered, one cycle from 初评 to 申诉, refusals told on the page."""

from __future__ import annotations

import io
import re
from uuid import uuid4

import openpyxl
import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from clients.grading.engine import grade_all
from clients.grading.loading import schemes_on
from clients.grading.service import GradeBook
from clients.staff.filing import Stamp
from jobs.grading import FeatureReader
from kit.access import Actor, Role, everything
from kit.db import transaction
from kit.identity.tables import UserRow
from kit.identity.types import Door
from tests.api.conftest import NOW, an_app, visiting
from tests.api.people import sign_in

TODAY = NOW.date()
YEAR = str(TODAY.year)
REVIEW = f"/api/v1/grade-reviews/{YEAR}"


def shown(page: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", " ", page))


@pytest.fixture
def graded_url(book_url):
    """A book that is graded; the second administrator is a second compliance officer."""
    with transaction(book_url) as session:
        scope = everything(TODAY)
        values, ids = FeatureReader(session, scope, TODAY).book()
        schemes = schemes_on(TODAY)
        stamp = Stamp(Actor("u-house", "house", Role.SERVICE), NOW)
        GradeBook(session, scope).file(schemes, values, grade_all(schemes, values), ids, stamp)
        session.exec(select(UserRow).where(UserRow.name == "second-administrator")).one().role = "COMPLIANCE"
    return book_url


class Caller:
    """One user by token."""

    def __init__(self, client, url, name):
        self.client, self.token = client, sign_in(url, name, NOW, Door.API).access_token

    def ask(self, method, path, body=None, version=None, **more):
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if method != "GET":
            headers["Idempotency-Key"] = str(uuid4())
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self.client.request(method, path, json=body, headers=headers, **more)


def test_before_the_first_run_the_pages_say_what_would_fill_them(shelf_url):
    with visiting(shelf_url, "compliance") as visitor:
        assert "还没有登记过分级" in visitor.page("/grades").text
        assert "还没有登记过等级" in visitor.page("/clients/C0001/grades").text


def test_a_review_by_the_pages(graded_url):
    place = f"/grades/reviews/{YEAR}"
    with visiting(graded_url, "compliance") as member:
        bare = member.submit("/grades/reviews", "/grades/reviews", event="", reason="")
        opened = member.submit("/grades/reviews", "/grades/reviews", event="", reason="首次评定")
        assert (bare.status_code, "请填写不在评定期内开始的理由" in bare.text) == (422, True)
        assert (opened.status_code, opened.headers["location"]) == (303, f"{place}?note=opened")
        book, mine = shown(member.page("/grades").text), shown(member.page("/clients/C0001/grades").text)
        assert f"年度评定{YEAR}正在初评" in book
        assert ("须经评定批准" in mine, "依据" in mine) == (True, True)
        line = f"{place}/lines/C0001"
        unsaid = member.submit(line, line, **{"grade.ABCD": "A", "reason": ""})
        assert (unsaid.status_code, "须写明理由" in unsaid.text) == (422, True)
        said = member.submit(line, line, **{"grade.ABCD": "A", "reason": "集团客户", "plan": "专属经理"})
        assert said.headers["location"] == f"{line}?note=changed"
        page = member.page(line).text
        assert ("→ A级" in page, "集团客户" in page) == (True, True)
        without = member.page(f"{place}?listed=no-plan&scheme=ABCD&grade=A").text
        assert "没有符合条件的客户" in without, "the only A client has a plan"
        met = member.submit(place, f"{place}/convene")
        sent = member.submit(place, f"{place}/submit")
        assert [one.headers.get("location") for one in (met, sent)] == [
            f"{place}?note=convened", f"{place}?note=submitted",
        ]  # fmt: skip
        own = member.page(place).text
        assert ("须由另一人批准" in own, f"{place}/approve" in own) == (True, False)
    with visiting(graded_url, "second-administrator") as boss:
        done = boss.submit(place, f"{place}/approve", reason="同意")
        assert done.headers["location"] == f"{place}?note=approved"
        now = shown(boss.page("/clients/C0001/grades").text)
        assert f"A级年度评定{YEAR}批准" in now


def test_an_advisor_sees_the_own_clients_alone(graded_url):
    with visiting(graded_url, "advisor") as own, visiting(graded_url, "stranger") as other:
        assert own.page("/clients/C0001/grades").status_code == 200
        assert other.page("/clients/C0001/grades").status_code == 404
        assert "C0001" not in other.page("/grades").text


def test_a_review_by_the_api(graded_url):
    with TestClient(an_app(graded_url)) as client:
        chair, boss = (Caller(client, graded_url, name) for name in ("compliance", "second-administrator"))
        opened = chair.ask("POST", "/api/v1/grade-reviews", {"reason": "首次评定"})
        assert (opened.status_code, opened.json()["number"], opened.headers["etag"]) == (201, YEAR, '"1"')
        line = chair.ask("GET", f"{REVIEW}/lines/C0001")
        assert line.headers["etag"] == '"1"'
        wrong = chair.ask("PATCH", f"{REVIEW}/lines/C0001", {"grades": {"ABCD": "E"}, "reason": "试"}, version=1)
        assert (wrong.status_code, "没有“E”" in wrong.json()["detail"]) == (422, True)
        edit = {"grades": {"ABCD": "A"}, "plan": "专属经理", "reason": "集团客户"}
        changed = chair.ask("PATCH", f"{REVIEW}/lines/C0001", edit, version=1)
        stale = chair.ask("PATCH", f"{REVIEW}/lines/C0001", {"plan": "另一个"}, version=1)
        assert (changed.headers["etag"], stale.status_code) == ('"2"', 412)
        assert chair.ask("POST", f"{REVIEW}/submit", version=1).status_code == 409
        met = chair.ask("POST", f"{REVIEW}/convene", version=1)
        sent = chair.ask("POST", f"{REVIEW}/submit", version=met.json()["version"])
        seen = sent.json()["version"]
        assert chair.ask("POST", f"{REVIEW}/approve", {}, version=seen).json()["type"].endswith("same-person")
        done = boss.ask("POST", f"{REVIEW}/approve", {"reason": "同意"}, version=seen)
        assert (done.json()["state"], done.json()["effective_from"]) == ("APPROVED", TODAY.isoformat())
        mine = chair.ask("GET", "/api/v1/clients/C0001/grades").json()
        abcd = next(one for one in mine["grades"] if one["scheme"] == "ABCD")
        assert (abcd["grade"], abcd["reviewed"], abcd["review"]) == ("A", True, YEAR)
        listed = chair.ask("GET", "/api/v1/grades/clients?scheme=ABCD&grade=A").json()["items"]
        assert [one["client_no"] for one in listed] == ["C0001"]
        for asked in ("grades/migration?scheme=ABCD&from=2020-01-02&to=2199-01-01", "grades?day=2199-01-01",
                      "grades/clients?day=2199-01-01", "clients/C0001/grades?day=2199-01-01"):
            ahead = chair.ask("GET", f"/api/v1/{asked}")
            assert (ahead.status_code, ahead.json()["type"]) == (422, "urn:problem:day-ahead"), asked
            assert "不晚于今天的日子" in ahead.json()["detail"]
        summary = chair.ask("GET", f"{REVIEW}/summary").json()
        assert (summary["plan"], summary["moved"]) == (["C0001"], 1)
        appeal = {"client_no": "C0001", "scheme": "ABCD", "wanted": "B", "reason": "依据不足"}
        filed = chair.ask("POST", f"{REVIEW}/appeals", appeal)
        place = f"/api/v1/grade-appeals/{filed.json()['id']}/decision"
        assert chair.ask("POST", place, {"upheld": True, "reason": "试"}, version=1).status_code == 409
        assert client.get(f"{REVIEW}/sheet").status_code == 401
        sheet = chair.ask("GET", f"{REVIEW}/sheet")
        assert openpyxl.load_workbook(io.BytesIO(sheet.content))["评估表"]["A1"].value == "客户质量等级评估表"
