"""Every query on changes: appended and read, never changed."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from suitability.changes.problems import NoSuchChange
from suitability.changes.tables import ChangePreviewRow, ChangeRow, ChangeVerdictRow
from suitability.changes.types import Change, ChangeKind, PreviewRecord, Verdict


class ChangeRepository:
    """Changes on one session. They hold the house's rules, nothing of any client but in a preview's lists."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: ChangeRow | ChangePreviewRow | ChangeVerdictRow) -> None:
        self._session.add(row)
        self._session.flush()

    def change(self, change_id: int) -> Change:
        """Raises NoSuchChange."""
        found = self._changes(col(ChangeRow.id) == change_id)
        if not found:
            raise NoSuchChange(f"没有第 {change_id} 号变更")
        return found[0]

    def changes(self, kind: ChangeKind | None = None, target: str | None = None) -> tuple[Change, ...]:
        """Newest first."""
        where = [] if kind is None else [col(ChangeRow.kind) == kind.value]
        where += [] if target is None else [col(ChangeRow.target) == target]
        return self._changes(*where)

    def _changes(self, *where: Any) -> tuple[Change, ...]:
        asked = (
            select(ChangeRow, ChangeVerdictRow)
            .join(ChangeVerdictRow, col(ChangeVerdictRow.change_id) == col(ChangeRow.id), isouter=True)
            .where(*where)
            .order_by(col(ChangeRow.id).desc())
        )
        rows = list(self._session.execute(asked))
        previews = self._previews([row.id for row, _ in rows])
        return tuple(_change(row, previews.get(row.id), verdict) for row, verdict in rows)

    def _previews(self, change_ids: list[int]) -> dict[int, PreviewRecord]:
        """The newest preview of each."""
        asked = select(ChangePreviewRow).where(col(ChangePreviewRow.change_id).in_(change_ids))
        rows = self._session.exec(asked.order_by(col(ChangePreviewRow.id)))
        return {row.change_id: _preview(row) for row in rows}


def _preview(row: ChangePreviewRow) -> PreviewRecord:
    assert row.id is not None
    return PreviewRecord(
        id=row.id, change_id=row.change_id, day=row.day, digest=row.digest, result=row.result, made_by=row.made_by,
        made_at=row.made_at,
    )


def _change(row: ChangeRow, preview: PreviewRecord | None, verdict: ChangeVerdictRow | None) -> Change:
    assert row.id is not None
    told = None if verdict is None else Verdict(
        approved=verdict.approved, preview_id=verdict.preview_id, reason=verdict.reason,
        decided_by=verdict.decided_by, decided_at=verdict.decided_at,
    )  # fmt: skip
    return Change(
        id=row.id, kind=ChangeKind(row.kind), target=row.target, title=row.title, reason=row.reason,
        content=row.content, version=row.version, base=row.base, effective_from=row.effective_from,
        rollback_of=row.rollback_of, digest=row.digest, drafted_by_id=row.drafted_by_id, drafted_by=row.drafted_by,
        drafted_at=row.drafted_at, preview=preview, verdict=told,
    )
