"""No broker's rule is broken in the synthetic statements: brute force over the files alone."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

import demo

DATA = Path(demo.__file__).parent / "data" / "cn-daily-2020-2024"
BUY, SELL, BONUS, DIVIDEND, TAX = "证券买入", "证券卖出", "红股入账", "股息入账", "股息红利税补缴"
ORDERS = (BUY, SELL)


@pytest.fixture(scope="module")
def tape():
    """(code, YYYYMMDD): (low, high, lots) as floats of the shipped file."""
    with gzip.open(DATA / "daily.csv.gz", "rt", encoding="utf-8") as stream:
        return {
            (row["code"], row["date"].replace("-", "")): (
                float(row["low"]), float(row["high"]), int(row["volume"]),
            )
            for row in csv.DictReader(stream)
        }


@pytest.fixture(scope="module")
def actions():
    with (DATA / "corporate_actions.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def orders(rows):
    return [row for row in rows if row["business"] in ORDERS]


def test_there_is_something_to_check(sound):
    assert len(sound) >= 30
    assert sum(len(orders(rows)) for rows in sound.values()) > 5_000


def test_the_balance_runs_and_never_falls_below_zero(sound):
    for account, rows in sound.items():
        balance = 0
        for row in rows:
            balance += row["net"]
            assert row["balance"] == balance >= 0, (account, row)


def test_the_clock_runs_and_orders_are_inside_the_session(sound):
    for account, rows in sound.items():
        stamps = [(row["day"], row["time"]) for row in rows]
        assert stamps == sorted(stamps), account
        for row in orders(rows):
            assert "09:30:00" <= row["time"] < "11:30:00" or "13:00:00" <= row["time"] <= "15:00:00", row


def test_every_fill_is_inside_the_days_range_and_a_small_part_of_its_volume(sound, tape):
    for rows in sound.values():
        for row in orders(rows):
            low, high, lots = tape[row["code"], row["day"]]
            assert round(low * 100) <= row["price"] <= round(high * 100), row
            assert row["shares"] * 50 <= lots * 100 + 5_000, row
            assert row["turnover"] == row["shares"] * row["price"]


def test_nothing_is_sold_that_is_not_held_since_yesterday(sound):
    for account, rows in sound.items():
        held, today, day = Counter(), Counter(), None
        for row in rows:
            if row["day"] != day:
                day, today = row["day"], Counter()
            if row["business"] in (BUY, BONUS):
                held[row["code"]] += row["shares"]
                today[row["code"]] += row["shares"] if row["business"] == BUY else 0
            elif row["business"] == SELL:
                assert 0 < row["shares"] <= held[row["code"]] - today[row["code"]], (account, row)
                held[row["code"]] -= row["shares"]


def test_lots(sound):
    """主板与创业板 100 股；科创板不少于 200 股；零股一次卖出 (上交所、深交所交易规则)."""
    for rows in sound.values():
        held = Counter()
        for row in rows:
            code, shares = row["code"], row["shares"]
            if row["business"] == BUY:
                assert shares % 100 == 0, row
                assert shares >= (200 if code.startswith("688") else 100), row
            if row["business"] == SELL:
                assert shares % 100 in (0, held[code] % 100), row
            if row["business"] in (BUY, BONUS, SELL):
                held[code] += -shares if row["business"] == SELL else shares


RATES = (25, 28, 30)  # per 100,000


def test_fees_of_the_day(sound):
    """Stamp duty 0.1% of sales, 0.05% from 2023-08-28; transfer fee 0.002% in Shanghai, then 0.001%."""
    for rows in sound.values():
        agreed = set(RATES)
        for row in orders(rows):
            turnover, day = row["turnover"], row["day"]
            halved, cheaper = day >= "20230828", day >= "20220429"
            stamp = (5 if halved else 10) * turnover if row["business"] == SELL else 0
            transfer = 10 * turnover if cheaper else 20 * turnover if row["code"].startswith("6") else 0
            assert row["stamp"] == (stamp + 5_000) // 10_000, row
            assert row["transfer"] == (transfer + 500_000) // 1_000_000, row
            charged = row["commission"]
            agreed &= {rate for rate in RATES if charged == max(500, (turnover * rate + 50_000) // 100_000)}
            assert agreed, row
            fees = row["commission"] + row["stamp"] + row["transfer"]
            sign = 1 if row["business"] == SELL else -1
            assert row["net"] == sign * turnover - fees, row


def held_at(rows, code, day):
    signs = {BUY: 1, BONUS: 1, SELL: -1}
    until = [row for row in rows if row["code"] == code and row["day"] <= day]
    return sum(signs.get(row["business"], 0) * row["shares"] for row in until)


def test_dividends_and_bonus_shares_go_to_holders_of_the_record_day(sound, actions):
    """Cash on the pay day before tax, bonus shares on the ex-day; nothing else is ever booked as either."""
    seen = Counter()
    for account, rows in sound.items():
        expected: dict[tuple[str, str, str], int] = defaultdict(int)
        for action in actions:
            held = held_at(rows, action["code"], action["record_date"].replace("-", ""))
            cash = round(held * round(float(action["cash_div_tax"]), 6) * 100 + 1e-9)  # six decimals
            bonus = int(held * float(action["stk_div"]) + 1e-9)
            if held and cash:
                expected[DIVIDEND, action["code"], action["pay_date"].replace("-", "")] += cash
            if held and bonus:
                expected[BONUS, action["code"], action["ex_date"].replace("-", "")] += bonus
        found = {
            (row["business"], row["code"], row["day"]): row["net"] or row["shares"]
            for row in rows if row["business"] in (DIVIDEND, BONUS)
        }
        assert found.keys() == expected.keys(), account
        for key, amount in found.items():
            assert abs(amount - expected[key]) <= 1, (account, key)
            seen[key[0]] += 1
    assert seen[DIVIDEND] > 500
    assert seen[BONUS] > 10


def months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28 if month + 1 == 2 else 30))


def test_dividend_tax_is_at_most_a_fifth_of_the_dividends(sound):
    taxed = 0
    for account, rows in sound.items():
        for code in {row["code"] for row in rows if row["business"] == TAX}:
            own = [row for row in rows if row["code"] == code]
            dividends = sum(row["net"] for row in own if row["business"] == DIVIDEND)
            taxes = [row["net"] for row in own if row["business"] == TAX]
            assert 0 < -sum(taxes) <= dividends // 5 + len(taxes), (account, code)
            taxed += 1
    assert taxed > 100


def test_one_holding_from_purchase_to_sale_pays_the_rate_of_its_period(sound):
    """Bought once, dividend once, sold at once: the tax is the rate of the months held, to the fen."""
    checked = Counter()
    for rows in sound.values():
        for code in {row["code"] for row in rows if row["business"] == DIVIDEND}:
            own = [row for row in rows if row["code"] == code]
            one_each = [row["business"] for row in own[:3]] == [BUY, DIVIDEND, SELL]
            if not one_each or own[0]["shares"] != own[2]["shares"]:
                continue
            bought, sold = (date.fromisoformat(row["day"]) for row in (own[0], own[2]))
            if bought.day > 28:
                continue
            rate = 20 if sold <= months_later(bought, 1) else 10 if sold <= months_later(bought, 12) else 0
            tax = -own[3]["net"] if len(own) > 3 and own[3]["business"] == TAX else 0
            if rows[-1]["day"] == own[2]["day"]:
                continue  # the tax falls on the day after the book ends
            assert abs(tax - own[1]["net"] * rate / 100) <= 1, (own[:4], rate)
            checked[rate] += 1
    assert min(checked[20], checked[10], checked[0]) > 0, checked


def test_contract_numbers_are_unique(ledgers):
    for account, rows in ledgers.items():
        numbers = [row["number"] for row in rows]
        assert len(set(numbers)) == len(numbers), account
