"""Accounts by number while a file is taken in, and what the operator said besides the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from clients.tables import AccountRow, CashflowRow, ClientRow, TradeRow
from kit.imports.result import Refused, Remarks
from kit.imports.rows import Cells
from kit.problems import BadInput
from market.types import Venue


@dataclass(frozen=True, slots=True)
class Given:
    """What the operator said besides the file, and when."""

    at: datetime
    account: str | None = None
    client: str | None = None
    venue: Venue | None = None


class AccountBook:
    """Accounts by number.

    One that does not exist is made on the way only when the operator named its client.
    """

    def __init__(self, session: Session, given: Given, remarks: Remarks) -> None:
        self._session = session
        self._given = given
        self._remarks = remarks
        self._ids: dict[str, int] = {}
        for number, row_id in session.exec(select(AccountRow.account_no, AccountRow.id)):
            assert row_id is not None
            self._ids[number] = row_id
        self.touched: dict[str, int] = {}
        if given.account and given.client:
            self._check_owner(given.account, given.client)

    def _check_owner(self, account: str, client: str) -> None:
        owner = self._session.exec(
            select(ClientRow.client_no)
            .join(AccountRow, col(AccountRow.client_id) == col(ClientRow.id))
            .where(col(AccountRow.account_no) == account)
        ).first()
        if owner is not None and owner != client:
            raise BadInput(f"账户 {account} 已属于另一位客户，与 --client {client} 不同，未导入")

    def id_of(self, cells: Cells) -> int:
        """The account of a row: its own column, else the operator's. Raises Refused."""
        number = cells.text("account_no")
        given = self._given.account
        if given and number and number != given and "*" not in number:
            raise Refused("account_no", number, f"与 --account {given} 不同")
        number = given or number
        if not number:
            raise Refused("account_no", "", "不能为空：文件没有账户列时用 --account 指明账户")
        found = self._ids.get(number)
        if found is None:
            found = self._make(number)
        self.touched[number] = found
        return found

    def _make(self, number: str) -> int:
        if not self._given.client:
            raise Refused(
                "account_no", number, "没有这个账户：请先导入账户，或用 --client 指明客户以顺带建立"
            )
        if len(number) > 64:
            raise Refused("account_no", number[:40] + "…", "最多 64 个字符")
        client = self._session.exec(
            select(ClientRow).where(col(ClientRow.client_no) == self._given.client)
        ).first()
        if client is None:
            client = ClientRow(client_no=self._given.client, name=self._given.client)
            self._session.add(client)
            self._session.flush()
            self._remarks.note(f"客户 {self._given.client} 尚未登记，已顺带建立，姓名待补")
        assert client.id is not None
        account = AccountRow(account_no=number, client_id=client.id)
        self._session.add(account)
        self._session.flush()
        assert account.id is not None
        self._ids[number] = account.id
        self._remarks.note(f"账户 {number} 尚未登记，已按 --client {self._given.client} 顺带建立（普通账户）")
        return account.id

    def known(self, text: str) -> int | None:
        """The id of an account that exists, by its number as the file writes it; None for any other text."""
        found = self._ids.get(text)
        if found is not None:
            self.touched[text] = found
        return found

    def with_rows_of(self, batch_id: int) -> dict[str, int]:
        """Accounts that this file touched, or that already hold rows of its batch (a mended reject file
        adds to it).
        """
        held: set[int] = set()
        for row in (TradeRow, CashflowRow):
            held |= set(
                self._session.exec(select(row.account_id).where(col(row.batch_id) == batch_id).distinct())
            )
        return {number: row_id for number, row_id in self._ids.items() if row_id in held} | self.touched
