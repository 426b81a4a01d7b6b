"""Published versions on a database: never changed, in force by day, nothing written where anything is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from kit.access import Actor, Role
from kit.db import engine, transaction
from kit.trail.entry import Origin
from kit.trail.service import history
from market.products.repository import NoSuchProduct
from market.services.problems import (
    DraftMalformed,
    FalseDiscount,
    NoSuchPlan,
    NoSuchService,
    NotForSale,
    PlanOverlap,
    TiersRefused,
    TooLate,
)
from market.services.reading import draft_from, draft_text, plan_content, plan_from
from market.services.service import ServiceCatalogue, Stamped
from market.services.types import FOREVER, Paid
from tests.market.services.drafts import ASSETS, CARD, COMMISSION, SINCE, TERM, USES

OFFICER = Actor("u1", "产品岗", Role.COMPLIANCE)
FIRST = date(2026, 1, 5)


def at(day: date) -> Stamped:
    return Stamped(OFFICER, datetime(day.year, day.month, day.day, 2, tzinfo=UTC), Origin())


def nobody(*_):
    return ()


@pytest.fixture
def catalogue(opened):
    return ServiceCatalogue(opened)


def publish(catalogue, *plans, card=CARD, day=FIRST, paid=nobody, code="S1"):
    return catalogue.publish(draft_from({"code": code, "card": card, "plans": list(plans)}), at(day), paid)


def test_what_is_published_is_listed_and_priced(catalogue):
    done = publish(catalogue, TERM, ASSETS, USES, COMMISSION)

    assert len(done.made) == 5
    (service,) = catalogue.list(FIRST)
    assert [one.plan.code for one in service.plans] == ["ASSETS", "COMM", "TERM", "USES"]
    assert service.plan("TERM").days_text == "自 2026-01-05 起"
    assert str(catalogue.price("S1", "TERM", FIRST, days=30).amount) == "99.00"
    assert catalogue.list(date(2026, 1, 4)) == ()


def test_the_same_file_twice_changes_nothing(catalogue):
    publish(catalogue, TERM)
    again = publish(catalogue, TERM, day=date(2026, 5, 5))

    assert again.made == ()
    assert again.known == ("目录", "方案 TERM")
    assert len(catalogue.history("S1")[1]) == 1


def test_a_successor_takes_over_on_its_first_day(catalogue):
    publish(catalogue, TERM)
    dearer = {**TERM, "valid_from": "2026-06-01", "replaces": 1, "terms": [{"days": 30, "price": 120}]}
    publish(catalogue, dearer, card=None, day=date(2026, 5, 20))

    prices = [catalogue.price("S1", "TERM", day, days=30) for day in (date(2026, 5, 31), date(2026, 6, 1))]
    assert [(one.version, str(one.amount)) for one in prices] == [(1, "99.00"), (2, "120.00")]
    first, second = catalogue.history("S1")[1]
    assert (first.on_file.ends_on, second.on_file.ends_on) == (date(2026, 5, 31), FOREVER)


def test_an_ended_successor_does_not_bring_the_old_price_back(catalogue):
    publish(catalogue, TERM)
    short = {**TERM, "valid_from": "2026-06-01", "valid_to": "2026-06-30", "replaces": 1}
    publish(catalogue, short, card=None, day=date(2026, 5, 20))

    with pytest.raises(NotForSale, match=r"2026-07-01 没有有效的价格；有效期：2026-01-05 至 2026-05-31；2026-06-01"):
        catalogue.price("S1", "TERM", date(2026, 7, 1), days=30)


OVERLAPS = [  # the second version, what is said
    ({"valid_from": "2026-06-01"}, r"与第 1 版（自 2026-01-05 起）重叠；接替它须写明接替第 1 版"),
    ({"valid_from": "2026-01-05", "replaces": 1, "name": "另名"}, "新版须自 2026-01-06 以后起"),
    ({"valid_from": "2026-06-01", "replaces": 2}, "没有第 2 版可以接替；已有：1"),
]


@pytest.mark.parametrize(("instead", "word"), OVERLAPS)
def test_overlapping_plans_are_refused_with_their_days(catalogue, instead, word):
    publish(catalogue, TERM)
    with pytest.raises(PlanOverlap, match=word):
        publish(catalogue, {**TERM, **instead}, card=None)


@pytest.mark.parametrize(("second", "clash"), [("2026-03-31", True), ("2026-04-01", False), ("2026-04-02", False)])
def test_the_day_after_an_end_is_free(catalogue, second, clash):
    publish(catalogue, {**TERM, "valid_to": "2026-03-31"})
    later = {**TERM, "valid_from": second, "valid_to": "2026-12-31"}
    if clash:
        with pytest.raises(PlanOverlap):
            publish(catalogue, later, card=None)
        return
    notes = publish(catalogue, later, card=None).notes
    assert notes == (("方案 TERM 在 2026-04-01 至 2026-04-01 没有价格",) if second == "2026-04-02" else ())


def test_two_plans_of_one_file_may_not_overlap(catalogue):
    with pytest.raises(PlanOverlap, match="文件里方案 TERM 的两段重叠"):
        publish(catalogue, TERM, {**TERM, "valid_from": "2026-02-01"})


@pytest.mark.parametrize(("day", "late"), [(date(2026, 1, 5), False), (date(2026, 1, 6), True)])
def test_nothing_is_published_backwards(catalogue, day, late):
    if late:
        with pytest.raises(TooLate, match="早于发布日 2026-01-06"):
            publish(catalogue, TERM, day=day)
    else:
        assert publish(catalogue, TERM, day=day).made


def test_who_cannot_be_published(catalogue):
    with pytest.raises(NoSuchProduct):
        publish(catalogue, TERM, code="S9")
    with pytest.raises(NoSuchService, match="不是服务"):
        publish(catalogue, TERM, code="F1")
    with pytest.raises(NoSuchService, match="还没有目录"):
        publish(catalogue, TERM, card=None)
    with pytest.raises(NoSuchService, match="没有已发布的服务"):
        catalogue.get("S1", FIRST)
    publish(catalogue, TERM)
    with pytest.raises(NoSuchPlan, match="有：TERM"):
        catalogue.price("S1", "NONE", FIRST, days=30)
    with pytest.raises(NotForSale, match="自 2026-01-05 起提供"):
        catalogue.get("S1", date(2026, 1, 4))


PROMO = {
    **TERM, "code": "PROMO", "valid_from": "2026-03-10", "valid_to": "2026-03-31", "signal": "PROMOTION",
    "signal_detail": "开门红", "terms": [{"days": 30, "price": "58"}],
    "reference": {"price": "99", "plan": "TERM", "days": 30},
}  # fmt: skip


def test_a_discount_is_published_with_its_evidence_and_a_false_one_is_not(catalogue):
    asked = []

    def sold(code, first, last):
        asked.append((code, first, last))
        return [Paid("FW00000001", "TERM", 30, Decimal(99), date(2026, 3, 4))]

    publish(catalogue, TERM)
    with pytest.raises(FalseDiscount, match="没有成交"):
        publish(catalogue, PROMO, card=None)
    done = publish(catalogue, PROMO, card=None, paid=sold)

    assert asked == [("S1", date(2026, 3, 3), date(2026, 3, 9))]
    assert done.evidence["PROMO"]["looked_at"][0]["subscription"] == "FW00000001"
    promo = catalogue.get("S1", date(2026, 3, 10)).plan("PROMO")
    assert promo.evidence["looked_at"][0]["price"] == "99"
    quote = catalogue.price("S1", "PROMO", date(2026, 3, 10), days=30)
    assert (str(quote.reference), str(quote.saved)) == ("99", "41.00")


def test_a_reference_needs_its_plan(catalogue):
    publish(catalogue, TERM)
    with pytest.raises(NoSuchPlan, match="原价指向 OLD"):
        publish(catalogue, {**PROMO, "reference": {"price": "99", "plan": "OLD", "days": 30}}, card=None)


@pytest.mark.parametrize("statement", ["UPDATE service_plan SET version = 2", "DELETE FROM service_card"])
def test_what_is_published_leaves_a_trail_and_cannot_be_changed(catalogue, opened, statement):
    publish(catalogue, TERM)
    (entry,) = history(opened, "service.plan", "S1/TERM")
    assert entry["action"] == "service.plan.publish"
    with pytest.raises(DatabaseError, match="append-only"):
        opened.execute(text(statement))


def test_a_refused_file_writes_nothing(products_url):
    bad = {**ASSETS, "tiers": [{"from": 1, "price": "0.1"}]}
    with pytest.raises(TiersRefused), transaction(products_url) as session:
        publish(ServiceCatalogue(session), TERM, bad)
    with Session(engine(products_url)) as session:
        assert ServiceCatalogue(session).list(FIRST) == ()


MALFORMED = [  # what is changed of the file, what is said
    ({"card": {**CARD, "price": 1}}, "card：不认识 price"),
    ({"card": {**CARD, "contents": []}}, "card/contents：至少写一项"),
    ({"card": {**CARD, "styles": ["ASSISTANT"]}}, "card/styles：ASSISTANT；可选 DEPENDENT 依赖型"),
    ({"card": {**CARD, "summary": " "}}, "card/summary：没有填写"),
    ({"plans": [{**TERM, "basis": "PROFIT"}]}, "plans/1/basis：应为 TERM 按期限、ASSETS 按资产规模"),
    ({"plans": [TERM, {**ASSETS, "tiers": [{"from": -1, "price": 1}]}]}, "plans/2/tiers/1/from：应为不小于 0"),
    ({"plans": [{**TERM, "terms": [{"days": 0, "price": 1}]}]}, "plans/1/terms/1/days：应为 1 至 3660"),
    ({"plans": [{**TERM, "terms": [{"days": 30, "price": "NaN"}]}]}, "plans/1/terms/1/price：应为不小于 0"),
    ({"plans": [{**TERM, "terms": [{"days": 30, "price": "0.0000001"}]}]}, "至多六位小数"),
    ({"plans": [{**TERM, "valid_from": "2026-02-30"}]}, "plans/1/valid_from：应为 YYYY-MM-DD"),
    ({"plans": [{**TERM, "monotone": "yes"}]}, "plans/1/monotone：应为 true 或 false"),
    ({"plans": [{**TERM, "replaces": True}]}, "plans/1/replaces：应为所接替的版本号"),
    ({"plans": "TERM"}, "plans：应为一列"),
    ({"card": None}, "没有可发布的内容"),
    ({"code": ""}, "code：没有填写"),
    ({"extra": 1}, "文件：不认识 extra"),
]


@pytest.mark.parametrize(("instead", "word"), MALFORMED)
def test_a_malformed_file_is_told_with_the_place(instead, word):
    with pytest.raises(DraftMalformed, match=word):
        draft_from({"code": "S1", "card": CARD, **instead})


def test_yaml_that_is_none():
    with pytest.raises(DraftMalformed, match="不是有效的 YAML"):
        draft_text("code: [")
    with pytest.raises(DraftMalformed, match="应为一组名称与值"):
        draft_text("- 1")


@pytest.mark.parametrize("raw", [TERM, ASSETS, USES, COMMISSION, PROMO])
def test_what_is_kept_reads_back_the_same(raw):
    made = plan_from(raw)

    assert plan_from(plan_content(made)) == made
    assert plan_content(made)["valid_from"] == raw.get("valid_from", SINCE)
