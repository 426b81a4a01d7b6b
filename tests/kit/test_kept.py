"""What is kept between calls: the longest unused goes first."""

from __future__ import annotations

from kit.kept import Kept


def test_the_longest_unused_goes_first():
    kept: Kept[int] = Kept(2)
    kept.put(("a",), 1)
    kept.put(("b",), 2)
    kept.get(("a",))
    kept.put(("c",), 3)

    assert [kept.get((name,)) for name in "abc"] == [1, None, 3]


def test_nothing_is_not_kept_and_clear_forgets():
    kept: Kept[int] = Kept(2)
    kept.put(("a",), None)
    kept.put(("b",), 2)
    kept.clear()

    assert [kept.get((name,)) for name in "ab"] == [None, None]
