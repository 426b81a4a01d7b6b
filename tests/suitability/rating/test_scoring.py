"""Ten factors to a level: every member of the list re-derives; floors and bands on, below and above; laws that hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.rulebook import NotInForce, Rulebook, RuleError, load_rulebook, parse_rulebook
from market.products.types import FACTORS, Factor, Product, ProductKind
from suitability.levels import ProductLevel
from suitability.rating.derivation import derive
from suitability.rating.listing import derived_level, member_level, members
from suitability.rating.scoring import as_rows, rating_rules, rules_from

DAY = date(2026, 11, 24)
LEAST = dict.fromkeys(FACTORS, 1)
steps = st.integers(1, 5)
vectors = st.fixed_dictionaries(dict.fromkeys(FACTORS, steps))
levels = st.sampled_from(list(ProductLevel))


def rank(factors: dict[Factor, int], day: date = DAY) -> int:
    return int(rating_rules(day).ranks(as_rows(factors))[0])


LISTED = [  # member, level in the published list of 2.9 (川财证券)
    *(("LIST-" + name, "R1") for name in ("TREASURY", "REVERSE-REPO", "QUOTED-REPO", "MONEY", "BANK-GUARANTEED",
                                          "GUARANTEED-NOTE")),
    *(("LIST-" + name, "R2") for name in ("LOCAL-GOVERNMENT-BOND", "POLICY-BANK-BOND", "CREDIT-BOND-AA-PLUS")),
    *(("LIST-" + name, "R3") for name in ("A-SHARE", "B-SHARE", "CREDIT-BOND-AA", "CONVERTIBLE", "OPTION-COVERED",
                                          "OPTION-PROTECTIVE")),
    *(("LIST-" + name, "R4") for name in (
        "STAR", "CHINEXT-REGISTRATION", "BSE", "CDR", "HK-CONNECT", "ST-STOCK", "DELISTING-PERIOD", "MARGIN",
        "STOCK-PLEDGE", "AGREED-REPURCHASE", "REPO-BORROWING", "OPTION-BUY", "OPTION-SELL", "CREDIT-BOND-AA-MINUS",
        "NEEQ", "DELISTED-MARKET", "WARRANT", "CONDITIONAL-ORDER")),
    *(("LIST-" + name, "R5") for name in ("COMPLEX-STRUCTURED", "CREDIT-BOND-BELOW", "OTC-DERIVATIVE",
                                          "QUALIFIED-BOND-INVESTOR")),
]  # fmt: skip


@pytest.mark.parametrize(("member", "level"), LISTED)
def test_every_member_of_the_list_has_its_published_level(member, level):
    assert member_level(member, DAY) is ProductLevel(level)


def test_the_table_above_is_the_whole_list():
    assert {member for member, _ in LISTED} == {one.id for one in members().values() if one.published} - {
        "LIST-NEEQ-SELECT",  # 精选层, gone since 北交所 opened
    }


@pytest.mark.parametrize("member", sorted(members()))
def test_every_member_rederives_to_its_level_or_says_why_not(member):
    one = members()[member]
    days = [since for since, value in one.rule.values if value is not None]

    for day in {*days, *([DAY] if one.level_on(DAY) else [])}:
        derived, listed = derived_level(one, day), one.level_on(day)
        assert derived is listed or (one.override and len(one.override) > 20), (member, day, derived, listed)


def test_an_override_that_is_not_needed_is_none():
    needless = [
        one.id for one in members().values()
        if one.override and derived_level(one, DAY) is one.level_on(DAY)
    ]

    assert needless == []


def test_a_member_that_the_list_no_longer_holds_has_no_level_of_the_list():
    select = members()["LIST-NEEQ-SELECT"]

    assert select.level_on(date(2020, 7, 26)) is None, "精选层 began on 2020-07-27"
    assert select.level_on(date(2020, 7, 27)) is ProductLevel.R3
    assert select.level_on(date(2021, 11, 14)) is ProductLevel.R3
    assert select.level_on(date(2021, 11, 15)) is None, "北交所 opened on 2021-11-15"


FLOORS = [  # factor, step, level at the step, level just below it, source
    (Factor.LEVERAGE, 4, "R4", "R1", "第十七条第一项"),
    (Factor.LEVERAGE, 5, "R5", "R4", "第十七条第一项"),
    (Factor.LIQUIDITY, 4, "R4", "R1", "第十七条第二项"),
    (Factor.LIQUIDITY, 5, "R4", "R4", "第十七条第二项"),
    (Factor.STRUCTURAL_COMPLEXITY, 4, "R4", "R1", "第十七条第三项"),
    (Factor.STRUCTURAL_COMPLEXITY, 5, "R5", "R4", "第十七条第三项"),
    (Factor.OFFERING_METHOD, 3, "R3", "R1", "第十七条第四项"),
    (Factor.INVESTMENT_SCOPE, 4, "R4", "R3", "第十七条第五项"),
    (Factor.OTHER, 4, "R4", "R1", "第十七条第六项"),
    (Factor.INVESTMENT_SCOPE, 3, "R3", "R1", "第十七条第七项, A股股票 R3"),
    (Factor.ISSUER_CREDIT, 3, "R3", "R1", "第十七条第七项, AA 级信用债 R3"),
    (Factor.ISSUER_CREDIT, 4, "R4", "R3", "第十七条第七项, AA- 信用债 R4"),
    (Factor.ISSUER_CREDIT, 5, "R5", "R4", "第十七条第七项, AA- 以下 R5"),
]


@pytest.mark.parametrize(("factor", "step", "level", "below", "source"), FLOORS)
def test_a_floor_holds_from_its_step_on(factor, step, level, below, source):
    assert rank({**LEAST, factor: step}) == ProductLevel(level).rank, source
    assert rank({**LEAST, factor: step - 1}) == ProductLevel(below).rank, source


def bare(up_to: dict[str, int]) -> Rulebook:
    """The rule file without floors, bands set by hand: the score alone decides."""
    book = load_rulebook("suitability", "rating")
    bands = replace(book["RATE-BANDS"], values=((date(2017, 7, 1), [
        {"level": level, "up_to": top} for level, top in up_to.items()
    ]),))  # fmt: skip
    rules = {rule.id: rule for rule in book if not rule.id.startswith("RATE-FLOOR")}
    return replace(book, rules={**rules, "RATE-BANDS": bands})


BANDS = [  # factors raised from 1, score, level with bands up to 115, 120, 130, 140, 500
    ({}, 100, "R1"), ({Factor.LIQUIDITY: 2}, 115, "R1"), ({Factor.INVESTMENT_SCOPE: 2}, 120, "R2"),
    ({Factor.LIQUIDITY: 2, Factor.MATURITY: 2}, 120, "R2"), ({Factor.LIQUIDITY: 2, Factor.ISSUER_CREDIT: 2}, 125, "R3"),
    ({Factor.LIQUIDITY: 3}, 130, "R3"), ({Factor.LIQUIDITY: 3, Factor.MATURITY: 2}, 135, "R4"),
    ({Factor.INVESTMENT_SCOPE: 3}, 140, "R4"), ({Factor.LIQUIDITY: 4}, 145, "R5"),
    (dict.fromkeys(FACTORS, 5), 500, "R5"),
]  # fmt: skip


@pytest.mark.parametrize(("raised", "score", "level"), BANDS)
def test_a_band_includes_its_upper_end(raised, score, level):
    rules = rules_from(bare({"R1": 115, "R2": 120, "R3": 130, "R4": 140, "R5": 500}), DAY)
    rows = as_rows({**LEAST, **raised})

    assert (int(rules.scores(rows)[0]), int(rules.ranks(rows)[0])) == (score, ProductLevel(level).rank)


@pytest.mark.parametrize(("top", "score_170"), [(170, "R2"), (169, "R3")])
def test_the_published_bands_on_and_above_the_limit(top, score_170):
    rules = rules_from(bare({"R1": 150, "R2": top, "R3": 290, "R4": 380, "R5": 500}), DAY)

    assert int(rules.ranks(as_rows(members()["LIST-LOCAL-GOVERNMENT-BOND"].factors))[0]) == ProductLevel(score_170).rank


@given(vectors, st.sampled_from(FACTORS))
def test_raising_any_factor_never_lowers_the_level(factors, raised):
    higher = {**factors, raised: min(factors[raised] + 1, 5)}

    assert rank(higher) >= rank(factors)
    assert rating_rules(DAY).scores(as_rows(higher)) >= rating_rules(DAY).scores(as_rows(factors))


@given(vectors, st.sampled_from(sorted(members())), levels | st.none())
def test_the_level_is_never_below_the_list_and_never_below_the_issuer(factors, item, issuer):
    product = Product(
        code="P", name="P", kind=ProductKind.TRUST, factors=factors, list_item=item,
        issuer_level=None if issuer is None else issuer.value,
    )

    found = derive(product, DAY).level

    assert found is not None
    assert found.rank >= member_level(item, DAY).rank
    assert found.rank >= (issuer.rank if issuer else 1)
    assert found.rank >= rank(factors)


@given(vectors, levels, levels)
def test_a_stricter_issuer_never_lowers(factors, one, other):
    kinder, stricter = sorted((one, other), key=lambda level: level.rank)
    product = Product(code="P", name="P", kind=ProductKind.TRUST, factors=factors, issuer_level=kinder.value)

    first, second = derive(product, DAY), derive(replace(product, issuer_level=stricter.value), DAY)

    assert first.level is not None
    assert second.level is not None
    assert second.level.rank >= first.level.rank


@given(st.lists(vectors, min_size=1, max_size=20))
def test_one_product_and_the_book_are_judged_by_one_definition(book):
    rows = np.vstack([as_rows(factors) for factors in book])

    assert rating_rules(DAY).ranks(rows).tolist() == [rank(factors) for factors in book]


ISSUER = [  # issuer's level, given on, day, level, source: 孰高, NFRA order 2025 no. 7
    ("R4", None, DAY, "R4"), ("R1", None, DAY, "R1"), ("R4", DAY, DAY, "R4"), ("R4", date(2026, 11, 25), DAY, "R1"),
    (None, None, DAY, "R1"),
]  # fmt: skip


@pytest.mark.parametrize(("issuer", "since", "day", "level"), ISSUER)
def test_the_stricter_of_ours_and_the_issuers_from_the_day_it_was_given(issuer, since, day, level):
    product = Product(
        code="P", name="P", kind=ProductKind.BANK_WEALTH, factors=LEAST, issuer_level=issuer, issuer_rated_on=since
    )

    assert derive(product, day).level is ProductLevel(level)


def test_before_the_measure_there_are_no_rules():
    with pytest.raises(NotInForce):
        rating_rules(date(2017, 6, 30))
    assert rating_rules(date(2017, 7, 1)).weights.sum() == 100


FAULTS = [  # what is done to the text of the rule file, what is said
    ("weight: 20", "weight: 21", "add up to 101"),
    ("{level: R2, up_to: 205}", "{level: R2, up_to: 150}", "without gap or overlap"),
    ("{level: R5, up_to: 500}", "{level: R5, up_to: 490}", "without gap or overlap"),
    ("{level: R4, up_to: 380}", "{level: R3, up_to: 380}", "each level once"),
    ("when: {liquidity: 4}", "when: {liquidity: 6}", "a step from 1 to 5"),
    ("applies_to: {factor: other}", "applies_to: {factor: liquidity}", "no scale on 2026-11-24 for other"),
    ("when: {liquidity: 4}", "when: {fluidity: 4}", "unknown factor 'fluidity'"),
    ("when: {liquidity: 4}, level: R4", "when: {liquidity: 4}, level: R9", "'R9' is no level"),
    ("          5: 没有公开市场", "          6: 没有公开市场", "an anchor for each of the steps"),
]


@pytest.mark.parametrize(("old", "new", "said"), FAULTS)
def test_a_rule_file_with_a_fault_is_refused(old, new, said):
    from importlib import resources

    text = resources.files("suitability").joinpath("rules", "rating.yaml").read_text(encoding="utf-8")
    assert old in text

    with pytest.raises(RuleError, match=said):
        rules_from(parse_rulebook("draft", text.replace(old, new)), DAY)


def test_weights_and_anchors_are_there_for_all_ten_factors():
    for scale in rating_rules(DAY).scales:
        assert len(scale.anchors) == 5
        assert all(len(anchor) >= 2 for anchor in scale.anchors.values())
    assert sum(Decimal(scale.weight) for scale in rating_rules(DAY).scales) == 100
