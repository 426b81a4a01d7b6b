"""投资者评估数据库: the nine items of information as they were stated, within a scope. The commit is the caller's."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session

from clients.repository import ClientRepository
from clients.staff.filing import Stamp, file_change
from kit.access import Role, Scope
from kit.clock import day_of
from kit.rulebook import Rulebook
from suitability.assessment.repository import AssessmentRepository
from suitability.category.information import OF_ASSESSMENT, Stated, items_on
from suitability.category.judge import category_book
from suitability.category.problems import ApplicationIncomplete
from suitability.category.repository import CategoryRepository
from suitability.category.tables import InformationRow
from suitability.category.types import InformationItem, InformationSource, ItemState


class InformationService:
    """The nine items over one session."""

    def __init__(self, session: Session, scope: Scope, *, book: Rulebook | None = None) -> None:
        self._session = session
        self._book = book or category_book()
        self._clients = ClientRepository(session, scope)
        self._read = CategoryRepository(session)

    def record_information(
        self, client_no: str, item: InformationItem, stamp: Stamp, *, as_of: date, source: InformationSource,
        document: str, note: str = "",
    ) -> tuple[ItemState, ...]:  # fmt: skip
        """File that an item was stated on a day. What the assessment tells comes from the assessment alone; what was
        asked elsewhere, from the firm. Raises NoSuchClient, ApplicationIncomplete.
        """
        client, day = self._clients.client(client_no), day_of(stamp.at)
        outside = source is InformationSource.EXTERNAL and stamp.actor.role is Role.CLIENT
        if source is InformationSource.ASSESSMENT or outside:
            raise ApplicationIncomplete(f"来源“{source.label}”不能这样登记；请写明客户申报或证明材料")
        if as_of > day or not document.strip():
            raise ApplicationIncomplete(f"{item.label}的时点不能晚于 {day}，并须附材料摘要")
        filed = self._read.add(InformationRow(
            client_id=client.id, item=item.value, as_of=as_of, source=source.value, document=document,
            note=note[:256], filed_at=stamp.at, filed_by=stamp.actor.name,
        ))  # fmt: skip
        file_change(
            self._session, stamp, "information.record", "client_information", str(filed), client_no=client_no,
            item=item, as_of=as_of, source=source,
        )  # fmt: skip
        return self.information(client_no, day)

    def information(self, client_no: str, day: date) -> tuple[ItemState, ...]:
        """The nine items on the day: on file, how old, missing, stale. Raises NoSuchClient."""
        client = self._clients.client(client_no)
        stated = self._read.information(client.id)
        for filed in AssessmentRepository(self._session).history(client.id):
            stated += [Stated(item, filed.row.assessed_on, InformationSource.ASSESSMENT) for item in OF_ASSESSMENT]
        return items_on(stated, client.kind, day, self._book)
