"""Pages of household and profile: filled, changed and ended by hand; the report that follows; a statement confirmed."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event

from api.pages.household_inputs import ItemFields, amount_of, day_of, free_number
from api.pages.profile_inputs import PolicyFields
from clients.household.problems import HouseholdRefused
from clients.household.types import ItemKind, Per
from kit.access import everything
from kit.db import engine, transaction
from reports.desk import ReportDesk
from suitability.profile.policy import Objective
from suitability.profile.problems import StatementRefused
from tests.api.conftest import NOW, FormReader, Visitor, visiting
from tests.reports.conftest import golden  # noqa: F401
from tests.reports.outline import outline

HOUSE = "/clients/C0001/household"
PROFILE = "/clients/C0001/profile"
TODAY = NOW.date().isoformat()
ITEMS = [
    ("ASSET", {"category": "CASH", "amount": "12万", "witness": "DOCUMENT"}),
    ("INCOME", {"category": "SALARY", "amount": "200,000", "per": "YEAR", "last_on": "2048-01-01"}),
    ("SPENDING", {"category": "LIVING", "amount": "8000", "per": "MONTH", "last_on": "2060-01-01"}),
    ("GOAL", {"category": "EDUCATION", "amount": "10万", "per": "YEAR", "first_on": "2032-09-01",
              "last_on": "2036-09-01", "note": "大学"}),
]  # fmt: skip


def fill(visitor: Visitor) -> None:
    """A household with four items, entered through the pages."""
    begun = visitor.submit(f"{HOUSE}/start", HOUSE, sex="FEMALE", retire_age="58", shares_accounts="Y")
    assert begun.status_code == 303, begun.text
    for kind, fields in ITEMS:
        place = f"{HOUSE}/items?kind={kind}"
        done = visitor.submit(f"{HOUSE}/items/new?kind={kind}", place, **fields)
        assert done.status_code == 303, done.text


def shown(page: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", " ", page))


def test_a_household_from_nothing_to_the_report(book_url, golden):  # noqa: F811
    with visiting(book_url, "advisor") as visitor:
        assert "还没有登记这位客户的家庭" in visitor.page(HOUSE).text
        fill(visitor)
        page = visitor.page(HOUSE).text
        report = visitor.page("/accounts/A0001").text
    with transaction(book_url) as session:
        desk = ReportDesk(session, everything(NOW.date()))
        own, other = (outline(desk.report(account)) for account in ("A0001", "A0003"))

    assert 'data-chart="household-balance"' in page
    assert "资产现金与活期存款" in shown(page)
    assert "12.00万元" in shown(page)
    assert "有证明材料" in shown(page)
    assert 'id="s13"' in report
    assert f'href="{HOUSE}"' in report
    # the same text on every database and machine
    held = [told[told.index("== 9 ") : told.index("== 11 ")] for told in (own, other)]
    golden("report-tiny-around.txt", "".join([*held, own[own.index("== 13 ") :]]))


def test_a_new_word_keeps_the_old_one_and_nobody_overwrites_unseen(book_url):
    with visiting(book_url, "advisor") as visitor, visiting(book_url, "supervisor") as other:
        fill(visitor)
        place = f"{HOUSE}/items/ASSET-CASH"
        seen = FormReader.of(visitor.page(place).text)[place]
        assert other.submit(place, place, category="CASH", amount="15万", as_of=TODAY).status_code == 303
        late = visitor.send(place, **{**seen, "category": "CASH", "amount": "9万"})
        ended = other.submit(HOUSE, f"{place}/end")

        assert (late.status_code, ended.status_code) == (412, 303)
        assert "已被他人修改" in late.text
        assert "150000" in late.text, "the form shows what stands now"
        assert "现金与活期存款" not in shown(visitor.page(HOUSE).text.split('id="items"')[1])


def test_a_member_is_changed_and_ended_by_hand(book_url):
    with visiting(book_url, "advisor") as visitor, visiting(book_url, "supervisor") as other:
        fill(visitor)
        visitor.submit(f"{HOUSE}/members/new", f"{HOUSE}/members", role="CHILD", birth_date="2010-05-06")
        place, own = f"{HOUSE}/members/CHILD", f"{HOUSE}/members/C0001"
        seen = FormReader.of(visitor.page(place).text)[place]
        saved = visitor.submit(place, place, role="CHILD", birth_date="2011-05-06", retire_age="")
        late = other.send(place, **{**seen, "role": "CHILD", "birth_date": "2009-01-01"})
        wrong = visitor.submit(place, place, role="CHILD", birth_date="昨天")
        page = visitor.page(HOUSE).text
        self_form = visitor.page(own).text
        tomorrow = visitor.submit(f"{place}/end", f"{place}/end", last_day="2025-01-07")
        ended = visitor.submit(f"{place}/end", f"{place}/end", last_day=TODAY)
        told = visitor.submit(own, own, birth_date="1979-05-06", retire_age="60", shares_accounts="N")

        assert seen["birth_date"] == "2010-05-06"
        assert saved.headers["location"].endswith("note=saved")
        assert (late.status_code, "2011-05-06" in late.text) == (412, True), "the form shows what stands now"
        assert (wrong.status_code, "出生日期应写成" in wrong.text) == (422, True)
        assert "2011-05-06出生" in shown(page)
        assert 'name="role"' not in self_form
        assert (tomorrow.status_code, "不晚于今天" in tomorrow.text) == (422, True)
        assert (ended.status_code, told.status_code) == (303, 303)
        assert "打算60岁退休" in shown(visitor.page(HOUSE).text)
        assert other.page(f"{HOUSE}/members/M99").status_code == 404
    with visiting(book_url, "compliance") as officer:
        assert f"{HOUSE}/members/" not in officer.page(HOUSE).text
        assert officer.page(own).status_code == 403


def test_a_refusal_keeps_what_was_typed(book_url):
    with visiting(book_url, "advisor") as visitor:
        fill(visitor)
        place = f"{HOUSE}/items?kind=DEBT"
        refused = visitor.submit(f"{HOUSE}/items/new?kind=DEBT", place, category="CAR", amount="很多", note="车")

    assert refused.status_code == 422
    assert "金额应写成" in refused.text
    assert 'value="车"' in refused.text


OFFERED = [("advisor", True), ("client", True), ("compliance", False), ("auditor", False)]


@pytest.mark.parametrize(("name", "edits"), OFFERED)
def test_the_page_offers_what_its_reader_may_do(name, edits, book_url):
    with visiting(book_url, "advisor") as visitor:
        visitor.submit(f"{HOUSE}/start", HOUSE)
    with visiting(book_url, name) as visitor:
        page = visitor.page(HOUSE).text

    assert ("/items/new?kind=ASSET" in page) == edits


def test_a_statement_is_drafted_by_the_adviser_and_confirmed_by_the_client(book_url):
    with visiting(book_url, "advisor") as adviser, visiting(book_url, "client") as client:
        drafted = adviser.submit(
            f"{PROFILE}/statement", f"{PROFILE}/statement", objective="BALANCED", expected_return="4.5",
            term="UP_TO_3Y", types="EQUITY", ethical="不投烟草",
        )  # fmt: skip
        waiting = adviser.page(PROFILE).text
        confirm = next(action for action in FormReader.of(client.page(PROFILE).text) if action.endswith("/confirm"))
        done = client.submit(PROFILE, confirm)
        after = shown(adviser.page(PROFILE).text)
        filed = [adviser.submit(PROFILE, PROFILE).headers["location"] for _ in range(2)]

    assert drafted.status_code == 303, drafted.text
    assert "等待确认" in waiting
    assert "/confirm" not in waiting, "the client alone confirms"
    assert done.headers["location"].endswith("note=confirmed")
    assert "生效中第1版投资目标：稳健增值期望的年收益：4.50%（不是收益承诺）" in after
    assert f"客户本人{TODAY}确认" in after
    assert [one.partition("note=")[2] for one in filed] == ["filed", "same"]


def test_the_report_asks_nothing_for_each_holding(book_url):
    with visiting(book_url, "advisor") as visitor:
        fill(visitor)
    counts = {}
    for account in ("A0001", "A0002", "A0003"):  # with a household; one stock held; five
        asked: list[str] = []
        with transaction(book_url) as session:
            desk = ReportDesk(session, everything(NOW.date()))
            listener = lambda *arguments: asked.append(arguments[2])  # noqa: B023, E731
            event.listen(engine(book_url), "before_cursor_execute", listener)
            desk.report(account)
            event.remove(engine(book_url), "before_cursor_execute", listener)
        counts[account] = len(asked)

    assert counts["A0002"] == counts["A0003"] <= 32
    assert counts["A0001"] <= 55, "the first look replays the ledger for the household once more"


# what is typed


@pytest.mark.parametrize(
    ("text", "expected"),
    [("120000", "120000"), ("12万", "120000"), ("1.5 万元", "15000.0"), ("1，200.50", "1200.50"), ("0", "0")],
)
def test_amounts_as_people_write_them(text, expected):
    assert str(amount_of(text, "金额")) == expected


@pytest.mark.parametrize("text", ["", "-1", "12亿", "1e9", "很多", "1.2.3", "1" * 13])
def test_what_is_no_amount_is_refused_with_an_example(text):
    with pytest.raises(HouseholdRefused, match="120000 或 12万"):
        amount_of(text, "金额")


@pytest.mark.parametrize("text", ["2031-9-1", "明年", "2101-01-01", "1899-12-31"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(HouseholdRefused):
        day_of(text, "起始日")


def test_a_flow_is_a_year_where_nothing_else_is_said():
    fields = ItemFields(category="LIVING", amount="1")

    assert fields.item(ItemKind.SPENDING, "X", NOW.date()).per is Per.YEAR
    assert free_number("A", {"A", "A-2"}) == "A-3"


def test_a_policy_is_typed_in_percent_and_lines():
    policy = PolicyFields(objective="GROWTH", expected_return="4.5%", max_lock_days="90", tax=" 一 \n\n二").policy()

    assert (policy.objective, policy.expected_return, policy.tax) == (Objective.GROWTH, 0.045, ("一", "二"))
    with pytest.raises(StatementRefused, match="期望的年收益"):
        PolicyFields(objective="GROWTH", expected_return="很高").policy()
