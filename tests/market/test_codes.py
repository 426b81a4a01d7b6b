"""Codes as people write them; the market comes from the row, never from padding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.codes import CodeError, Hints, candidate_codes, parse_code, venue_named
from market.types import Board, InstrumentKind, Venue

SAME = [
    "600519",
    "sh600519",
    "SH600519",
    "600519.SH",
    "SH.600519",
    "600519.XSHG",
    '="600519"',
    "６００５１９",
    "600519.ss",
]
PLACED = [  # code, hints, expected, why
    ("21", Hints(market="深圳A股"), "000021.SZ", "the row names the market"),
    ("21", Hints(shareholder="0123456789"), "000021.SZ", "a Shenzhen shareholder code"),
    ("21", Hints(name="深科技"), "000021.SZ", "a name known among the instruments"),
    ("700", Hints(market="港股通"), "00700.HK", "the row names the market"),
    ("700", Hints(currency="HKD"), "00700.HK", "the row names the currency"),
    ("700", Hints(market="深市"), "000700.SZ", "the row names the market"),
    ("700.HK", Hints(), "00700.HK", "the code names the market"),
    ("00700", Hints(), "00700.HK", "no zero was lost: five digits are Hong Kong's"),
    ("000700", Hints(), "000700.SZ", "no zero was lost"),
    ("000001", Hints(market="上海"), "000001.SH", "the index, because the row says Shanghai"),
    ("200596", Hints(currency="HKD"), "200596.SZ", "a full code outweighs the currency: Shenzhen B"),
    ("920002", Hints(), "920002.BJ", "Beijing"),
    ("3NGL", Hints(venue=Venue.XMIL), "3NGL.MI", "a ticker of the venue the operator named"),
    ("600519.0", Hints(), "600519.SH", "Excel made a number of it"),
]
REFUSED = [  # code, hints, what the message must name
    ("700", Hints(), ("00700.HK", "000700.SZ")),
    ("21", Hints(), ("00021.HK", "000021.SZ")),
    ("3NGL", Hints(), ("--venue",)),
    ("999999", Hints(), ("999999",)),
    ("ABC", Hints(market="深市"), ("6 位数字",)),
    ("", Hints(), ("没有证券代码",)),
]
KINDS = [
    ("600519", InstrumentKind.STOCK, Board.MAIN), ("688981", InstrumentKind.STOCK, Board.STAR),
    ("300750", InstrumentKind.STOCK, Board.CHINEXT), ("830799", InstrumentKind.STOCK, Board.BSE),
    ("510300", InstrumentKind.ETF, Board.FUND), ("513100", InstrumentKind.CROSS_BORDER_ETF, Board.FUND),
    ("518880", InstrumentKind.GOLD_ETF, Board.FUND), ("511010", InstrumentKind.BOND_ETF, Board.FUND),
    ("511880", InstrumentKind.MONEY_ETF, Board.FUND), ("113050", InstrumentKind.CONVERTIBLE, Board.BOND),
    ("123001", InstrumentKind.CONVERTIBLE, Board.BOND), ("204001", InstrumentKind.REPO, Board.BOND),
    ("131810", InstrumentKind.REPO, Board.BOND), ("508000", InstrumentKind.REIT, Board.FUND),
    ("162411", InstrumentKind.LOF, Board.FUND),
]  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_one_security_has_one_code(text):
    assert parse_code(text).code == "600519.SH"


@pytest.mark.parametrize(("text", "hints", "expected", "why"), PLACED)
def test_the_market_comes_from_the_row(text, hints, expected, why):
    assert parse_code(text, hints, {"000021.SZ": "深科技"}).code == expected, why


@pytest.mark.parametrize(("text", "hints", "named"), REFUSED)
def test_a_code_without_market_is_refused_with_its_candidates(text, hints, named):
    with pytest.raises(CodeError) as refused:
        parse_code(text, hints)

    assert all(word in str(refused.value) for word in named)


@pytest.mark.parametrize(("text", "kind", "board"), KINDS)
def test_the_prefix_tells_kind_and_board(text, kind, board):
    found = parse_code(text)

    assert (found.kind, found.board) == (kind, board)


@pytest.mark.parametrize(
    ("text", "listed"),
    [("732259", "603259.SH"), ("780001", "601001.SH"), ("787981", "688981.SH"), ("733001", None)],
)
def test_a_subscription_code_names_the_listing_code_where_the_digits_do(text, listed):
    found = parse_code(text)

    assert found.is_subscription
    assert found.subscribes_to == listed


@given(number=st.integers(1, 9999))
def test_padding_alone_never_decides(number):
    text = str(number)
    if len(candidate_codes(text)) > 1:
        with pytest.raises(CodeError):
            parse_code(text)


@given(number=st.integers(0, 4999), venue=st.sampled_from([Venue.XHKG, Venue.XSHE]))
def test_a_canonical_code_is_its_own_canonical_code(number, venue):
    code = parse_code(str(number), Hints(market=venue.label if venue is Venue.XSHE else "港股")).code

    assert parse_code(code).code == code


def test_an_unknown_venue_is_named():
    with pytest.raises(CodeError, match="XXXX"):
        venue_named("XXXX")
