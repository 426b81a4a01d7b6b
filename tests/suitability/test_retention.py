"""Marks of twenty years, from the right day; every table that is named refuses a delete on the database itself."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

from suitability.retention import NoSuchRecordKind, kept_until, may_go, record_kinds

DAY = date(2026, 11, 27)
MARKS = [  # table, made, ended, until, why
    ("decision", date(2026, 1, 5), None, date(2046, 1, 5), "自作成之日起二十年"),
    ("decision", date(2024, 2, 29), None, date(2044, 2, 29), "闰日对闰日"),
    ("self_inspection", date(2028, 2, 29), None, date(2048, 2, 29), "二十年后仍是闰年"),
    ("assessment", date(2026, 1, 5), None, None, "仍有效，没有期限"),
    ("assessment", date(2026, 1, 5), date(2028, 1, 4), date(2048, 1, 4), "自失效之日起"),
    ("product_rating", date(2026, 1, 5), date(2025, 1, 4), date(2046, 1, 5), "不早于作成之日"),
    ("trail", date(2010, 3, 1), None, date(2030, 3, 1), "施行之前的记录照现行年限"),
]


@pytest.mark.parametrize(("table", "made", "ended", "until", "why"), MARKS)
def test_until_when(table, made, ended, until, why):
    assert kept_until(table, made, ended).until == until, why


def test_it_may_go_only_after_its_last_day():
    last = date(2046, 1, 5)
    assert not may_go("decision", date(2026, 1, 5), None, last)
    assert may_go("decision", date(2026, 1, 5), None, last.replace(day=6))
    assert not may_go("gate_record", date(2000, 1, 5), None, date(2100, 1, 1))
    with pytest.raises(NoSuchRecordKind, match="decision"):
        kept_until("nothing", DAY)


def test_every_record_that_is_kept_refuses_a_delete(session):
    tables = inspect(session.connection()).get_table_names()
    assert set(record_kinds(DAY)) <= set(tables)
    if session.connection().dialect.name == "sqlite":
        asked = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%'"
        guarded = set(session.execute(text(asked)).scalars())
        assert set(record_kinds(DAY)) <= guarded
    else:
        for table in record_kinds(DAY):
            with pytest.raises(DatabaseError, match=r"append-only|never|refuse"), session.begin_nested():
                session.execute(text(f"TRUNCATE {table} CASCADE"))
