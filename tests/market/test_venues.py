"""What follows from a venue: settlement by kind, calendar, currency and suffix."""

from __future__ import annotations

from datetime import date

import pytest

from kit.rulebook import Rule, Rulebook, RuleError, load_rulebook
from market import venues
from market.codes import code_rules
from market.types import InstrumentKind, Venue
from market.venues import (
    NOT_CHECKED,
    calendar_of,
    first_sale_day,
    sell_after,
    sell_after_array,
    venue_facts,
    venues_by_suffix,
)

SETTLEMENT = [  # venue, kind, trading days until the sale, source: domain facts 3.1, settlement
    (Venue.XSHG, InstrumentKind.STOCK, 1, "shares T+1"),
    (Venue.XSHE, InstrumentKind.STOCK, 1, "shares T+1"),
    (Venue.BJSE, InstrumentKind.STOCK, 1, "shares T+1"),
    (Venue.XSHG, InstrumentKind.ETF, 1, "an equity ETF is like a share"),
    (Venue.XSHG, InstrumentKind.BOND_ETF, 0, "legal T+0: bond"),
    (Venue.XSHG, InstrumentKind.GOLD_ETF, 0, "legal T+0: gold"),
    (Venue.XSHE, InstrumentKind.CROSS_BORDER_ETF, 0, "legal T+0: cross-border"),
    (Venue.XSHG, InstrumentKind.MONEY_ETF, 0, "legal T+0: money market"),
    (Venue.XSHE, InstrumentKind.CONVERTIBLE, 0, "legal T+0: convertible bonds"),
    (Venue.XSHE, InstrumentKind.LOF, None, "some LOFs: the kind does not tell"),
    (Venue.XSHE, InstrumentKind.REIT, 1, "a REIT is like a share"),
    (Venue.XHKG, InstrumentKind.STOCK, 0, "Hong Kong: the same day"),
    (Venue.XMIL, InstrumentKind.LEVERAGED, 0, "Milan: the same day"),
    (Venue.OTC, InstrumentKind.FUND, None, "told by the product's contract"),
]


@pytest.mark.parametrize(("venue", "kind", "expected", "source"), SETTLEMENT)
def test_when_bought_shares_may_be_sold(venue, kind, expected, source):
    assert expected == sell_after(venue, kind), source


def test_the_array_marks_what_is_not_checked():
    found = sell_after_array(
        (Venue.XSHG, Venue.XSHE, Venue.XMIL), (InstrumentKind.STOCK, InstrumentKind.LOF, InstrumentKind.ETF)
    )

    assert list(found) == [1, NOT_CHECKED, 0]


FIRST_SALE = [  # bought, venue, kind, first sale, why
    ("2024-09-30", Venue.XSHG, InstrumentKind.STOCK, "2024-10-08", "T+1 over the National Day week"),
    ("2024-09-30", Venue.XSHG, InstrumentKind.CONVERTIBLE, "2024-09-30", "T+0"),
    ("2024-09-30", Venue.OTC, InstrumentKind.FUND, None, "not told"),
]


@pytest.mark.parametrize(("bought", "venue", "kind", "expected", "why"), FIRST_SALE)
def test_first_sale_day(bought, venue, kind, expected, why):
    day = None if expected is None else date.fromisoformat(expected)

    assert day == first_sale_day(date.fromisoformat(bought), venue, kind), why


PLACES = [  # venue, calendar, currency, suffix
    (Venue.XSHG, "XSHG", "CNY", "SH"),
    (Venue.XSHE, "XSHG", "CNY", "SZ"),
    (Venue.BJSE, "XSHG", "CNY", "BJ"),
    (Venue.XHKG, "XHKG", "HKD", "HK"),
    (Venue.XMIL, "XMIL", "EUR", "MI"),
    (Venue.OTC, "XSHG", "CNY", "OF"),
]


@pytest.mark.parametrize(("venue", "calendar_name", "currency", "suffix"), PLACES)
def test_places(venue, calendar_name, currency, suffix):
    facts = venue_facts(venue)

    assert (calendar_of(venue).name, facts.currency, facts.suffix) == (calendar_name, currency, suffix)
    assert facts.tz.key == facts.zone


def test_every_venue_has_its_facts_and_a_suffix_of_its_own():
    assert set(venues_by_suffix().values()) == set(Venue)


def test_the_code_tables_name_the_same_suffix_currency_and_zone():
    rules = code_rules()
    facts = [venue_facts(venue) for venue in Venue]

    assert [(one.suffix, one.currency, one.zone) for one in facts] == [
        (rules.canonical[venue], rules.currency[venue], rules.zone[venue]) for venue in Venue
    ]


def with_value(monkeypatch, **changes):
    rule = load_rulebook("market", "venues")["VENUE-XMIL"]
    value = {key: item for key, item in (rule.values[-1][1] | changes).items() if item is not None}
    broken = Rule(rule.id, rule.title, rule.source, ((rule.values[-1][0], value),), True, rule.read_on)
    monkeypatch.setattr(venues, "load_rulebook", lambda *_: Rulebook("venues", {rule.id: broken}, ""))


@pytest.mark.parametrize(("changes", "message"), [
    ({"zone": None}, "lacks zone"),
    ({"sell_after": {"default": 0, "SHARES": 1}}, "SHARES"),
    ({"sell_after": {"STOCK": 1}}, "needs `default`"),
])
def test_incomplete_facts_are_refused_by_name(monkeypatch, changes, message):
    with_value(monkeypatch, **changes)

    with pytest.raises(RuleError, match=message):
        venue_facts.__wrapped__(Venue.XMIL)
