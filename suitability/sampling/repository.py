"""Every query on callback samples: appended and read, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from kit.labels import Labelled
from suitability.sampling.drawing import Drawn
from suitability.sampling.problems import NoSuchSample, NotInSample
from suitability.sampling.tables import MemberRow, ResultRow, SampleRow


class CallOutcome(Labelled):
    """回访结果"""

    REACHED = "REACHED", "已回访"
    NO_ANSWER = "NO_ANSWER", "未接通"
    DECLINED = "DECLINED", "客户拒绝回访"
    WRONG_NUMBER = "WRONG_NUMBER", "号码有误"


class CallChannel(Labelled):
    """回访方式"""

    PHONE = "PHONE", "电话"
    VISIT = "VISIT", "当面"
    APP = "APP", "App"
    LETTER = "LETTER", "信函"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample with the clients drawn, in the order of drawing."""

    id: int
    year: int
    basis_day: date
    frame_size: int
    frame_digest: str
    excluded: dict[str, int]
    share: str
    strata: dict[str, list[int]]
    seed: str
    size: int
    rule_version: str
    digest: str
    drawn_by: str
    drawn_at: datetime
    members: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """One call, or one attempt. problem: what did not go as it should, '' where nothing."""

    client_no: str
    sample_id: int
    outcome: CallOutcome
    channel: CallChannel
    problem: str
    note: str
    called_on: date
    filed_by: str
    filed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawee:
    """被抽中的客户: place counts on in the order of drawing over all samples; calls oldest first."""

    place: int
    client_no: str
    stratum: str
    calls: tuple[CallResult, ...]

    @property
    def reached(self) -> bool:
        return any(one.outcome is CallOutcome.REACHED for one in self.calls)


class SamplingRepository:
    """Samples on one session. They are compliance's own: whoever may draw may see them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: SampleRow, drawn: Drawn) -> Sample:
        self._session.add(row)
        self._session.flush()
        assert row.id is not None
        for one in drawn.members:
            self._session.add(MemberRow(sample_id=row.id, client_no=one.client_no, stratum=one.stratum))
            self._session.flush()
        return self.sample(row.id)

    def sample(self, sample_id: int) -> Sample:
        """Raises NoSuchSample."""
        row = self._session.get(SampleRow, sample_id)
        if row is None:
            raise NoSuchSample(f"没有第 {sample_id} 号回访样本")
        return self._whole([row])[0]

    def samples(self, year: int | None = None) -> tuple[Sample, ...]:
        """Oldest first."""
        asked = select(SampleRow).order_by(col(SampleRow.id))
        if year is not None:
            asked = asked.where(col(SampleRow.year) == year)
        return tuple(self._whole(list(self._session.exec(asked))))

    def member(self, sample_id: int, client_no: str) -> MemberRow:
        """Raises NotInSample."""
        asked = select(MemberRow).where(col(MemberRow.sample_id) == sample_id, col(MemberRow.client_no) == client_no)
        row = self._session.exec(asked).first()
        if row is None:
            raise NotInSample(f"客户 {client_no} 不在第 {sample_id} 号回访样本内")
        return row

    def add_result(self, member: MemberRow, row: ResultRow) -> CallResult:
        self._session.add(row)
        self._session.flush()
        return _result(row, member)

    def clients(self, sample_id: int, *, waiting: bool, after: int, limit: int) -> list[Drawee]:
        """Members of a sample behind the place `after`, with their calls. Two queries, however many."""
        own = (col(MemberRow.sample_id) == sample_id, col(MemberRow.id) > after)
        asked = select(MemberRow).where(*own).order_by(col(MemberRow.id)).limit(limit)
        if waiting:
            reached = select(col(ResultRow.member_id)).where(col(ResultRow.outcome) == CallOutcome.REACHED.value)
            asked = asked.where(col(MemberRow.id).not_in(reached))
        members = {one.id or 0: one for one in self._session.exec(asked)}
        calls: dict[int, list[CallResult]] = {place: [] for place in members}
        wanted = select(ResultRow).where(col(ResultRow.member_id).in_(list(members))).order_by(col(ResultRow.id))
        for row in self._session.exec(wanted):
            calls[row.member_id].append(_result(row, members[row.member_id]))
        return [
            Drawee(place=place, client_no=one.client_no, stratum=one.stratum, calls=tuple(calls[place]))
            for place, one in members.items()
        ]

    def results(self, sample_ids: Sequence[int], first: date = date.min, last: date = date.max) -> list[CallResult]:
        """Calls of these samples between two days, in the order in which they were filed."""
        asked = (
            select(ResultRow, MemberRow)
            .join(MemberRow, col(MemberRow.id) == col(ResultRow.member_id))
            .where(col(MemberRow.sample_id).in_(list(sample_ids)))
            .where(col(ResultRow.called_on) >= first, col(ResultRow.called_on) <= last)
            .order_by(col(ResultRow.id))
        )
        return [_result(row, member) for row, member in self._session.execute(asked)]

    def _whole(self, rows: list[SampleRow]) -> list[Sample]:
        ids = [row.id for row in rows]
        asked = select(MemberRow).where(col(MemberRow.sample_id).in_(ids)).order_by(col(MemberRow.id))
        members: dict[int, list[str]] = {}
        for one in self._session.exec(asked):
            members.setdefault(one.sample_id, []).append(one.client_no)
        return [_sample(row, tuple(members.get(row.id or 0, ()))) for row in rows]


def _sample(row: SampleRow, members: tuple[str, ...]) -> Sample:
    assert row.id is not None
    plain: dict[str, Any] = row.excluded
    return Sample(
        id=row.id, year=row.year, basis_day=row.basis_day, frame_size=row.frame_size, frame_digest=row.frame_digest,
        excluded=plain, share=row.share, strata=row.strata, seed=row.seed, size=row.size,
        rule_version=row.rule_version, digest=row.digest, drawn_by=row.drawn_by, drawn_at=row.drawn_at,
        members=members,
    )


def _result(row: ResultRow, member: MemberRow) -> CallResult:
    return CallResult(
        client_no=member.client_no, sample_id=member.sample_id, outcome=CallOutcome(row.outcome),
        channel=CallChannel(row.channel), problem=row.problem, note=row.note, called_on=row.called_on,
        filed_by=row.filed_by, filed_at=row.filed_at,
    )
