"""Client and account files into their tables; levels of risk with their provenance."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select

from clients.imports import account_line, client_line, risk_line
from clients.postings import ClientIntake
from clients.tables import AccountRow, ClientRow, RiskLevelRow
from clients.types import AccountKind
from kit.imports.result import Refused
from kit.imports.rows import Cells, Counts


class ClientFileIntake(ClientIntake):
    """Clients, and their levels of risk with provenance. A later file puts names and contacts right."""

    OWN = ("name", "kind", "birth_date", "id_no", "phone")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._pending: list[tuple[int, Any, Any]] = []
        self._counts = Counts()

    def row(self, cells: Cells) -> None:
        line = client_line(cells)
        self._pending.append((cells.line, line, risk_line(cells)))

    def flush(self) -> None:
        numbers = {line.client_no for _, line, _ in self._pending}
        found = self.session.exec(select(ClientRow).where(col(ClientRow.client_no).in_(numbers)))
        clients = {row.client_no: row for row in found}
        outcome = [self._client(clients, number, line) for number, line, _ in self._pending]
        self.session.flush()
        levels = self._levels({row.id for row in clients.values() if row.id is not None})
        for (number, line, risk), done in zip(self._pending, outcome, strict=True):
            added = risk is not None and self._risk(levels, clients[line.client_no], risk, number)
            self._count(done, added)
        self._pending.clear()

    def _client(self, clients: dict[str, ClientRow], number: int, line: Any) -> str:
        row = clients.get(line.client_no)
        values = {name: getattr(line, name) for name in self.OWN if getattr(line, name)}
        if row is None:
            if not line.name:
                self.remarks.note("文件没有姓名列，新客户以客户号为姓名，待补", number)
            row = ClientRow(**{"client_no": line.client_no, "name": line.client_no} | values)
            self.session.add(row)
            clients[line.client_no] = row
            return "new"
        differing = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in differing.items():
            setattr(row, name, value)
        return "changed" if differing else "known"

    def _levels(self, ids: set[int]) -> set[tuple[Any, ...]]:
        """What is on file, by client, level and recording day (its unique constraint), and with the
        assessment day.
        """
        found = self.session.exec(select(RiskLevelRow).where(col(RiskLevelRow.client_id).in_(ids)))
        keys = [(row.client_id, row.level, row.recorded_on, row.assessed_on) for row in found]
        return {*keys, *(key[:3] for key in keys)}

    def _risk(self, levels: set[Any], client: ClientRow, risk: Any, number: int) -> bool:
        assert client.id is not None
        key = (client.id, risk.level, risk.recorded_on, risk.assessed_on)
        if key in levels:
            return False
        if risk.recorded_on is not None and key[:3] in levels:
            self.remarks.note("同一客户、等级、记录日已有另一测评日期，此行等级未重复登记", number)
            return False
        levels |= {key, key[:3]}
        self.session.add(
            RiskLevelRow(
                client_id=client.id,
                level=risk.level,
                provenance=risk.provenance,
                assessed_on=risk.assessed_on,
                recorded_on=risk.recorded_on,
                oddity=risk.oddity,
                batch_id=self.batch_id,
            )
        )
        if risk.provenance == "PREDICTED":
            self.remarks.note("风险等级是模型推测，已照录并标明来源", number)
        for oddity in (risk.oddity or "").split(","):
            said = {
                "SENTINEL_DATE": "测评日期是占位日期，已照录并标明",
                "FUTURE_DATE": "测评日期晚于记录日期，已照录并标明",
            }
            if oddity:
                self.remarks.note(said[oddity], number)
        return True

    def _count(self, done: str, risk_added: bool) -> None:
        if done == "new":
            self._counts.new += 1
        elif done == "changed":
            self._counts.changed += 1
        elif risk_added:
            self._counts.new += 1
        else:
            self._counts.known += 1

    def settle(self) -> Counts:
        return self._counts


class AccountIntake(ClientIntake):
    """Accounts; their client must exist, or be named by --client."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._clients = dict(self.session.exec(select(ClientRow.client_no, ClientRow.id)).all())
        self._counts = Counts()
        self._known = {row.account_no: row for row in self.session.exec(select(AccountRow))}

    def row(self, cells: Cells) -> None:
        line = account_line(cells)
        client = self._clients.get(line.client_no)
        if client is None:
            raise Refused("client_no", line.client_no, "没有这个客户：请先导入客户")
        row = self._known.get(line.account_no)
        if row is None:
            row = AccountRow(
                account_no=line.account_no,
                client_id=client,
                kind=line.kind.value,
                currency=line.currency,
                opened_on=line.opened_on,
                closed_on=line.closed_on,
            )
            self.session.add(row)
            self._known[line.account_no] = row
            self._counts.new += 1
            self._counts.accounts.append(line.account_no)
        elif row.client_id != client:
            raise Refused("client_no", line.client_no, f"账户 {line.account_no} 已属于另一位客户")
        else:
            self._counts.known += not self._update(row, line, cells)

    def _update(self, row: AccountRow, line: Any, cells: Cells) -> bool:
        said = {
            name: getattr(line, name)
            for name in ("kind", "currency", "opened_on", "closed_on")
            if cells.text(name)
        }
        said = {
            name: value.value if isinstance(value, AccountKind) else value for name, value in said.items()
        }
        differing = {name: value for name, value in said.items() if getattr(row, name) != value}
        for name, value in differing.items():
            setattr(row, name, value)
        self._counts.changed += bool(differing)
        return bool(differing)

    def settle(self) -> Counts:
        self.session.flush()
        return self._counts
