"""Every read of the clients' tables: who they are, and the ledger of an account or of the book in columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

import numpy as np
from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select
from sqlmodel import Session, SQLModel

from clients.tables import AccountRow, CashflowRow, ClientRow, ImportBatchRow, TradeRow
from clients.types import (
    UNKNOWN,
    AccountFacts,
    AccountKind,
    Cashflows,
    ClientKind,
    Ledger,
    Snapshots,
    Trades,
)
from clients.visibility import shown, visible_clients
from kit.access import Reach, Scope
from kit.columns import Kind, id_list, integer_columns
from kit.numbers import plain_rows
from kit.problems import NotFound
from kit.together import Asked, Row, rows_of
from market.types import BoolArray, IntArray

Columns = dict[str, IntArray]
_BATCH: Final = 500  # values in one IN of a prepared statement
_BOOK: Final = 5_000  # accounts from which a question is about the book
_ACCOUNTS_AT_ONCE: Final = 20_000  # keeps the text of a column far below what SQLite can hold
_NUMBERS: Final = (
    "quantity", "price", "amount", "commission", "stamp_duty", "transfer_fee", "other_fee", "balance",
)
_TRADES: Final[Mapping[str, Kind]] = {
    "account_id": Kind.INTEGER, "id": Kind.INTEGER, "day": Kind.DAY, "at": Kind.MOMENT, "seq": Kind.INTEGER,
    "kind": Kind.INTEGER, "instrument_id": Kind.INTEGER, **dict.fromkeys(_NUMBERS, Kind.INTEGER),
}
_CASHFLOWS: Final[Mapping[str, Kind]] = {
    "account_id": Kind.INTEGER, "id": Kind.INTEGER, "day": Kind.DAY, "seq": Kind.INTEGER,
    "kind": Kind.INTEGER, "instrument_id": Kind.INTEGER, "amount": Kind.INTEGER, "balance": Kind.INTEGER,
    "inferred": Kind.BOOLEAN,
}
_SNAPSHOTS: Final[Mapping[str, Kind]] = {
    "account_id": Kind.INTEGER, "day": Kind.DAY, "instrument_id": Kind.INTEGER, "quantity": Kind.INTEGER,
    "cost": Kind.INTEGER, "market_value": Kind.INTEGER,
}


_ACCOUNTS: Final[Mapping[str, Kind]] = {
    "id": Kind.INTEGER, "client_id": Kind.INTEGER, "money": Kind.INTEGER, "with_cash": Kind.BOOLEAN,
}  # fmt: skip
_ACCOUNT_KINDS: Final = {one.value: one for one in AccountKind}
_CLIENT_KINDS: Final = {one.value: one for one in ClientKind}


class NoSuchAccount(NotFound):
    """没有这个账户"""

    title = "No such account"

    @classmethod
    def called(cls, *numbers: str) -> NoSuchAccount:
        """Whether it is nowhere or out of reach is not told."""
        return cls(f"没有账户 {_some(numbers)}，或不在您的范围内；请核对账号")


class NoSuchClient(NotFound):
    """没有这个客户"""

    title = "No such client"

    @classmethod
    def called(cls, *numbers: str) -> NoSuchClient:
        """Whether they are nowhere or out of reach is not told."""
        return cls(f"没有客户 {_some(numbers)}，或不在您的范围内；请核对客户号")


def _some(numbers: Sequence[str]) -> str:
    return "、".join(numbers[:10]) + ("等" if len(numbers) > 10 else "")


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """One client as it stands on file. Identity number and phone stay in the table."""

    id: int
    client_no: str
    name: str
    kind: ClientKind
    birth_date: date | None


@dataclass(frozen=True, slots=True)
class AccountColumns:
    """Accounts by id, shape (A,). money: a number for each currency. with_cash: a cash statement is on file."""

    id: IntArray
    client_id: IntArray
    money: IntArray
    with_cash: BoolArray


def _columns(table: type[SQLModel]) -> Any:
    return table.__table__.c  # type: ignore[attr-defined]


@lru_cache(256)
def _client_and_accounts(scope: Scope) -> Select[Any]:
    """Written once a scope: a check asks at every turn."""
    client, account = _columns(ClientRow), _columns(AccountRow)
    return (
        select(client.id, client.client_no, client.name, client.kind, client.birth_date, account.account_no)
        .join_from(ClientRow, AccountRow, account.client_id == client.id, isouter=True)
        .where(client.client_no == bindparam("client_no"), *shown(client.id, visible_clients, scope))
        .order_by(account.account_no)
    )


class ClientRepository:
    """Reads clients and ledgers on one session, within a scope; what lies outside answers as if it were not there."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    def ledger(self, account_nos: Sequence[str] | None = None) -> Ledger:
        """The ledger of these accounts in this order; None is all that the scope shows, by account number.

        Raises NoSuchAccount that names each number not on file.
        """
        rows = self._account_rows(account_nos)
        ids = [int(row["id"]) for row in rows]
        spans = account_nos is None and self._scope.reach is Reach.ALL
        trades = self._sorted(_TRADES, "trade", ids, spans, ("at", "seq"))
        flows = self._sorted(_CASHFLOWS, "cashflow", ids, spans, ("seq",))
        stated = self._sorted(_SNAPSHOTS, "holding", ids, spans, ("instrument_id",))
        with_cash = np.zeros(len(ids), dtype=np.bool_)
        with_cash[flows["account"]] = True
        with_cash[trades["account"][trades["balance"] != UNKNOWN]] = True
        securities = np.unique(np.concatenate([part["instrument_id"] for part in (trades, flows, stated)]))
        securities = securities[securities != UNKNOWN]
        return Ledger(
            accounts=tuple(_account(row, bool(cash)) for row, cash in zip(rows, with_cash, strict=True)),
            securities=tuple(int(one) for one in securities),
            trades=_trades(trades, securities, len(ids)),
            cashflows=_cashflows(flows, securities, len(ids)),
            snapshots=_snapshots(stated, securities, len(ids)),
        )

    def accounts(self, account_nos: Sequence[str] | None = None) -> tuple[AccountFacts, ...]:
        """Accounts in the order asked, or all that the scope shows by account number. Raises NoSuchAccount."""
        if account_nos is not None:
            return self._facts(self._account_rows(account_nos))
        rows = self._session.execute(self._account_select()).all()
        with_cash = self._with_cash_statement([row[0] for row in rows])
        return tuple(
            AccountFacts(one, no, client_no, name, _ACCOUNT_KINDS[kind], currency, opened, closed, one in with_cash)
            for one, no, client_no, name, kind, currency, opened, closed in rows
        )

    def account_columns(self) -> AccountColumns:
        """Every account that is on file, ascending by id: the house's own work. Raises ValueError in a narrower one."""
        if self._scope.reach is not Reach.ALL:
            raise ValueError("the columns of all accounts are for whoever may see all")
        any_cash = (
            "EXISTS (SELECT 1 FROM cashflow f WHERE f.account_id = a.id)"
            " OR EXISTS (SELECT 1 FROM trade t WHERE t.account_id = a.id AND t.balance IS NOT NULL)"
        )
        source = (
            f"(SELECT a.id, a.client_id, dense_rank() OVER (ORDER BY a.currency) AS money, ({any_cash}) AS with_cash"
            " FROM account a) AS every"
        )
        read = integer_columns(self._session.connection(), _ACCOUNTS, source)
        order = np.argsort(read["id"])
        own = {name: column[order] for name, column in read.items()}
        return AccountColumns(own["id"], own["client_id"], own["money"], own["with_cash"] == 1)

    def accounts_of_ids(self, ids: Sequence[int]) -> list[AccountFacts]:
        """Those of these accounts that the scope shows, in no order."""
        if len(ids) > _BOOK:
            wanted = set(ids)
            return [one for one in self.accounts() if one.id in wanted]
        number, found = _columns(AccountRow).id, list[AccountFacts]()
        for start in range(0, len(ids), _BATCH):
            some = list(ids[start : start + _BATCH])
            found += self._facts(self._rows(self._account_select().where(number.in_(some))))
        return found

    def shows(self, client_no: str) -> bool:
        """Whether the scope shows this client; the whole book shows everybody."""
        if self._scope.reach is Reach.ALL:
            return True
        client = _columns(ClientRow)
        asked = select(client.id).where(client.client_no == client_no, *self._shown(client.id))
        return self._session.execute(asked).first() is not None

    def accounts_of_client(self, client_no: str) -> tuple[AccountFacts, ...]:
        """All accounts of a client by account number; empty when it has none. Raises NoSuchClient."""
        client = _columns(ClientRow)
        known = select(client.id).where(client.client_no == client_no, *self._shown(client.id))
        if self._session.execute(known).first() is None:
            raise NoSuchClient.called(client_no)
        asked = self._account_select().where(client.client_no == client_no)
        return self._facts(self._rows(asked))

    def page(self, after: str = "", limit: int = 50, matching: str = "") -> tuple[AccountFacts, ...]:
        """Up to `limit` accounts whose number comes after `after`, by account number.

        matching: a part of the account number, client number or client name; empty takes all.
        """
        account, client = _columns(AccountRow), _columns(ClientRow)
        asked = self._account_select().where(account.account_no > after).limit(limit)
        if matching:
            asked = asked.where(or_(*(
                column.contains(matching, autoescape=True)
                for column in (account.account_no, client.client_no, client.name)
            )))
        return self._facts(self._rows(asked))

    def account_count(self) -> int:
        asked = select(func.count()).select_from(AccountRow).where(*self._shown(_columns(AccountRow).client_id))
        return int(self._session.execute(asked).scalar_one())

    def clients(self) -> tuple[ClientFacts, ...]:
        """All clients that the scope shows, by client number."""
        table = _columns(ClientRow)
        asked = select(table.id, table.client_no, table.name, table.kind, table.birth_date)
        asked = asked.where(*self._shown(table.id))
        rows = self._session.execute(asked.order_by(table.client_no))
        return tuple(ClientFacts(one, no, name, _CLIENT_KINDS[kind], born) for one, no, name, kind, born in rows)

    def columns(self) -> tuple[IntArray, list[str], BoolArray]:
        """Ids, numbers and whether each is an institution or product: the clients that the scope shows, by number."""
        table = _columns(ClientRow)
        asked = select(table.id, table.client_no, table.kind != ClientKind.NATURAL.value).where(*self._shown(table.id))
        rows = plain_rows(self._session.connection(), asked.order_by(table.client_no))
        ids = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
        institution = np.fromiter((row[2] for row in rows), dtype=np.bool_, count=len(rows))
        return ids, [row[1] for row in rows], institution

    def client(self, client_no: str) -> ClientFacts:
        """Raises NoSuchClient."""
        found = self.clients_by_no([client_no])
        if not found:
            raise NoSuchClient.called(client_no)
        return found[client_no]

    def client_and_accounts(self, client_no: str) -> tuple[ClientFacts, tuple[str, ...]]:
        """The client and the numbers of its accounts, ascending, in one query. Raises NoSuchClient."""
        found = rows_of(self._session, *self.client_and_accounts_asked(client_no))
        if not found:
            raise NoSuchClient.called(client_no)
        numbers = tuple(row["account_no"] for row in found if row["account_no"] is not None)
        return _client_facts(found[0]), numbers

    def client_and_accounts_asked(self, client_no: str) -> Asked:
        """What `client_and_accounts` will ask, to be read ahead."""
        return _client_and_accounts(self._scope), {"client_no": client_no}

    def clients_by_no(self, client_nos: Sequence[str]) -> dict[str, ClientFacts]:
        """Those of these clients that the scope shows."""
        table = _columns(ClientRow)
        found: dict[str, ClientFacts] = {}
        for start in range(0, len(client_nos), _BATCH):
            asked = select(table.id, table.client_no, table.name, table.kind, table.birth_date).where(
                table.client_no.in_(list(client_nos[start : start + _BATCH])), *self._shown(table.id)
            )
            for one, no, name, kind, born in self._session.execute(asked):
                found[no] = ClientFacts(one, no, name, ClientKind(kind), born)
        return found

    def numbers_of(self, client_ids: Sequence[int]) -> dict[int, str]:
        """Client numbers by id, of those that the scope shows."""
        table = _columns(ClientRow)
        found: dict[int, str] = {}
        for start in range(0, len(client_ids), _BATCH):
            asked = select(table.id, table.client_no).where(
                table.id.in_([int(one) for one in client_ids[start : start + _BATCH]]), *self._shown(table.id)
            )
            found.update({row[0]: row[1] for row in self._session.execute(asked)})
        return found

    def import_version(self) -> str:
        """A text that changes with every import: what is made from the database may be kept under it."""
        batch = _columns(ImportBatchRow)
        count, last = self._session.execute(select(func.count(batch.id), func.max(batch.id))).one()
        return f"{count}/{last}"

    def _shown(self, client_id: Any) -> tuple[ColumnElement[bool], ...]:
        return shown(client_id, visible_clients, self._scope)

    def _account_select(self) -> Select[Any]:
        """Every read of accounts begins here, so that none leaves the scope."""
        account, client = _columns(AccountRow), _columns(ClientRow)
        return (
            select(
                account.id, account.account_no, client.client_no, client.name, account.kind, account.currency,
                account.opened_on, account.closed_on,
            )
            .join_from(AccountRow, ClientRow, account.client_id == client.id)
            .where(*self._shown(account.client_id))
            .order_by(account.account_no)
        )

    def _rows(self, asked: Select[Any]) -> list[Mapping[str, Any]]:
        return [dict(row) for row in self._session.execute(asked).mappings()]

    def _account_rows(self, account_nos: Sequence[str] | None) -> list[Mapping[str, Any]]:
        if account_nos is None:
            return self._rows(self._account_select())
        number = _columns(AccountRow).account_no
        found: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(account_nos), _BATCH):
            some = self._rows(self._account_select().where(number.in_(list(account_nos[start : start + _BATCH]))))
            found.update({row["account_no"]: row for row in some})
        missing = [one for one in account_nos if one not in found]
        if missing:
            raise NoSuchAccount.called(*missing)
        return [found[one] for one in account_nos]

    def _facts(self, rows: list[Mapping[str, Any]]) -> tuple[AccountFacts, ...]:
        with_cash = self._with_cash_statement([int(row["id"]) for row in rows])
        return tuple(_account(row, int(row["id"]) in with_cash) for row in rows)

    def _with_cash_statement(self, ids: list[int]) -> set[int]:
        """Accounts of which any cash flow or running balance is on file: these at the least."""
        account, flow, trade = _columns(AccountRow), _columns(CashflowRow), _columns(TradeRow)
        any_cash = or_(
            exists().where(flow.account_id == account.id),
            exists().where(trade.account_id == account.id, trade.balance.is_not(None)),
        )
        if len(ids) > _BOOK:  # a look at all is quicker than many at some
            return set(self._session.execute(select(account.id).where(any_cash)).scalars())
        found: set[int] = set()
        for start in range(0, len(ids), _BATCH):
            asked = select(account.id).where(account.id.in_(ids[start : start + _BATCH]), any_cash)
            found.update(self._session.execute(asked).scalars())
        return found

    def _sorted(
        self, columns: Mapping[str, Kind], table: str, ids: list[int], whole_book: bool, by: tuple[str, ...]
    ) -> Columns:
        """Columns of the accounts' rows with `account`, the place in `ids`, sorted by (account, day, *by)."""
        parts = [self._read(columns, table, some) for some in _sources(ids, whole_book)]
        read = {name: np.concatenate([part[name] for part in parts]) for name in columns}
        order = np.argsort(np.asarray(ids, dtype=np.int64))
        ranked = np.asarray(ids, dtype=np.int64)[order]
        account = order[np.searchsorted(ranked, read.pop("account_id"))]
        sorting = np.lexsort((*(read[name] for name in reversed(by)), read["day"], account))
        return {"account": account[sorting], **{name: column[sorting] for name, column in read.items()}}

    def _read(self, columns: Mapping[str, Kind], table: str, where: str) -> Columns:
        return integer_columns(self._session.connection(), columns, f"{table} WHERE {where}")


def _sources(ids: list[int], whole_book: bool) -> Iterator[str]:
    """Conditions that together name all the accounts; a span of ids where the whole book is asked."""
    for start in range(0, max(len(ids), 1), _ACCOUNTS_AT_ONCE):
        some = (sorted(ids) if whole_book else ids)[start : start + _ACCOUNTS_AT_ONCE]
        if whole_book and some:
            yield f"account_id BETWEEN {some[0]} AND {some[-1]}"
        else:
            yield f"account_id IN {id_list(some)}"


def _client_facts(row: Row) -> ClientFacts:
    return ClientFacts(row["id"], row["client_no"], row["name"], ClientKind(row["kind"]), row["birth_date"])


def _account(row: Mapping[str, Any], has_cash_statement: bool) -> AccountFacts:
    return AccountFacts(
        id=row["id"], account_no=row["account_no"], client_no=row["client_no"], client_name=row["name"],
        kind=AccountKind(row["kind"]), currency=row["currency"], opened_on=row["opened_on"],
        closed_on=row["closed_on"], has_cash_statement=has_cash_statement,
    )


def _offsets(account: IntArray, accounts: int) -> IntArray:
    return np.searchsorted(account, np.arange(accounts + 1)).astype(np.int64)


def _local(instrument_id: IntArray, securities: IntArray) -> IntArray:
    """Place in `securities`, -1 where there is none."""
    return np.where(instrument_id == UNKNOWN, -1, np.searchsorted(securities, instrument_id))


def _trades(rows: Columns, securities: IntArray, accounts: int) -> Trades:
    return Trades(
        offsets=_offsets(rows["account"], accounts), security=_local(rows["instrument_id"], securities),
        id=rows["id"], day=rows["day"], at=rows["at"], kind=rows["kind"],
        **{name: rows[name] for name in _NUMBERS},
    )


def _cashflows(rows: Columns, securities: IntArray, accounts: int) -> Cashflows:
    return Cashflows(
        offsets=_offsets(rows["account"], accounts), security=_local(rows["instrument_id"], securities),
        id=rows["id"], day=rows["day"], kind=rows["kind"], amount=rows["amount"], balance=rows["balance"],
        inferred=rows["inferred"] == 1,
    )


def _snapshots(rows: Columns, securities: IntArray, accounts: int) -> Snapshots:
    return Snapshots(
        offsets=_offsets(rows["account"], accounts), day=rows["day"],
        security=_local(rows["instrument_id"], securities), quantity=rows["quantity"], cost=rows["cost"],
        market_value=rows["market_value"],
    )
