"""Advisors' grades by the door: who sees which card, one cycle by the API and by the pages, refusals told, files."""

from __future__ import annotations

import io
import re
from uuid import uuid4

import openpyxl
import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from advisors.periods.service import PeriodDesk
from advisors.types import period_of
from clients.staff.filing import Stamp
from kit.access import Actor, Role, everything
from kit.db import transaction
from kit.identity.tables import UserRow
from kit.identity.types import Door
from tests.advisors.periods.house import card
from tests.api.conftest import NOW, an_app, visiting
from tests.api.people import sign_in

TODAY = NOW.date()


def shown(page: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", " ", page))


def graded(url: str, quarter, *, publish: bool) -> str:
    """Three people graded by a house that is nobody of the tests; the number of the run."""
    stamp = Stamp(Actor("u-house", "house", Role.SERVICE), NOW)
    other = Stamp(Actor("u-other", "other", Role.COMPLIANCE), NOW)
    scores = {"S2": 58.5, "S3": 31.0, "S5": 88.0}
    with transaction(url) as session:
        session.exec(select(UserRow).where(UserRow.name == "second-administrator")).one().role = "COMPLIANCE"
        desk = PeriodDesk(session, everything(TODAY))
        run = desk.run(quarter, [card(one, score, quarter) for one, score in scores.items()], stamp)
        if publish:
            run = desk.submit(run.number, expected_version=run.version, stamp=stamp)
            run = desk.approve(run.number, digest=run.digest, expected_version=run.version, stamp=other)
            desk.publish(run.number, effective_from=TODAY, expected_version=run.version, stamp=stamp)
    return run.number


@pytest.fixture
def quarter():
    """The quarter before the day of the tests."""
    place = (TODAY.month - 1) // 3
    return period_of(f"{TODAY.year}Q{place}" if place else f"{TODAY.year - 1}Q4")


class Caller:
    """One user by token."""

    def __init__(self, client, url, name):
        self.client, self.token = client, sign_in(url, name, NOW, Door.API).access_token

    def ask(self, method, path, body=None, version=None):
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if method != "GET":
            headers["Idempotency-Key"] = str(uuid4())
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self.client.request(method, path, json=body, headers=headers)


def test_own_card_and_the_cards_of_others(book_url, quarter):
    number = graded(book_url, quarter, publish=True)
    place = f"/advisors/{number}/cards"
    with visiting(book_url, "advisor") as own, visiting(book_url, "stranger") as other:
        page = own.page(f"{place}/S2")
        assert (page.status_code, "58.50" in page.text, "员工S3" in page.text) == (200, True, False)
        assert [own.page(f"{place}/{one}").status_code for one in ("S3", "S5")] == [404, 404]
        assert other.page(f"{place}/S2").status_code == 404
        assert other.page(f"{place}/S5/report.pdf").content[:5] == b"%PDF-"
        assert own.page(f"{place}/S5/report.pdf").status_code == 404
    with visiting(book_url, "supervisor") as boss:
        listed = shown(boss.page(f"/advisors/{number}").text)
        assert [one in listed for one in ("人员S2", "人员S3", "人员S5")] == [True, True, False]
    with visiting(book_url, "auditor") as auditor:
        whole, part = (shown(auditor.page(f"/advisors/{number}{one}").text) for one in ("", "?branch=B1&level=L3"))
        assert ("人员S5" in whole, "人员S5" in part, "营业部" in whole) == (True, False, True)
    with visiting(book_url, "supervisor") as boss:
        book = openpyxl.load_workbook(io.BytesIO(boss.page(f"/advisors/{number}/report.xlsx").content))
        values = [cell.value for row in book["人员"].iter_rows() for cell in row]
        assert (58.5 in values, 31 in values, 88 in values) == (True, True, False)


def test_a_draft_is_seen_by_those_who_see_everybody(book_url, quarter):
    number = graded(book_url, quarter, publish=False)
    with visiting(book_url, "advisor") as own, visiting(book_url, "auditor") as auditor:
        assert own.page(f"/advisors/{number}/cards/S2").status_code == 404
        assert "还没有发布过考评" in own.page("/advisors").text
        assert auditor.page(f"/advisors/{number}/cards/S2").status_code == 200
        assert "提请批准</button>" not in auditor.page(f"/advisors/{number}").text


def test_a_cycle_by_the_pages(book_url, quarter):
    number = graded(book_url, quarter, publish=False)
    place = f"/advisors/{number}"
    with visiting(book_url, "compliance") as maker:
        sent = maker.submit(place, f"{place}/submit")
        assert sent.headers["location"] == f"{place}?note=submitted"
        own = maker.page(place).text
        assert ("须由另一人批准" in own, f"{place}/approve" in own) == (True, False)
    with visiting(book_url, "second-administrator") as boss:
        done = boss.submit(place, f"{place}/approve", reason="同意")
        assert done.headers["location"] == f"{place}?note=approved"
        out = boss.submit(place, f"{place}/publish", effective_from=TODAY.isoformat())
        assert out.headers["location"] == f"{place}?note=published"
    with visiting(book_url, "advisor") as adviser:
        mine = f"{place}/cards/S2"
        bare = adviser.submit(mine, f"{mine}/appeals", wanted="L4", reason="算错", reference="", text="")
        assert (bare.status_code, "第 1 项证据" in bare.text, "算错" in bare.text) == (422, True, True)
        filed = adviser.submit(mine, f"{mine}/appeals", wanted="L4", reason="算错", reference="T-1", text="按期办结")
        assert filed.headers["location"] == f"{mine}?note=appealed"
        assert "待裁定" in adviser.page(mine).text


def test_a_cycle_by_the_api(book_url, quarter):
    number = graded(book_url, quarter, publish=False)
    place = f"/api/v1/advisors/periods/{number}"
    with TestClient(an_app(book_url)) as client:
        names = ("compliance", "second-administrator", "advisor")
        maker, boss, adviser = (Caller(client, book_url, one) for one in names)
        sent = maker.ask("POST", f"{place}/submit", version=1).json()
        approval = {"digest": sent["digest"], "reason": "同意"}
        assert maker.ask("POST", f"{place}/approve", approval, version=2).json()["type"].endswith("same-person")
        other = boss.ask("POST", f"{place}/approve", {"digest": "sha256:something"}, version=2)
        assert (other.status_code, other.json()["type"]) == (409, "urn:problem:digest-differs")
        assert boss.ask("POST", f"{place}/approve", approval, version=1).status_code == 412
        done = boss.ask("POST", f"{place}/approve", approval, version=2)
        out = maker.ask("POST", f"{place}/publish", {}, version=3)
        assert (done.json()["state"], out.json()["state"], out.headers["etag"]) == ("APPROVED", "PUBLISHED", '"4"')
        mine = adviser.ask("GET", f"{place}/cards/S2").json()
        assert (mine["score"], mine["level"], mine["next_level"], mine["standing"]) == (58.5, "L3", "L4", None)
        withheld = mine["components"][1]["indicators"][1]
        assert (withheld["figure"], withheld["withheld"], withheld["weight"]) == (None, "本期没有答卷", 0.0)
        assert mine["components"][0]["indicators"][0]["left_out"][0]["amount"] == "120000.00"
        assert [one["staff_no"] for one in adviser.ask("GET", f"{place}/cards").json()["items"]] == ["S2"]
        assert adviser.ask("GET", f"{place}/cards/S3").status_code == 404
        appeal = {"wanted": "L4", "reason": "算错", "evidence": [{"kind": "RECORD", "reference": "T-1"}]}
        assert adviser.ask("POST", f"{place}/cards/S3/appeals", appeal).status_code == 404
        assert boss.ask("POST", f"{place}/cards/S2/appeals", appeal).status_code == 403
        filed = adviser.ask("POST", f"{place}/cards/S2/appeals", appeal)
        decide = f"/api/v1/advisors/appeals/{filed.json()['id']}/decision"
        verdict = {"upheld": True, "reason": "属实"}
        assert boss.ask("POST", decide, verdict, version=1).json()["type"].endswith("same-person")
        assert adviser.ask("POST", decide, verdict, version=1).status_code == 403
        levels = maker.ask("GET", "/api/v1/staff/S2/levels").json()["items"]
        assert [(one["level"], one["basis"]) for one in levels] == [("L3", f"考评 {number}")]


def test_a_period_that_is_not_over_is_refused_by_name(book_url):
    with TestClient(an_app(book_url)) as client:
        maker = Caller(client, book_url, "compliance")
        open_ = maker.ask("POST", "/api/v1/advisors/periods", {"period": str(TODAY.year)})
        assert (open_.status_code, "还没有结束" in open_.json()["detail"]) == (409, True)
        strange = maker.ask("POST", "/api/v1/advisors/periods", {"period": "2026X1"})
        assert strange.status_code == 422


def test_a_run_over_the_records_and_the_rows_of_a_figure(book_url, quarter):
    """The real core over the small book: run by the API, drilled by the person."""
    with TestClient(an_app(book_url)) as client:
        maker = Caller(client, book_url, "compliance")
        made = maker.ask("POST", "/api/v1/advisors/periods", {"period": quarter.code})
        again = maker.ask("POST", "/api/v1/advisors/periods", {"period": quarter.code})
        assert (made.status_code, again.json()["number"], again.json()["digest"]) == (
            201, f"{quarter.code}-1", made.json()["digest"],
        )  # fmt: skip
        place = f"/api/v1/advisors/periods/{quarter.code}-1/cards/S2"
        mine = maker.ask("GET", place).json()
        assert (mine["move"], mine["standing"]) == ("NOT_GRADED", None)  # three people are no group to compare with
        rows = maker.ask("GET", f"{place}/rows/retention_heads").json()
        assert rows["counted"] == sum(one["counted"] for one in rows["rows"])
        assert len({one["client_no"] for one in rows["rows"]}) == mine["clients"] > 0
        assert maker.ask("GET", f"{place}/rows/no_such").status_code == 404
    with visiting(book_url, "compliance") as visitor:
        page = visitor.page(f"/advisors/{quarter.code}-1/cards/S2/rows/retention_heads")
        assert (page.status_code, "分子合计" in page.text) == (200, True)
        assert visitor.page("/advisors/moves").status_code == 200


def test_the_registers_by_the_page(book_url):
    place = "/advisors/register"
    breach = {"staff_no": "S2", "code": "MISLEADS", "day": "2024-11-12", "note": "录音查实"}
    with visiting(book_url, "compliance") as maker:
        late = maker.submit(place, f"{place}/conduct", **breach | {"day": "2199-01-01"})
        assert (late.status_code, "还没有到" in late.text, "录音查实" in late.text) == (422, True, True)
        assert maker.submit(place, f"{place}/conduct", **breach).headers["location"] == f"{place}?note=recorded"
        course = {"staff_no": "S2", "title": "资产配置", "day": "2024-11-12", "hours": "四"}
        wrong = maker.submit(place, f"{place}/training", **course)
        assert (wrong.status_code, "四 不是数字" in wrong.text) == (422, True)
        assert maker.submit(place, f"{place}/training", **course | {"hours": "4"}).status_code == 303
        taken = maker.submit(place, f"{place}/withdraw", number="XW0000001", reason="录音不是本人")
        assert taken.headers["location"] == f"{place}?note=withdrawn"
        again = maker.submit(place, f"{place}/withdraw", number="XW0000001", reason="再撤")
        assert (again.status_code, "已经撤回" in again.text) == (422, True)
    with visiting(book_url, "advisor") as own, visiting(book_url, "stranger") as other:
        page = own.page(place).text
        assert ("录音不是本人" in page, "资产配置" in page, "登记查实的行为" in page) == (True, True, False)
        assert "录音查实" not in other.page(place).text
