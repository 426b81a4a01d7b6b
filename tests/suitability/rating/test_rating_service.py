"""Ratings filed, overridden by two people, read by day; nothing filed is ever changed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.access import Actor, Role
from kit.db import engine, transaction
from kit.trail.service import history as trail_of
from market.products.repository import NoSuchProduct
from market.products.tables import ComponentRow, NavRow, ProductRow
from market.products.types import FACTORS, ProductKind
from market.tables import InstrumentRow
from suitability.levels import AssetType, Gate, ProductLevel
from suitability.matching.book import OF_PRODUCT
from suitability.rating.problems import (
    AlreadyDecided,
    EvidenceFromLater,
    NoSuchProposal,
    NotRateable,
    OverrideRefused,
    OverrideTooLow,
    RatingOutOfOrder,
    SecondPersonNeeded,
)
from suitability.rating.review import ReviewReason
from suitability.rating.service import RatingService, review_day
from suitability.rating.tables import RatingRow

DAY = date(2026, 3, 2)
R = ProductLevel
MAKER = Actor("u-maker", "产品经理甲", Role.COMPLIANCE)
CHECKER = Actor("u-checker", "合规乙", Role.COMPLIANCE)


def stamp(actor: Actor = MAKER) -> Stamp:
    return Stamp(actor, datetime(2026, 3, 2, 9, tzinfo=UTC))


def product(session: Session, code: str, kind: ProductKind = ProductKind.TRUST, steps: str = "", **more) -> ProductRow:
    factors = dict(zip((factor.value for factor in FACTORS), map(int, steps.split()), strict=False))
    row = ProductRow(code=code, name=f"产品{code}", kind=kind.value, **factors, **more)
    session.add(row)
    session.flush()
    return row


def security(session: Session, code: str, board: str = "MAIN", kind: str = "STOCK", name: str = "样本") -> None:
    session.add(InstrumentRow(code=code, name=name, kind=kind, venue="XSHG", board=board, currency="CNY"))
    session.flush()


ONES = " ".join("1" * 10)
FOURS = "2 1 1 2 1 4 2 2 4 2"  # R4 by its scope
DESK = RatingService


def test_a_rating_is_filed_with_every_ground_and_in_the_trail(session):
    product(session, "P1", steps=ONES, issuer_level="R3")

    filed = DESK(session).rate("P1", DAY, stamp())

    assert (filed.level, filed.derived, filed.score) == (R.R3, R.R3, 100)
    assert (filed.basis["by_score"], filed.basis["by_issuer"]) == ("R1", "R3")
    assert filed.basis["factors"] == {factor.value: 1 for factor in FACTORS}
    assert (filed.rated_by, filed.rated_by_id, filed.review_on) == ("产品经理甲", "u-maker", date(2027, 3, 2))
    assert filed.version.startswith("sha256:")
    assert filed.rule_version.startswith("sha256:")
    assert [(row["action"], row["record_version"]) for row in trail_of(session, "product", "P1")] == [
        ("rating.file", str(filed.id))
    ]


def test_the_level_of_a_day_is_that_of_the_rating_in_force(session):
    row = product(session, "P1", steps=ONES)
    desk = DESK(session)
    desk.rate("P1", DAY, stamp())
    row.investment_scope = 4
    desk.rate("P1", date(2026, 6, 1), stamp())

    days = (date(2026, 3, 1), DAY, date(2026, 5, 31), date(2026, 6, 1))

    assert [desk.rating_on("P1", day).level for day in days] == [None, R.R1, R.R1, R.R4]
    assert desk.rating_on("P1", date(2026, 3, 1)).missing == "产品尚未评级"
    assert [one.level for one in desk.history("P1")] == [R.R4, R.R1]


def test_of_two_ratings_of_one_day_the_later_filed_stands(session):
    row = product(session, "P1", steps=ONES)
    desk = DESK(session)
    desk.rate("P1", DAY, stamp())
    row.leverage = 5
    desk.rate("P1", DAY, stamp())

    assert desk.rating_on("P1", DAY).level is R.R5


def test_the_past_is_not_rewritten(session):
    product(session, "P1", steps=ONES)
    desk = DESK(session)
    desk.rate("P1", DAY, stamp())

    with pytest.raises(RatingOutOfOrder, match="过去各日的等级不改写"):
        desk.rate("P1", date(2026, 3, 1), stamp())


def test_missing_facts_are_a_problem_with_a_name(session):
    product(session, "P1")
    product(session, "P2", steps=ONES, factors_on=date(2026, 3, 3))
    desk = DESK(session)

    with pytest.raises(NotRateable, match="P1 产品P1 不能评级：没有给出十项因素"):
        desk.rate("P1", DAY, stamp())
    with pytest.raises(EvidenceFromLater, match="因素截至 2026-03-03，晚于评级日 2026-03-02"):
        desk.rate("P2", DAY, stamp())
    with pytest.raises(NoSuchProduct, match="没有产品 P9"):
        desk.rate("P9", DAY, stamp())
    with pytest.raises(NoSuchProduct, match="没有产品或证券 P9"):
        desk.rating_on("P9", DAY)
    assert session.execute(select(RatingRow)).all() == []
    assert desk.rate("P2", date(2026, 3, 3), stamp()).level is R.R1, "the day of the factors themselves"


def test_an_override_takes_a_second_person(session):
    product(session, "P1", steps=ONES)
    desk = DESK(session)
    desk.rate("P1", DAY, stamp())
    asked = desk.propose_override("P1", R.R4, reason="底层集中于一家", effective_from=DAY, stamp=stamp())

    with pytest.raises(SecondPersonNeeded, match="须由另一人复核"):
        desk.decide(asked.id, approve=True, reason="同意", stamp=stamp())
    assert desk.rating_on("P1", DAY).level is R.R1
    assert [one.id for one in desk.proposals(open_only=True)] == [asked.id]
    filed = desk.decide(asked.id, approve=True, reason="同意", stamp=stamp(CHECKER), expected_digest=asked.digest)

    assert filed is not None
    assert (filed.level, filed.derived, filed.proposal_id) == (R.R4, R.R1, asked.id)
    assert (filed.basis["proposed_by"], filed.basis["approved_by"]) == ("产品经理甲", "合规乙")
    assert desk.rating_on("P1", DAY).grounds == ("2026-03-02 起评为 R4（人工调整，已复核）",)
    assert desk.proposals(open_only=True) == ()
    decided = desk.proposal(asked.id)
    assert (decided.approved, decided.decided_by, decided.decision_reason) == (True, "合规乙", "同意")
    actions = [row["action"] for row in trail_of(session, "product", "P1")]
    assert actions == ["rating.approve", "rating.file", "rating.propose", "rating.file"]
    with pytest.raises(AlreadyDecided, match="已由 合规乙 批准"):
        desk.decide(asked.id, approve=False, reason="反悔", stamp=stamp(CHECKER))


def test_a_refused_override_changes_nothing(session):
    product(session, "P1", steps=ONES)
    desk = DESK(session)
    asked = desk.propose_override("P1", R.R4, reason="集中", effective_from=DAY, stamp=stamp())

    assert desk.decide(asked.id, approve=False, reason="依据不足", stamp=stamp(CHECKER)) is None
    assert desk.rating_on("P1", DAY).level is None
    assert desk.proposal(asked.id).approved is False


def test_what_was_approved_is_what_was_shown(session):
    product(session, "P1", steps=ONES)
    desk = DESK(session)
    asked = desk.propose_override("P1", R.R4, reason="集中", effective_from=DAY, stamp=stamp())

    with pytest.raises(AlreadyDecided, match="与您看到的内容不同"):
        desk.decide(asked.id, approve=True, reason="同意", stamp=stamp(CHECKER), expected_digest="sha256:0")
    with pytest.raises(NoSuchProposal):
        desk.decide(asked.id + 1, approve=True, reason="同意", stamp=stamp(CHECKER))


LOWEST = [  # kind, what the product says, proposed level, allowed; source: 第三十六条, 孰高
    ({"kind": ProductKind.TRUST, "issuer_level": "R4"}, R.R3, False),
    ({"kind": ProductKind.TRUST, "issuer_level": "R4"}, R.R4, True),
    ({"kind": ProductKind.OTC_DERIVATIVE}, R.R4, False), ({"kind": ProductKind.OTC_DERIVATIVE}, R.R5, True),
    ({"kind": ProductKind.TRUST, "list_item": "LIST-A-SHARE"}, R.R2, False),
    ({"kind": ProductKind.TRUST, "list_item": "LIST-A-SHARE"}, R.R3, True), ({"kind": ProductKind.TRUST}, R.R1, True),
]  # fmt: skip


@pytest.mark.parametrize(("told", "level", "allowed"), LOWEST)
def test_an_override_is_never_below_the_list_or_the_issuer(session, told, level, allowed):
    product(session, "P1", steps=FOURS, **told)
    desk = DESK(session)

    if allowed:
        assert desk.propose_override("P1", level, reason="理由", effective_from=DAY, stamp=stamp()).derived is not None
    else:
        with pytest.raises(OverrideTooLow, match="评级不得低于它"):
            desk.propose_override("P1", level, reason="理由", effective_from=DAY, stamp=stamp())


def test_an_override_without_a_reason_or_with_an_early_review_is_refused(session):
    product(session, "P1", steps=ONES)
    desk = DESK(session)

    for reason in ("", "  ", "长" * 513):
        with pytest.raises(OverrideRefused):
            desk.propose_override("P1", R.R4, reason=reason, effective_from=DAY, stamp=stamp())
    with pytest.raises(OverrideRefused, match="复核日 2026-03-02 应晚于生效日"):
        desk.propose_override("P1", R.R4, reason="理由", effective_from=DAY, stamp=stamp(), review_on=DAY)


def test_an_issuer_that_turns_stricter_is_heard_before_the_rating_is_made_anew(session):
    row = product(session, "P1", steps=ONES)
    desk = DESK(session)
    desk.rate("P1", DAY, stamp())
    row.issuer_level, row.issuer_rated_on = "R4", date(2026, 4, 1)
    session.flush()

    assert desk.rating_on("P1", date(2026, 3, 31)).level is R.R1
    told = desk.rating_on("P1", date(2026, 4, 1))
    assert (told.level, told.grounds[1]) == (R.R4, "发行人或管理人评为 R4，孰高")
    due = {one.code: dict(one.reasons) for one in desk.review_due(date(2026, 4, 1))}
    assert set(due["P1"]) == {ReviewReason.RULES_CHANGED, ReviewReason.BELOW_BOUND}


REVIEWS = [(date(2026, 9, 1), False), (date(2026, 9, 2), True), (date(2026, 9, 3), True)]  # R4: 6 months


@pytest.mark.parametrize(("day", "due"), REVIEWS)
def test_a_rating_is_due_for_review_on_its_day(session, day, due):
    product(session, "P1", steps=FOURS)
    desk = DESK(session)
    desk.rate("P1", DAY, stamp())

    assert [one.code for one in desk.review_due(day)] == (["P1"] if due else [])


MONTHS = [(R.R1, date(2026, 8, 31), date(2027, 8, 31)), (R.R5, date(2026, 8, 31), date(2027, 2, 28)),
          (R.R4, date(2026, 3, 31), date(2026, 9, 30))]  # fmt: skip


@pytest.mark.parametrize(("level", "day", "review"), MONTHS)
def test_the_review_day_is_counted_in_calendar_months(level, day, review):
    assert review_day(level, day) == review


def test_the_review_list_says_every_reason(session):
    row = product(session, "P1", steps=ONES)
    product(session, "P2", steps=ONES)
    product(session, "P3")
    weak = product(session, "P4", steps=ONES, min_amount=Decimal(1_000_000))
    desk = DESK(session)
    for code in ("P1", "P4"):
        desk.rate(code, DAY, stamp())
    row.leverage = 4
    session.flush()

    due = {one.code: one.reasons for one in desk.review_due(DAY)}

    assert due["P1"] == ((ReviewReason.FACTORS_CHANGED, "leverage 1 → 4"),)
    assert [reason for reason, _ in due["P2"]] == [ReviewReason.NOT_RATED]
    assert [reason for reason, _ in due["P3"]] == [ReviewReason.MISSING, ReviewReason.NOT_RATED]
    assert [reason for reason, _ in due["P4"]] == [ReviewReason.CONTRADICTED]
    assert weak.min_ticket == 1


def test_all_are_rated_what_others_are_made_of_first(session):
    security(session, "688001.SH", "STAR")
    product(session, "A", ProductKind.ADVICE, leads_to="F;688001.SH")
    row = product(session, "F", ProductKind.PORTFOLIO)
    product(session, "M", ProductKind.MONEY_FUND, ONES)
    product(session, "X", ProductKind.TRUST)
    session.add(ComponentRow(product_id=row.id, valid_from=DAY, component_code="M", weight=Decimal("0.4")))
    session.add(ComponentRow(product_id=row.id, valid_from=DAY, component_code="688001.SH", weight=Decimal("0.6")))
    session.flush()
    desk = DESK(session)

    outcome = desk.rate_all(DAY, stamp())

    assert outcome == {"M": None, "F": None, "A": None, "X": "没有给出十项因素"}
    assert {code: desk.rating_on(code, DAY).level for code in "MFA"} == {"M": R.R1, "F": R.R4, "A": R.R4}
    assert desk.rate_all(DAY, stamp()) == {"X": "没有给出十项因素"}, "what is rated stays"


def test_net_values_stand_beside_the_factors_in_the_record(session):
    row = product(session, "P1", steps=ONES)
    for n in range(25):
        day = date.fromordinal(date(2025, 6, 2).toordinal() + 7 * n)
        session.add(NavRow(product_id=row.id, day=day, nav=Decimal("1.1") if n % 2 else Decimal(1)))
    session.flush()

    filed = DESK(session).rate("P1", DAY, stamp())

    kept = {one["measure"]: one for one in filed.basis["evidence"]}
    assert filed.level is R.R1, "evidence never moves the level by itself"
    assert (kept["volatility"]["supports"], kept["volatility"]["contradicts"]) == (5, True)
    assert kept["max_drawdown"]["value"] == "0.0909090909"


def test_a_security_that_was_rated_itself_keeps_to_the_list(session):
    security(session, "600001.SH")
    security(session, "688001.SH", "STAR")
    desk = DESK(session)
    asked = desk.propose_override("600001.SH", R.R5, reason="被立案调查", effective_from=DAY, stamp=stamp())
    desk.decide(asked.id, approve=True, reason="同意", stamp=stamp(CHECKER))

    assert desk.rating_on("600001.SH", DAY).level is R.R5
    assert desk.rating_on("600001.SH", date(2026, 3, 1)).level is R.R3
    assert desk.rating_on("688001.SH", DAY).version.startswith("LIST-STAR@")
    with pytest.raises(OverrideTooLow):
        desk.propose_override("688001.SH", R.R3, reason="理由", effective_from=DAY, stamp=stamp())


def test_columns_say_what_each_single_product_says(session):
    security(session, "600001.SH")
    security(session, "688001.SH", "STAR", name="*ST样本")
    security(session, "113001.SH", "BOND", "CONVERTIBLE")
    security(session, "000001.SH", kind="INDEX")
    product(
        session, "P1", ProductKind.PRIVATE_FUND, FOURS, term_days=730, lockup_days=180, min_amount=Decimal(1_000_000),
        expected_return_low=Decimal("0.05"), expected_return_high=Decimal("0.12"),
    )
    product(session, "P2", ProductKind.STRUCTURED_NOTE, FOURS, matures_on=date(2026, 6, 2), complex=True)
    product(session, "P3", ProductKind.TRUST)
    desk = DESK(session)
    for code in ("P1", "P2"):
        desk.rate(code, DAY, stamp())

    columns = desk.product_columns(DAY)

    assert columns.codes == ("P1", "P2", "P3", "000001.SH", "113001.SH", "600001.SH", "688001.SH")
    for place, code in enumerate(columns.codes):
        facts = desk.product_facts(code, DAY)
        assert columns.rank[place] == (facts.level.rank if facts.level else 0), code
        assert columns.asset_type[place] == facts.asset_type.rank, code
        assert columns.term_days[place] == (facts.term_days or 0), code
        assert columns.lockup_days[place] == facts.lockup_days, code
        assert columns.gate[place] == sum(1 << list(Gate).index(gate) for gate in facts.gates), code
        assert columns.versions[place] == facts.rating_version, code
        for values, value in (
            (columns.min_amount, facts.min_amount), (columns.return_low, facts.expected_return_low),
            (columns.return_high, facts.expected_return_high),
        ):  # fmt: skip
            assert np.isnan(values[place]) if value is None else values[place] == float(value), code
    assert desk.product_facts("688001.SH", DAY).gates == {Gate.STAR, Gate.ST_STOCK}
    assert desk.product_facts("P1", DAY).gates == {Gate.PRIVATE_FUND}
    assert set(OF_PRODUCT) == set(columns.as_cases()), "what the matching of the whole book reads"
    note = desk.product_facts("P2", DAY)
    assert (note.term_days, note.asset_type) == (92, AssetType.COMPLEX)
    assert desk.product_facts("000001.SH", DAY).level is None


BY_THE_BACK_DOOR = {
    "sqlite": "REPLACE INTO product_rating SELECT * FROM product_rating",
    "postgresql": "TRUNCATE product_rating CASCADE",
}  # fmt: skip


@pytest.mark.parametrize("change", ["update", "delete", "by the back door"])
def test_a_filed_rating_is_never_changed(database_url, change):
    back_door = text(BY_THE_BACK_DOOR[engine(database_url).dialect.name])
    statement = {"update": update(RatingRow).values(level="R1"), "delete": delete(RatingRow)}.get(change, back_door)
    with transaction(database_url) as session:
        product(session, "P1", steps=FOURS)
        DESK(session).rate("P1", DAY, stamp())

    with pytest.raises(DBAPIError, match="product_rating is append-only"), transaction(database_url) as session:
        session.execute(statement)

    with transaction(database_url) as session:
        assert DESK(session).rating_on("P1", DAY).level is R.R4


@pytest.mark.parametrize("table", ["rating_proposal", "rating_verdict"])
def test_a_proposal_and_its_verdict_are_never_changed(database_url, table):
    with transaction(database_url) as session:
        product(session, "P1", steps=ONES)
        asked = DESK(session).propose_override("P1", R.R4, reason="理由", effective_from=DAY, stamp=stamp())
        DESK(session).decide(asked.id, approve=False, reason="不同意", stamp=stamp(CHECKER))

    for statement in (f"UPDATE {table} SET reason = ''", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match=f"{table} is append-only"), transaction(database_url) as session:
            session.execute(text(statement))
