"""`heshi import`: one file of any kind, from the first byte to the last count, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeAlias

from sqlmodel import Session, col, select

from clients.accounts import Given
from clients.contacts.intake import ContactsIntake
from clients.household.intake import BalancesIntake, HouseholdIntake, MembersIntake
from clients.imports import KIND_NAMES, STATEMENT
from clients.kinds import aliases, kind_names, kinds, registered_intake
from clients.logins.intake import LoginsIntake
from clients.postings import CashflowIntake, ClientIntake, HoldingIntake, TradeIntake
from clients.registration import AccountIntake, ClientFileIntake
from clients.satisfaction.intake import SurveysIntake
from clients.service.intake import ServiceIntake
from clients.staff.filing import Stamp, file_change
from clients.staff.intake import BranchIntake, StaffIntake
from clients.staff.relation_intake import RelationIntake
from clients.statement_intake import StatementIntake
from clients.tables import ImportBatchRow
from kit.db import transaction
from kit.digest import file_digest
from kit.identity.desk import HOUSE
from kit.imports.headings import KindColumns, Layout, is_reject_file, lay_out, missing, recognise, wrong_kind
from kit.imports.result import ImportResult, Refused, Remarks
from kit.imports.rows import Cells, Counts, Intake, RejectLog
from kit.problems import BadInput
from kit.sheets import Sheet, open_sheet
from market.codes import CodeError, venue_named, zone_of
from market.intake import MARKET_INTAKES
from market.products.intake import PRODUCT_INTAKES
from market.types import Venue

Progress: TypeAlias = Callable[[int], None]
"""Called with the number of rows read so far."""

CLIENT_INTAKES: dict[str, type[ClientIntake] | type[HouseholdIntake] | type[ServiceIntake]] = {
    "clients": ClientFileIntake,
    "accounts": AccountIntake,
    "trades": TradeIntake,
    "cashflows": CashflowIntake,
    "holdings": HoldingIntake,
    "statement": StatementIntake,
    "branches": BranchIntake,
    "staff": StaffIntake,
    "relations": RelationIntake,
    "households": MembersIntake,
    "balances": BalancesIntake,
    "contacts": ContactsIntake,
    "surveys": SurveysIntake,
    "logins": LoginsIntake,
}
_OF_MARKET = {**MARKET_INTAKES, **PRODUCT_INTAKES}
REJECTS = ".rejects.csv"
LONGEST_ID = 128  # of a record in the trail


def import_file(
    target: Session | str | None,
    path: Path | str,
    *,
    kind: str | None = None,
    account: str | None = None,
    client: str | None = None,
    venue: str | None = None,
    dry_run: bool = False,
    strict: bool = False,
    reject_file: Path | str | None = None,
    progress: Progress | None = None,
    stamp: Stamp | None = None,
) -> ImportResult:
    """Import one file and say what became of every row; what it changed is one row of the trail.

    target: a session (the caller commits), a database URL, or None for the settings' database.
    kind: one of `clients.kinds.kind_names()`, else known by the columns. account, client, venue: what the file does
    not say.
    dry_run: count and check, write nothing. strict: the whole file or nothing. reject_file: where refused
    rows go
    (default: beside the file, `NAME.rejects.csv`; none is written without refused rows or in a dry run).
    stamp: who imports, when and from where; by default whoever sits at the machine, now.
    Raises BadInput for a file that cannot be read at all or is of another kind. Nothing is half-written.
    """
    path = Path(path)
    by = stamp or Stamp(HOUSE, datetime.now(UTC))
    given = Given(by.at, account or None, client or None, _venue(venue))
    sheet = open_sheet(path, is_heading=_looks_like_heading)
    columns, layout = _kind_of(sheet, kind, given)
    rejects_path = (
        None if dry_run else Path(reject_file) if reject_file else path.with_name(path.name + REJECTS)
    )
    with _unit(target) as session:
        job = _Job(session, sheet, columns, layout, given, rejects_path, progress, by)
        return job.run(dry_run=dry_run, strict=strict)


def _venue(name: str | None) -> Venue | None:
    if not name:
        return None
    try:
        return venue_named(name)
    except CodeError as problem:
        raise BadInput(str(problem)) from problem


def _looks_like_heading(row: list[str]) -> bool:
    """Whether any kind knows two or more of the cells as headings."""
    return any(len(lay_out(kind, row, aliases()[kind.kind]).places) >= 2 for kind in kinds())


def _kind_of(sheet: Sheet, kind: str | None, given: Given) -> tuple[KindColumns, Layout]:
    told = frozenset(["account_no"] if given.account else [])
    likely = recognise(kinds(), sheet.headings, aliases(), told)
    if kind is None:
        if likely is None:
            raise BadInput(_unknown_kind(sheet, told))
        return likely, lay_out(likely, sheet.headings, aliases()[likely.kind])
    wanted = next((one for one in kinds() if one.kind == kind), None)
    if wanted is None:
        raise BadInput(f"没有 {kind} 这种文件；可用：{'、'.join(kind_names())}")
    layout = lay_out(wanted, sheet.headings, aliases()[kind])
    if lacking := missing(wanted, layout, told):
        raise wrong_kind(sheet.path.name, wanted, lacking, likely)
    return wanted, layout


def _unknown_kind(sheet: Sheet, told: frozenset[str]) -> str:
    """Names the kind that comes nearest and what it lacks."""
    nearest = min(
        kinds(),
        key=lambda kind: (
            len(missing(kind, lay_out(kind, sheet.headings, aliases()[kind.kind]), told))
            / (len(kind.required) or 1)
        ),
    )
    lacking = missing(nearest, lay_out(nearest, sheet.headings, aliases()[nearest.kind]), told)
    hint = "；没有账户列时加 --account 账户号" if lacking == ["account_no"] else ""
    return (
        f"{sheet.path.name} 的列看不出是哪种文件（{'、'.join(sheet.headings[:12])}）；"
        f"最接近 {nearest.kind}（{nearest.label}），还缺 {'、'.join(lacking)}{hint}"
    )


@contextmanager
def _unit(target: Session | str | None) -> Iterator[Session]:
    if isinstance(target, Session):
        yield target
    else:
        with transaction(target) as session:
            yield session


class _Job:
    """One import: reads, posts, settles, and undoes everything where asked."""

    def __init__(
        self,
        session: Session,
        sheet: Sheet,
        columns: KindColumns,
        layout: Layout,
        given: Given,
        rejects_path: Path | None,
        progress: Progress | None,
        stamp: Stamp,
    ) -> None:
        self.session = session
        self.sheet = sheet
        self.columns = columns
        self.layout = layout
        self.given = given
        self.remarks = Remarks()
        self.remarks.extend(sheet.remarks)
        self.rejects = RejectLog(sheet, layout, rejects_path)
        self.progress = progress
        self.stamp = stamp

    def run(self, *, dry_run: bool, strict: bool) -> ImportResult:
        point = self.session.begin_nested()
        try:
            read, counts, batch = self._load()
            undo = dry_run or (strict and self.rejects.count > 0)
            if not undo and batch is not None:
                self._close_batch(batch, read, counts)
        except BaseException:
            point.rollback()
            raise
        finally:
            rejected = self.rejects.close()
        if undo:
            point.rollback()
            self.session.expire_all()
        else:
            point.commit()
        return self._result(read, counts, rejected, dry_run=dry_run, written=not undo)

    def _load(self) -> tuple[int, Counts, ImportBatchRow | None]:
        batch = self._open_batch()
        intake: Intake | None = None
        read = 0
        for rows in self.sheet.batches():
            if intake is None:
                intake = self._intake(batch, _newest_first(rows.rows, self.layout))
            intake.take(rows)
            read += len(rows.rows)
            if self.progress is not None:
                self.progress(read)
        if intake is None:
            raise BadInput(f"{self.sheet.path.name} 只有表头，没有数据行")
        counts = intake.settle()
        self.rejects.add_later(counts.refused_later)
        return read, counts, batch

    def _intake(self, batch: ImportBatchRow, newest_first: bool) -> Intake:
        kind = self.columns.kind
        if kind in _OF_MARKET:
            return _OF_MARKET[kind](
                self.session, self.layout, self.remarks, self.rejects, self.given.venue
            )
        assert batch.id is not None
        if newest_first:
            self.remarks.note("文件按时间倒序，已还原为正序")
        taking = registered_intake(kind) or CLIENT_INTAKES[kind]
        return taking(
            self.session,
            self.layout,
            self.remarks,
            self.rejects,
            self.given,
            self._origin(batch.id),
            newest_first,
        )

    def _origin(self, batch_id: int) -> int:
        """The batch to file under: a mended reject file adds to the batch of the file it came from."""
        name = self.sheet.path.name
        if not is_reject_file(self.sheet.headings) or not name.endswith(REJECTS):
            return batch_id
        first = self.session.exec(
            select(ImportBatchRow.id)
            .where(
                col(ImportBatchRow.file_name) == name.removesuffix(REJECTS),
                col(ImportBatchRow.id) != batch_id,
            )
            .order_by(col(ImportBatchRow.id).desc())
        ).first()
        return first or batch_id

    def _open_batch(self) -> ImportBatchRow:
        batch = ImportBatchRow(
            kind=self.columns.kind,
            file_name=self.sheet.path.name[:255],
            file_digest=file_digest(self.sheet.path),
            imported_at=self.stamp.at,
            rows_read=0,
            rows_new=0,
            rows_known=0,
            rows_refused=0,
        )
        self.session.add(batch)
        self.session.flush()
        return batch

    def _close_batch(self, batch: ImportBatchRow, read: int, counts: Counts) -> None:
        if counts.new + counts.changed == 0 and self.rejects.count == 0:
            self.session.delete(batch)  # a file that changes nothing leaves no trace
            self.session.flush()
            return
        batch.rows_read, batch.rows_new = read, counts.new + counts.changed
        batch.rows_known, batch.rows_refused = counts.known, self.rejects.count
        self.session.add(batch)
        file_change(
            self.session, self.stamp, "file.import", "file", batch.file_name[:LONGEST_ID], version=batch.id or 0,
            digest=batch.file_digest, kind=batch.kind, rows_read=read, rows_new=counts.new, rows_changed=counts.changed,
            rows_known=counts.known, rows_refused=self.rejects.count,
        )  # fmt: skip

    def _result(
        self, read: int, counts: Counts, rejected: str | None, *, dry_run: bool, written: bool
    ) -> ImportResult:
        if self.layout.unused:
            self.remarks.note(f"未使用的列：{'、'.join(self.layout.unused)}")
        return ImportResult(
            kind=self.columns.kind,
            file=self.sheet.path.name,
            rows_read=read,
            rows_new=counts.new,
            rows_known=counts.known,
            rows_refused=self.rejects.count,
            remarks=self.remarks.sentences(),
            rejects=self.rejects.kept,
            reject_file=rejected,
            rows_changed=counts.changed,
            dry_run=dry_run,
            written=written,
            accounts=counts.accounts,
        )


def _newest_first(rows: list[list[str]], layout: Layout) -> bool:
    """Whether the rows of each account run from the newest day to the oldest: some steps go back, none goes
    forward.
    """
    column = "traded_at" if "traded_at" in layout.places else "date"
    if column not in layout.places:
        return False
    last: dict[str, date] = {}
    back = 0
    for row in rows:
        cells = Cells(layout, 0, [*row, *[""] * len(layout.headings)], Remarks())
        try:
            on = cells.when(column, zone_of(None)).day
        except Refused:
            continue
        before = last.get(cells.text("account_no"), on)
        if on > before:
            return False
        back += on < before
        last[cells.text("account_no")] = on
    return back > 0


__all__ = ["KIND_NAMES", "STATEMENT", "Progress", "import_file"]
