"""An entry's bytes: one reading only, no personal numbers, no secret."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.access import Actor, Role
from kit.digest import digest
from kit.trail.entry import COLUMNS, DETAIL_LIMIT, Entry, Origin, columns_of, entry_digest, instant

AT = datetime(2026, 3, 2, 17, 30, 0, 5, tzinfo=timezone(timedelta(hours=8)))
ACTOR = Actor("u1", "zhang.san", Role.ADVISOR, "staff:S001")
TEXTS = st.text(max_size=40)


def an_entry(**other: object) -> Entry:
    known = {
        "actor": ACTOR, "at": AT, "origin": Origin("::1", "cli", "r1"), "action": "a", "record_kind": "client",
        "record_id": "1",
    }  # fmt: skip
    return Entry(**{**known, **other})


def test_the_digest_can_be_repeated_by_hand():
    columns = columns_of(an_entry(purpose="回访", detail={"b": 1, "a": "x"}))
    detail = '{"a":"x","b":1}'
    by_hand = [
        "2026-03-02T09:30:00.000005Z", "u1", "zhang.san", "ADVISOR", "::1", "cli", "r1", "a", "client", "1", "", "回访",
        digest({"a": "x", "b": 1}), detail,
    ]  # fmt: skip

    assert sha256("\x1f".join(by_hand).encode()).hexdigest() == entry_digest(columns)


MASKED = [  # what is written, what is kept, why
    ("身份证 110101199003071234", "身份证 110101********1234", "18 digits"),
    ("11010119900307123X", "110101********123X", "check letter"),
    ("手机13812345678。", "手机138****5678。", "mobile"),
    ("成交 13812345678.00 元", "成交 13812345678.00 元", "an amount is no phone"),
    ("sha256:a13812345678b", "sha256:a13812345678b", "inside a digest"),
    ("C0001", "C0001", "an opaque id stays"),
]


@pytest.mark.parametrize(("written", "kept", "why"), MASKED)
def test_personal_numbers_are_masked_wherever_they_stand(written, kept, why):
    columns = columns_of(an_entry(purpose=written, detail={"note": [{"deep": written}]}))

    assert kept == columns["purpose"], why
    assert json.loads(columns["detail"]) == {"note": [{"deep": kept}]}, why


def test_members_named_as_secrets_are_left_out_of_detail_and_digest():
    with_secret = columns_of(an_entry(detail={"a": 1, "password": "hunter2", "inner": {"Phone": "1", "b": 2}}))

    assert json.loads(with_secret["detail"]) == {"a": 1, "inner": {"b": 2}}
    assert digest({"a": 1, "inner": {"b": 2}}) == with_secret["digest"]


def test_a_detail_that_is_too_long_is_known_by_its_digest():
    long = {"rows": "x" * DETAIL_LIMIT}
    columns = columns_of(an_entry(detail=long))

    assert json.loads(columns["detail"]) == {"omitted_characters": DETAIL_LIMIT + len('{"rows":""}')}
    assert digest(long) == columns["digest"]


@given(micros=st.integers(0, 3 * 10**15), more=st.integers(1, 10**9))
def test_the_text_of_a_moment_sorts_by_time(micros, more):
    first = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    later = first + timedelta(microseconds=more)

    assert instant(first) < instant(later)
    assert datetime.fromisoformat(instant(first)) == first


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        instant(datetime(2026, 1, 1))  # noqa: DTZ001


@given(agent=TEXTS, purpose=TEXTS, record=TEXTS, detail=st.dictionaries(TEXTS, TEXTS, max_size=3))
def test_whatever_is_written_the_bytes_have_one_reading(agent, purpose, record, detail):
    entry = an_entry(origin=Origin("1", agent, "r"), purpose=purpose, record_id=record, detail=detail)
    columns = columns_of(entry)

    assert not any("\x1f" in value or "\x00" in value for value in columns.values())
    assert len(COLUMNS) == len("\x1f".join(columns[name] for name in COLUMNS).split("\x1f"))
    assert len(entry_digest(columns)) == 64
    json.loads(columns["detail"])


def test_an_entry_names_its_action():
    with pytest.raises(ValueError, match="names its action"):
        columns_of(an_entry(action=""))
