"""Whoever gets past the guards is found, and the place is named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from kit.db import engine, transaction
from kit.marks import database_id
from kit.trail import repository
from kit.trail.anchor import AnchorFile
from kit.trail.chain import Head, genesis, linked
from kit.trail.damage import Damage
from kit.trail.entry import COLUMNS, columns_of, entry_digest
from kit.trail.sealer import anchor_head, seal_all
from kit.trail.service import record, seal_pending
from kit.trail.verify import verify

from .conftest import NOW, an_entry, fill, without_guards

INSERT = f"INSERT INTO trail SELECT {{id}}, {', '.join(COLUMNS)} FROM trail WHERE id = 5"
SWAP = (
    "UPDATE {table} SET {key} = -1 WHERE {key} = {one}", "UPDATE {table} SET {key} = {one} WHERE {key} = {other}",
    "UPDATE {table} SET {key} = {other} WHERE {key} = -1",
)  # fmt: skip


def exchange(table, key, one, other):
    return [line.format(table=table, key=key, one=one, other=other) for line in SWAP]


def gone(number):
    return [f"DELETE FROM trail WHERE id = {number}", f"DELETE FROM trail_seal WHERE position = {number}"]


TAMPER = [  # what was done, statements, (damage, position, trail id) of every place
    ("edit", ["UPDATE trail SET purpose = '改过' WHERE id = 7"], [("EDITED", 7, 7)]),
    ("edit of who", ["UPDATE trail SET user_id = 'u2' WHERE id = 1"], [("EDITED", 1, 1)]),
    ("edit of the last", ["UPDATE trail SET detail = '{}' WHERE id = 12"], [("EDITED", 12, 12)]),
    ("deletion", ["DELETE FROM trail WHERE id = 4"], [("DELETED", 4, 4)]),
    ("deletion of two", ["DELETE FROM trail WHERE id IN (1, 9)"], [("DELETED", 1, 1), ("DELETED", 9, 9)]),
    ("deletion with its seal", gone(4), [("SEAL_DELETED", 4, None)]),
    ("deletion of a seal", gone(6)[1:], [("SEAL_DELETED", 6, None), ("INSERTED", None, 6)]),
    ("insertion behind", [INSERT.format(id=40)], [("INSERTED", None, 40)]),
    ("insertion in a gap", ["DELETE FROM trail WHERE id = 3", INSERT.format(id=3)], [("EDITED", 3, 3)]),
    ("exchange of entries", exchange("trail", "id", 2, 10), [("REORDERED", 2, 2), ("REORDERED", 10, 10)]),
    ("exchange of seals", exchange("trail_seal", "position", 3, 8), [("REORDERED", 3, 8), ("REORDERED", 8, 3)]),
    ("edit of a seal", ["UPDATE trail_seal SET sealed_at = '2020' WHERE position = 5"], [("SEAL_EDITED", 5, 5)]),
    ("edit of the link", ["UPDATE trail_seal SET previous = seal WHERE position = 5"], [("SEAL_EDITED", 5, 5)]),
    ("another beginning", ["UPDATE database_mark SET value = 'other'"], [("REWRITTEN", 1, 1)]),
]  # fmt: skip


def places(verdict):
    return [(place.damage.value, place.position, place.trail_id) for place in verdict.places]


@pytest.mark.parametrize(("what", "statements", "expected"), TAMPER, ids=[case[0] for case in TAMPER])
def test_a_change_is_found_and_placed(trail_url, check, what, statements, expected):
    without_guards(trail_url, *statements)

    assert expected == places(check()), what


def test_a_whole_trail_says_how_many_and_which_head(trail_url, check):
    verdict = check()

    with transaction(trail_url) as session:
        head = repository.head(session.connection())
    assert verdict.whole
    assert (12, 0, head) == (verdict.sealed, verdict.waiting, verdict.head)


def test_an_empty_trail_is_whole(database_url):
    verdict = verify(database_url, NOW)

    assert verdict.whole
    assert verdict.sealed == verdict.head.position == 0


def test_what_waits_is_compared_with_what_was_recorded(trail_url, check):
    fill(trail_url, 3, 13)
    assert (check().whole, check().waiting) == (True, 3)

    without_guards(trail_url, "UPDATE trail SET purpose = '改过' WHERE id = 13", "DELETE FROM trail WHERE id = 14")
    assert places(check()) == [("EDITED", None, 13), ("DELETED", None, 14)]


def test_an_edit_before_the_seal_is_still_found_after_it(trail_url, check):
    fill(trail_url, 2, 13)
    without_guards(trail_url, "UPDATE trail SET purpose = '改过' WHERE id = 13")
    seal_all(trail_url, NOW)

    assert places(check()) == [("EDITED", 13, 13)]


def rewrite(url):
    """Seal the whole trail anew, as one would who knows how seals are made."""
    with transaction(url) as session:
        connection = session.connection()
        rows = connection.execute(text("SELECT * FROM trail ORDER BY id")).mappings().all()
        digests = [(row["id"], entry_digest({name: row[name] for name in COLUMNS})) for row in rows]
        connection.execute(text("DELETE FROM trail_seal"))
        repository.append_seals(session, linked(genesis(database_id(session)), digests, "2026-03-02T09:31:00.000000Z"))


@pytest.mark.parametrize("key", ["", "a key of the auditors"])
def test_a_chain_sealed_anew_does_not_fit_its_anchors(trail_url, check, tmp_path, key):
    anchors = AnchorFile(tmp_path / "anchors.jsonl", key)
    anchor_head(trail_url, NOW, anchors)
    without_guards(trail_url, "UPDATE trail SET purpose = '改过' WHERE id = 7")
    rewrite(trail_url)

    assert check().whole  # the chain alone cannot know
    assert places(check(anchors)) == [("REWRITTEN", 1, None)]


def test_a_rewrite_lies_behind_the_last_anchor_that_fits(trail_url, check, tmp_path):
    anchors = AnchorFile(tmp_path / "anchors.jsonl")
    anchor_head(trail_url, NOW, anchors)
    for first in (13, 16):
        fill(trail_url, 3, first)
        seal_all(trail_url, NOW)
        anchor_head(trail_url, NOW, anchors)
    assert check(anchors).anchored_to == 18

    with transaction(trail_url) as session:
        rows = [columns_of(an_entry(number)) for number in range(13, 19)]
        rows[1]["purpose"] = "改过"
        head = session.connection().execute(text("SELECT seal FROM trail_seal WHERE position = 12")).scalar_one()
    anew = linked(Head(12, head), [(13 + n, entry_digest(row)) for n, row in enumerate(rows)], "x" * 27)
    without_guards(
        trail_url, "UPDATE trail SET purpose = '改过' WHERE id = 14", "DELETE FROM trail_seal WHERE position > 12"
    )
    with transaction(trail_url) as session:
        repository.append_seals(session, anew)

    assert places(check(anchors)) == [("REWRITTEN", 13, None)]


def test_a_cut_end_is_found_by_the_anchor(trail_url, check, tmp_path):
    anchors = AnchorFile(tmp_path / "anchors.jsonl")
    anchor_head(trail_url, NOW, anchors)
    without_guards(trail_url, "DELETE FROM trail WHERE id > 9", "DELETE FROM trail_seal WHERE position > 9")

    found = check(anchors).places
    assert (found[0].damage, found[0].position) == (Damage.TRUNCATED, 10)
    assert "第 10 至 12 个封印" in found[0].words


def test_a_cut_end_is_found_without_an_anchor_where_the_database_knows_its_last_id(trail_url, check):
    without_guards(trail_url, "DELETE FROM trail WHERE id > 9", "DELETE FROM trail_seal WHERE position > 9")
    verdict = check()

    if engine(trail_url).dialect.name == "sqlite":
        assert places(verdict) == [("TRUNCATED", 10, 12)]
    else:  # a sequence also moves when a transaction is rolled back: no proof
        assert verdict.whole
        assert "没有锚定记录" in verdict.remarks[0]


def test_a_cut_end_that_went_on_is_found_by_the_anchor(trail_url, check, tmp_path):
    anchors = AnchorFile(tmp_path / "anchors.jsonl")
    anchor_head(trail_url, NOW, anchors)
    without_guards(trail_url, "DELETE FROM trail WHERE id > 9", "DELETE FROM trail_seal WHERE position > 9")
    fill(trail_url, 5, 20)
    seal_all(trail_url, NOW)

    assert places(check(anchors)) == [("REWRITTEN", 1, None)]


def test_an_anchor_with_a_wrong_signature_is_named_by_its_line(trail_url, check, tmp_path):
    anchors = AnchorFile(tmp_path / "anchors.jsonl", "a key of the auditors")
    anchor_head(trail_url, NOW, anchors)
    anchor_head(trail_url, NOW, anchors)
    lines = anchors.path.read_text().splitlines()
    anchors.path.write_text("\n".join([lines[0], lines[1].replace('"position":12', '"position":11'), "no json"]) + "\n")

    verdict = check(anchors)
    assert places(verdict) == [("ANCHOR_EDITED", None, None)]
    assert "第 2 行" in verdict.places[0].words
    assert any("1 行无法识别" in remark for remark in verdict.remarks)


def test_anchors_of_another_database_say_nothing_but_that(trail_url, check, tmp_path):
    anchors = AnchorFile(tmp_path / "anchors.jsonl")
    anchors.append("another", genesis("another"), NOW)

    verdict = check(anchors)
    assert verdict.whole
    assert "没有本库的记录" in verdict.remarks[0]


@st.composite
def tampers(draw):
    """The statements of one change, and the trail ids or positions one of which must be named."""
    one, other = draw(st.lists(st.integers(1, 11), min_size=2, max_size=2, unique=True))
    column = draw(st.sampled_from(COLUMNS))
    value = draw(st.text("甲乙abc", min_size=28, max_size=30))[: 12 if column == "user_role" else 27]
    seal_column = draw(st.sampled_from(["entry_digest", "previous", "seal"]))
    edit_of_seal = f"UPDATE trail_seal SET {seal_column} = '{'0' * 64}' WHERE position = {one}"
    return draw(
        st.sampled_from([
            ([f"UPDATE trail SET {column} = '{value}' WHERE id = {one}"], {one}),
            (gone(one)[:1], {one}),
            (gone(one), {one}),
            (exchange("trail", "id", one, other), {one, other}),
            (exchange("trail_seal", "position", one, other), {one, other}),
            ([edit_of_seal], {one}),
            ([INSERT.format(id=100 + one)], {100 + one}),
        ])
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tamper=tampers())
def test_any_one_change_is_found_where_it_was_made(databases, tamper):
    statements, named = tamper
    url = databases.migrated()
    try:
        for first in (1, 5, 9):
            fill(url, 4, first)
            seal_all(url, NOW + timedelta(minutes=first))
        without_guards(url, *statements)
        verdict = verify(url, NOW)
    finally:
        databases.drop(url)

    touched = {place.position for place in verdict.places} | {place.trail_id for place in verdict.places}
    assert not verdict.whole
    assert named & touched
    assert touched - {None} <= named


def test_a_queue_that_names_a_sealed_entry_again_changes_nothing(trail_url, check):
    without_guards(trail_url, f"INSERT INTO trail_pending VALUES (3, '{'0' * 64}')")
    with transaction(trail_url) as session:
        record(session, an_entry(13))
    with transaction(trail_url) as session:
        assert seal_pending(session, NOW) == 1

    assert check().whole
