"""What contact, survey and login files share: clients and staff by number, dates of now, a batch. Twice is once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, select

from clients.staff.tables import StaffRow
from clients.tables import ClientRow
from kit.clock import day_of
from kit.imports.headings import Layout
from kit.imports.result import Refused, Remarks
from kit.imports.rows import Counts, Intake, RejectLog

IMPORTED: Final = "导入"


class ServiceIntake(Intake):
    """Rows about clients that exist; nothing is made on the way."""

    table: type[SQLModel]

    def __init__(
        self, session: Session, layout: Layout, remarks: Remarks, rejects: RejectLog, given: Any, batch_id: int,
        newest_first: bool = False,
    ) -> None:  # fmt: skip
        del newest_first
        super().__init__(layout, remarks, rejects)
        self.session = session
        self.batch_id = batch_id
        self.now: datetime = getattr(given, "at", None) or datetime.now(UTC)
        self.clients: dict[str, int | None] = dict(session.exec(select(ClientRow.client_no, ClientRow.id)).all())
        self.staff: dict[str, int | None] = dict(session.exec(select(StaffRow.staff_no, StaffRow.id)).all())
        self.counts = Counts()
        self._new: list[dict[str, Any]] = []

    @property
    def today(self) -> date:
        return day_of(self.now)

    def client_id(self, client_no: str) -> int:
        """Raises Refused."""
        found = self.clients.get(client_no)
        if found is None:
            raise Refused("client_no", client_no, "没有这个客户：请先导入客户")
        return found

    def staff_id(self, staff_no: str) -> int | None:
        """None where none is named. Raises Refused for one that does not exist."""
        if not staff_no:
            return None
        found = self.staff.get(staff_no)
        if found is None:
            raise Refused("staff_no", staff_no, "没有这位人员：请先导入人员")
        return found

    def add(self, values: dict[str, Any]) -> None:
        """One new row, written with its fellows."""
        self._new.append(values)
        self.counts.new += 1

    def flush(self) -> None:
        if self._new:
            self.session.execute(insert(self.table), self._new)
            self._new = []

    def settle(self) -> Counts:
        self.flush()
        return self.counts
