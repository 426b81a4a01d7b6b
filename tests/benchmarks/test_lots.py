"""The kernels and the plain queue beside them close the same pieces."""

from benchmarks.lots import match, match_plainly, rows_of


def test_both_sides_close_the_same_pieces():
    rows = rows_of(20, seed=5)

    ours, theirs = match(rows).closed, match_plainly(rows)

    pieces = sorted(zip(ours.buy_trade.tolist(), ours.sell_trade.tolist(), ours.quantity.tolist(), strict=True))
    assert pieces == sorted(theirs)
    assert len(pieces) > 500


def test_nothing_is_sold_that_is_not_held():
    closed = match(rows_of(20, seed=6)).closed

    assert (closed.buy_trade >= 0).all()
    assert (closed.open_day < closed.close_day).all()


def test_a_part_of_the_rows_is_whole_accounts():
    rows = rows_of(20, seed=5)

    part = rows.part(3)

    assert set(part.account.tolist()) == {0, 1, 2}
    assert len(part.day) == 300
