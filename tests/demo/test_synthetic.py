"""The synthetic book: the same bytes for a seed, each habit in enough accounts and to be seen."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

import pytest

from demo.behaviour import RESERVED
from demo.cast import PLANTED, WAN, Role, Trap, cast
from demo.market_files import PRICES_LEFT_OUT, equal_weights
from demo.synthetic import write_synthetic
from demo.tape import fen, load_signals, load_tape, millionths
from kit.digest import file_digest

GOLDEN = Path(__file__).parent / "book24.json"
BUY, SELL = "证券买入", "证券卖出"


def rows_of(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The smallest books: of a seed, of the same again, and of another."""
    folder = tmp_path_factory.mktemp("small")
    return {name: write_synthetic(folder / name, seed, 24) for name, seed in (("one", 1), ("again", 1), ("other", 2))}


def test_one_seed_gives_the_same_bytes_on_every_machine(small):
    """The digests were filed once; a machine that computes another book fails here.

    To file them anew after a wanted change: delete the file, run this test, read the difference, commit.
    The workbook and the Parquet file are left out: their bytes follow the versions of zlib and Arrow.
    """
    book = small["one"]
    files = [*(file.path for file in book.files), book.planted]
    found = {path.name: file_digest(path) for path in files if path.suffix == ".csv"}
    if not GOLDEN.exists():
        GOLDEN.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        pytest.fail("the digests of the book were filed anew; read the difference and run again")

    assert found == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_another_seed_gives_another_book(small):
    digests = [{file.path.name: file_digest(file.path) for file in small[name].files} for name in ("one", "other")]
    market = {"instruments.csv", "prices.csv", "actions.csv", "benchmark.csv"}
    same = {name for name in digests[0] if digests[0][name] == digests[1][name]}
    assert same == market


def test_the_workbook_and_the_parquet_file_are_repeatable(small):
    one, again = small["one"], small["again"]
    assert [file_digest(file.path) for file in one.files] == [file_digest(file.path) for file in again.files]


def test_a_book_too_small_for_every_habit_is_refused():
    with pytest.raises(ValueError, match="at least 24"):
        cast(1, 20)


def test_the_full_book_has_every_habit_twenty_times_and_peers_in_every_band():
    people = cast(20240101, 300)

    habits = Counter(habit for who in people for habit in who.habits)
    bands = Counter(who.band for who in people)
    assert set(habits) == set(PLANTED)
    assert min(habits.values()) >= 20
    assert all(bands[band] >= 40 for band in (0, 1, 2)), bands
    assert bands[3] >= 15, bands
    assert sum(who.role is Role.CONTROL for who in people) >= 40
    assert Counter(who.trap for who in people if who.trap) == dict.fromkeys(Trap, 2)
    assert len({who.account_no for who in people}) == 300
    assert len({who.client_no for who in people}) < 300


def test_a_strength_varies(planted_rows):
    strengths = {int(row["strength"]) for row in planted_rows if row["role"] == "PLANTED"}
    assert len(strengths) > 10
    assert min(strengths) >= 50


# what a reader can see of each habit, against the controls

@pytest.fixture(scope="module")
def by_habit(planted_rows, sound):
    found: dict[str, list[list[dict]]] = defaultdict(list)
    for row in planted_rows:
        if row["account_no"] in sound and row["role"] in ("PLANTED", "CONTROL"):
            found[row["habit"] or "CONTROL"].append(sound[row["account_no"]])
    return found


@pytest.fixture(scope="module")
def tape():
    return load_tape()


def past20(tape, rows, business):
    """Mean of the 20-day return before each order, in percent, dividends and bonus shares included."""
    day_at = {day.strftime("%Y%m%d"): t for t, day in enumerate(tape.days)}
    code_at = {one.code: s for s, one in enumerate(tape.securities)}
    placed = [(day_at[row["day"]], code_at[row["code"]]) for row in rows if row["business"] == business]
    return mean(tape.returns[t - 20 : t, s].sum() / 100 for t, s in placed if t >= 20)


def gain_share(rows):
    """Share of sales above the average purchase price."""
    cost: Counter[str] = Counter()
    held: Counter[str] = Counter()
    above = []
    for row in rows:
        code, shares = row["code"], row["shares"]
        if row["business"] in (BUY, "红股入账"):
            held[code] += shares
            cost[code] += row["turnover"]
        elif row["business"] == SELL:
            above.append(row["turnover"] * held[code] > cost[code] * shares)
            cost[code] -= cost[code] * shares // held[code]
            held[code] -= shares
    return mean(above)


def most_held(rows):
    """Largest number of different stocks held at once."""
    held: Counter[str] = Counter()
    most = 0
    for row in rows:
        if row["business"] in (BUY, SELL, "红股入账"):
            held[row["code"]] += -row["shares"] if row["business"] == SELL else row["shares"]
            most = max(most, sum(shares > 0 for shares in held.values()))
    return most


def adds_below_cost(rows):
    """Share of buys that add to a stock held at a price at least 5% higher on average."""
    cost: Counter[str] = Counter()
    held: Counter[str] = Counter()
    below = []
    for row in rows:
        code = row["code"]
        if row["business"] == BUY:
            below.append(held[code] > 0 and row["price"] * held[code] < cost[code] * 95 // 100)
        if row["business"] in (BUY, "红股入账"):
            held[code] += row["shares"]
            cost[code] += row["turnover"]
        elif row["business"] == SELL:
            cost[code] -= cost[code] * row["shares"] // held[code]
            held[code] -= row["shares"]
    return mean(below)


def orders(rows):
    return [row for row in rows if row["business"] in (BUY, SELL)]


def order_count(rows):
    return len(orders(rows))


def opening_share(rows):
    return mean(row["time"] < "09:45:00" for row in orders(rows))


def favourite_industry(tape, rows):
    """Share of the bought money that went into the favourite industry."""
    names = {one.code: one.industry for one in tape.securities}
    money: Counter[str] = Counter()
    for row in rows:
        if row["business"] == BUY:
            money[names[row["code"]]] += row["turnover"]
    return max(money.values()) / sum(money.values())


def every(figure, accounts):
    assert accounts
    return median(figure(rows) for rows in accounts)


def test_chasers_buy_after_strong_rises(by_habit, tape):
    chasers, controls = (
        every(lambda rows: past20(tape, rows, BUY), by_habit[name]) for name in ("CHASING", "CONTROL")
    )
    assert chasers > controls + 10


def test_panic_sellers_sell_after_falls(by_habit, tape):
    sellers, controls = (
        every(lambda rows: past20(tape, rows, SELL), by_habit[name]) for name in ("PANIC_SELLING", "CONTROL")
    )
    assert sellers < controls - 5


def test_the_disposed_sell_winners(by_habit):
    assert every(gain_share, by_habit["DISPOSITION"]) > every(gain_share, by_habit["CONTROL"]) + 0.2


def test_overtraders_trade_more(by_habit):
    busy, controls = (every(order_count, by_habit[name]) for name in ("OVERTRADING", "CONTROL"))
    assert busy > 2.5 * controls


def test_the_patient_trade_little(by_habit):
    calm, controls = (every(order_count, by_habit[name]) for name in ("PATIENCE", "CONTROL"))
    assert calm < 0.35 * controls


def test_the_concentrated_hold_one_or_two(by_habit):
    assert max(most_held(rows) for rows in by_habit["CONCENTRATION"]) <= 2
    assert min(most_held(rows) for rows in by_habit["CONTROL"]) >= 4


def test_the_diversified_hold_many(by_habit):
    assert min(most_held(rows) for rows in by_habit["DIVERSIFIED"]) >= 15
    assert max(most_held(rows) for rows in by_habit["CONTROL"]) <= 9


def test_one_industry_takes_most_of_the_money(by_habit, tape):
    habit, controls = (
        every(lambda rows: favourite_industry(tape, rows), by_habit[name])
        for name in ("INDUSTRY_CONCENTRATION", "CONTROL")
    )
    assert habit > 0.6 > 0.3 > controls


def test_losers_are_bought_again(by_habit):
    assert every(adds_below_cost, by_habit["AVERAGING_DOWN"]) > 0.2
    assert every(adds_below_cost, by_habit["CONTROL"]) < 0.05


def test_small_orders_are_small(by_habit):
    sizes = [row["turnover"] for rows in by_habit["SMALL_ORDERS"] for row in rows if row["business"] == BUY]
    assert max(sizes) <= 8_700 * 100
    assert median(sizes) >= 2_000 * 100
    others = [row["turnover"] for rows in by_habit["CONTROL"] for row in rows if row["business"] == BUY]
    assert median(others) > 20_000 * 100


def test_orders_come_in_the_opening_minutes(by_habit):
    assert every(opening_share, by_habit["TIME_OF_DAY"]) > 0.6
    assert every(opening_share, by_habit["CONTROL"]) < 0.15


def test_the_cheap_volatile_and_skewed_are_favoured(by_habit, tape):
    lottery = load_signals().lottery
    day_at = {day.strftime("%Y%m%d"): t for t, day in enumerate(tape.days)}
    code_at = {one.code: s for s, one in enumerate(tape.securities)}

    def share(rows):
        buys = [(day_at[row["day"]], code_at[row["code"]]) for row in rows if row["business"] == BUY]
        return mean(s in lottery[t] for t, s in buys if t > 121)

    assert every(share, by_habit["LOTTERY"]) > 0.5
    assert every(share, by_habit["CONTROL"]) < 0.1


# traps

def test_each_trap_is_in_its_file(ledgers, trapped, folder):
    by_trap = {trap: ledgers[account] for account, trap in trapped.items()}
    account_of = {trap: account for account, trap in trapped.items()}
    bank = {"银行转证券", "证券转银行"}
    assert not any(row["business"] in bank for row in by_trap["NO_BANK_ROWS"])
    assert by_trap["OPENING_SNAPSHOT"][0]["day"] > "20220630"
    snapshot = [row for row in rows_of(folder / "holdings.csv") if row["date"] == "2022-06-30"]
    assert {row["account_no"] for row in snapshot} == {account_of["OPENING_SNAPSHOT"]}
    assert sells_too_much(by_trap["SOLD_MORE_THAN_HELD"])
    assert sum(row["business"] == "申购配号" for row in by_trap["LOTTERY_NUMBERS"]) == 3
    assert len(balance_gaps(by_trap["UNEXPLAINED_FLOW"])) == 1


def sells_too_much(rows):
    held: Counter[str] = Counter()
    short = False
    for row in orders(rows):
        held[row["code"]] += row["shares"] if row["business"] == BUY else -row["shares"]
        short |= held[row["code"]] < 0
    return short


def balance_gaps(rows):
    return [
        later["day"] for row, later in pairwise(rows) if later["balance"] - later["net"] != row["balance"]
    ]


def test_lottery_numbers_move_nothing(ledgers, trapped):
    (account,) = [account for account, trap in trapped.items() if trap == "LOTTERY_NUMBERS"]
    notes = [row for row in ledgers[account] if row["business"] == "申购配号"]
    assert all(row["net"] == 0 and row["shares"] > 0 for row in notes)
    assert not balance_gaps(ledgers[account])


def test_a_stock_without_prices_is_held_all_the_while(ledgers, trapped, folder):
    first, last = PRICES_LEFT_OUT
    prices = rows_of(folder / "prices.csv")
    priced = [row["date"] for row in prices if row["security_code"] == f"{RESERVED}.SH"]
    assert priced
    assert not any(first.isoformat() <= day <= last.isoformat() for day in priced)
    (account,) = [account for account, trap in trapped.items() if trap == "MISSING_PRICES"]
    own = [row for row in orders(ledgers[account]) if row["code"] == RESERVED]
    assert own[0]["day"] < first.strftime("%Y%m%d")
    assert all(row["business"] == BUY for row in own)


# the market side

def test_weights_sum_to_one_exactly(folder):
    total: Counter[str] = Counter()
    for row in rows_of(folder / "benchmark.csv"):
        total[row["date"]] += millionths(row["weight"])
    assert len(total) == 20
    assert set(total.values()) == {1_000_000}


@pytest.mark.parametrize("members", [1, 3, 7, 97, 99, 100])
def test_equal_weights_differ_by_at_most_a_millionth(members):
    weights = equal_weights(range(members))
    assert sum(weights) == 1_000_000
    assert max(weights) - min(weights) <= 1


def test_a_benchmark_member_has_a_price_on_its_day(folder):
    prices = {(row["security_code"], row["date"]) for row in rows_of(folder / "prices.csv")}
    members = {(row["security_code"], row["date"]) for row in rows_of(folder / "benchmark.csv")}
    assert members <= prices


def test_bonus_of_court_led_reorganisations_is_left_out(folder):
    actions = rows_of(folder / "actions.csv")
    bonus = {(row["security_code"], row["ex_date"]) for row in actions if row["kind"] == "BONUS"}
    kept_back = {("300010.SZ", "2023-12-27"), ("600117.SH", "2023-12-01"), ("600375.SH", "2024-12-26")}
    assert not bonus & kept_back
    assert ("600486.SH", "2023-07-17") in bonus
    assert len(load_tape().court_ordered) == 3


FEN = [("1.5", 150), ("0.85", 85), ("788.14", 78_814), ("12", 1_200)]


@pytest.mark.parametrize(("text", "expected"), FEN)
def test_fen(text, expected):
    assert fen(text) == expected


def test_fen_refuses_a_third_decimal():
    with pytest.raises(ValueError, match="two decimals"):
        fen("1.234")


def test_seven_decimals_become_six_half_up():
    assert [millionths(text) for text in ("0.0351142", "0.0999999", "0.0000005")] == [35_114, 100_000, 1]


def test_money_between_the_accounts_of_a_client_nets_to_nothing(folder, ledgers):
    """What leaves the first account arrives in the second on the same day."""
    owner = {row["account_no"]: row["client_no"] for row in rows_of(folder / "accounts.csv")}
    net: Counter[tuple[str, str]] = Counter()
    moves = [*statement_moves(ledgers), *canonical_moves(folder)]
    for account, day, amount in moves:
        net[owner[account], day] += amount
    assert moves
    assert set(net.values()) == {0}


def statement_moves(ledgers):
    for account, rows in ledgers.items():
        for row in rows:
            if row["business"] in ("资金转入", "资金转出"):
                yield account, row["day"], row["net"]


def canonical_moves(folder):
    with (folder / "cashflows.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["kind"] in ("TRANSFER_IN", "TRANSFER_OUT"):
                sign = -1 if row["amount"].startswith("-") else 1
                yield row["account_no"], row["date"].replace("-", ""), sign * fen(row["amount"].lstrip("-"))


def test_first_money_is_in_whole_thousands():
    assert all(who.first_money % (WAN // 10) == 0 for who in cast(9, 48))


def test_the_canonical_files_never_overdraw_in_the_order_of_their_numbers(folder):
    """Trades and flows of an account are numbered through: in this order its cash never falls below zero."""
    moves: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows_of(folder / "trades.csv"):
        worth = int(row["quantity"]) * fen(row["price"])
        fees = sum(fen(row[name]) for name in ("commission", "stamp_duty", "transfer_fee"))
        moves[row["account_no"]][row["trade_no"]] = (worth if row["side"] == "SELL" else -worth) - fees
    with (folder / "cashflows.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            sign = -1 if row["amount"].startswith("-") else 1
            moves[row["account_no"]][row["ref_no"]] = sign * fen(row["amount"].lstrip("-"))
    assert len(moves) >= 10
    for account, by_number in moves.items():
        balance = 0
        for number in sorted(by_number):
            balance += by_number[number]
            assert balance >= 0, (account, number)
