"""What the data could not say, or said twice: every oddity of a replay as a named issue, in Chinese."""

from __future__ import annotations

from diagnosis.quality import cash, holdings, prices, rights, trading
from diagnosis.quality.found import Found
from diagnosis.types import DataIssue, History
from diagnosis.work import Work


def find_issues(work: Work, history: History) -> tuple[tuple[DataIssue, ...], ...]:
    """Issues of each account, in the order in which a reader wants them: what is missing before what
    differs.
    """
    found = Found.of(work)
    for look in (
        holdings.unknown_openings, holdings.oversold, cash.no_statement, cash.flows, cash.not_closed,
        prices.unpriced, prices.jumps, prices.delisted, prices.other_currency, holdings.differences,
        rights.derived,
        rights.different, rights.taxes, trading.fees, trading.settlement, trading.lots, prices.out_of_range,
        trading.odd_rows,
    ):
        look(work, history, found)
    return found.issues()
