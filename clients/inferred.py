"""Bank transfers that a statement left out, inferred from its running balance (资金余额) and marked as
inferred.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import delete, literal, select, union_all
from sqlmodel import Session, col

from clients.imports import fingerprint
from clients.tables import CashflowRow, TradeRow
from clients.types import CASH_KINDS, CashKind
from kit.money import SCALE, from_scaled

TOLERANCE = SCALE // 50  # two fen: brokers round each row, so a gap below this is no transfer
OPENING = "期初资金（由资金余额推断）"
TRANSFER = "银证转账（由资金余额推断）"


@dataclass(frozen=True, slots=True)
class InferredFlow:
    """A flow that no row states; `amount` in millionths, above 0 comes in."""

    day: date
    amount: int
    wording: str

    def sentence(self) -> str:
        kind = "转入" if self.amount > 0 else "转出"
        return (
            f"{self.day} {self.wording}：{kind} {format(from_scaled(abs(self.amount)).normalize(), 'f')} 元"
        )


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A row of the ledger as far as money goes; amounts in millionths, `amount` None where unknown."""

    day: date
    seq: int
    amount: int | None
    balance: int | None


def gaps(lines: Iterator[LedgerLine]) -> Iterator[tuple[InferredFlow, LedgerLine]]:
    """Where the balance after a row is not the balance before plus what the rows in between moved.

    Each gap comes with the row before which it lies. What stands at the first row is the opening balance. A
    row whose amount is unknown makes the next balance a new start, because nothing can be said about the
    step to it.
    """
    balance: int | None = None
    moved = 0
    first = True
    for line in lines:
        if line.amount is None:
            balance, moved = line.balance if line.balance is not None else None, 0
            first = first and line.balance is None
            continue
        moved += line.amount
        if line.balance is None:
            continue
        if balance is not None or first:
            gap = line.balance - (balance or 0) - moved
            if abs(gap) > TOLERANCE:
                yield InferredFlow(line.day, gap, OPENING if first else TRANSFER), line
        balance, moved, first = line.balance, 0, False


def infer_flows(session: Session, account_id: int, batch_id: int) -> list[InferredFlow]:
    """Write anew the inferred flows of one account, from all of its rows. Returns them."""
    session.execute(
        delete(CashflowRow).where(
            col(CashflowRow.account_id) == account_id, col(CashflowRow.inferred).is_(True)
        )
    )
    found = list(gaps(_lines(session, account_id)))
    for flow, line in found:
        kind = CashKind.DEPOSIT if flow.amount > 0 else CashKind.WITHDRAWAL
        session.add(
            CashflowRow(
                account_id=account_id,
                day=flow.day,
                seq=line.seq - 2,
                kind=CASH_KINDS.index(kind),
                amount=from_scaled(flow.amount),
                inferred=True,
                fingerprint=fingerprint(
                    "inferred", flow.day.toordinal(), line.seq, flow.amount, line.balance
                ),
                wording=flow.wording,
                batch_id=batch_id,
            )
        )
    session.flush()
    return [flow for flow, _ in found]


def _lines(session: Session, account_id: int) -> Iterator[LedgerLine]:
    columns = ("day", "batch_id", "seq", "amount", "balance")
    trades = select(*(getattr(TradeRow, name) for name in columns), literal(0).label("part")).where(
        col(TradeRow.account_id) == account_id
    )
    cash = select(*(getattr(CashflowRow, name) for name in columns), literal(1).label("part")).where(
        col(CashflowRow.account_id) == account_id
    )
    both = union_all(trades, cash).subquery()
    rows: Any = session.execute(select(both).order_by(both.c.day, both.c.batch_id, both.c.seq, both.c.part))
    before: LedgerLine | None = None
    for _, group in groupby(rows, key=lambda row: row.day):
        for line in _day_in_order(list(group), before):
            before = line if line.balance is not None else before
            yield line


def _day_in_order(rows: list[Any], before: LedgerLine | None) -> list[LedgerLine]:
    """One day's rows.

    Where several files hold rows of the day, the order of files that leaves the fewest gaps.
    """
    batches = sorted({row.batch_id or 0 for row in rows})
    orders = [batches] if len(batches) == 1 else [batches, batches[::-1]]
    tried = []
    for order in orders:
        placed = sorted(rows, key=lambda row: order.index(row.batch_id or 0))
        tried.append(
            [LedgerLine(row.day, row.seq, _scaled(row.amount), _scaled(row.balance)) for row in placed]
        )
    start = [] if before is None else [LedgerLine(before.day, before.seq, 0, before.balance)]
    # the line to start from stands alone in its balance, so its own "opening" is the same in every order
    return min(tried, key=lambda lines: sum(1 for _ in gaps(iter([*start, *lines]))))


def _scaled(value: Any) -> int | None:
    return None if value is None else int(value * SCALE)
