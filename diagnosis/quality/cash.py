"""Cash: no statement at all, flows that were inferred, balances that do not close, money nobody explained."""

from __future__ import annotations

import numpy as np

from diagnosis import cash_kernel
from diagnosis.movements import account_of_rows
from diagnosis.quality.found import Found, day_text, grouped, yuan
from diagnosis.types import History, IssueKind
from diagnosis.work import Work
from kit.money import SCALE


def no_statement(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    trades = np.diff(work.ledger.trades.offsets)
    for account in np.flatnonzero(~work.has_cash & (trades > 0)).tolist():
        found.add(
            account, IssueKind.NO_CASH_STATEMENT,
            "没有资金流水：每笔买卖视为一次资金进出，收益率只反映证券本身，不含账户现金。",
        )


def flows(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    """Flows that the file does not name: inferred from balances, needed to pay for purchases, or of unknown
    kind.
    """
    cash = work.ledger.cashflows
    rows = np.flatnonzero(cash.inferred)
    for account, places in grouped(account_of_rows(cash.offsets)[rows]):
        at = rows[places]
        total = int(np.abs(cash.amount[at]).sum())
        found.add(
            account, IssueKind.INFERRED_FLOW,
            f"有 {len(at)} 笔银证转账未见于流水，按资金余额的变化推定，合计 {yuan(total)} 元。",
            count=len(at), day=int(cash.day[at[0]]), amount=total / SCALE,
        )
    log = work.cash_log
    for account in np.flatnonzero(log.count[:, cash_kernel.LOG_OPENING]).tolist():
        amount = int(log.net[account, cash_kernel.LOG_OPENING])
        found.add(
            account, IssueKind.INFERRED_FLOW, f"期初资金余额 {yuan(amount)} 元由首个余额推得，计为期初投入。",
            amount=amount / SCALE,
        )
    _logged(
        work, found, cash_kernel.LOG_SHORT, IssueKind.UNEXPLAINED_FLOW,
        "按流水计算的资金不足以支付买入 {count} 次，首次 {day} 缺 {first} 元，合计 {total} 元，"
        "按当日转入处理。",
    )
    _logged(
        work, found, cash_kernel.LOG_ODD, IssueKind.UNEXPLAINED_FLOW,
        "有 {count} 笔资金变动没有来由，首笔 {day} {first} 元，合计 {total} 元，按资金进出处理，不计为收益。",
    )


def not_closed(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    _logged(
        work, found, cash_kernel.LOG_GAP, IssueKind.CASH_NOT_CLOSED,
        "资金余额与流水不符 {count} 次，首次 {day} 相差 {first} 元，合计 {total} 元，差额按资金进出处理。",
    )


def _logged(work: Work, found: Found, which: int, kind: IssueKind, text: str) -> None:
    log = work.cash_log
    for account in np.flatnonzero(log.count[:, which]).tolist():
        count, day = int(log.count[account, which]), int(log.day[account, which])
        first, total = int(log.first[account, which]), int(log.total[account, which])
        said = text.format(count=count, day=day_text(day), first=yuan(first), total=yuan(total))
        found.add(account, kind, said, count=count, day=day, amount=total / SCALE)
