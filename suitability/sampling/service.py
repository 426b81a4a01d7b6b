"""The desk of callbacks: draw a sample, record each call, say how far the year is. The commit is the caller's."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session

from clients.activity_repository import ActivityRepository
from clients.staff.filing import Stamp, file_change
from clients.staff.relation_repository import RelationRepository
from kit.access import everything
from kit.clock import day_of
from kit.digest import digest
from kit.rulebook import Rulebook, load_rulebook
from suitability.category.service import category_columns
from suitability.sampling.drawing import Drawn, Frame, draw, frame_of, quota
from suitability.sampling.problems import CallbackIncomplete, NothingToDraw, YearNotBegun
from suitability.sampling.repository import CallChannel, CallOutcome, CallResult, Drawee, Sample, SamplingRepository
from suitability.sampling.tables import ResultRow, SampleRow

CHANNELS: Final = tuple(one.value for one in CallChannel)
LONGEST: Final = 512


@dataclass(frozen=True, slots=True)
class YearQuota:
    """回访进度: needed is the least number for the year by the frame of its first sample; done counts clients once."""

    year: int
    frame_size: int
    needed: int
    sampled: int
    done: int
    tried: int  # clients called without reaching them
    problems: int

    @property
    def met(self) -> bool:
        return self.frame_size > 0 and self.done >= self.needed


def callback_book() -> Rulebook:
    return load_rulebook("suitability", "callbacks")


class SamplingService:
    """Callbacks over one session, of the whole firm."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read = SamplingRepository(session)

    def frame(self, year: int) -> Frame:
        """Who may be drawn in a year, by what was on file at the end of the year before."""
        basis, book = date(year - 1, 12, 31), callback_book()
        categories = category_columns(self._session, basis)
        professional = frozenset(categories.client_id[categories.category > 0].tolist())
        branches = {}
        if book.on("CALLBACK-STRATA", basis) == "branch":
            branches = RelationRepository(self._session, everything(basis)).branches_on(basis)
        activity = ActivityRepository(self._session, everything(basis)).until(basis)
        return frame_of(activity, professional, branches, basis, book.on("CALLBACK-FRAME", basis))

    def draw(self, year: int, stamp: Stamp, *, seed: str | None = None) -> Sample:
        """Draw the year's share, or once more from those who were not drawn yet. seed: fresh unless given.

        Raises YearNotBegun before the frame's last day is over, NothingToDraw.
        """
        if day_of(stamp.at).year < year:
            raise YearNotBegun(f"{year} 年的抽样范围以 {year - 1} 年末的记录为准，{year} 年开始以后才能抽取")
        frame, book = self.frame(year), callback_book()
        if not frame.members:
            raise NothingToDraw(f"{frame.basis} 没有符合回访条件的客户，不能抽样")
        share = Decimal(book.on("CALLBACK-SHARE", frame.basis))
        before = frozenset(no for one in self._read.samples(year) for no in one.members)
        seed = seed or secrets.token_hex(16)
        drawn = draw(frame.members, share, seed, before)
        if not drawn.members:
            raise NothingToDraw(f"{year} 年符合条件的客户都已抽中")
        sample = self._read.add(self._row(year, frame, share, seed, drawn, book.version, stamp), drawn)
        self._file(stamp, "callback.draw", sample.id, sample.digest, year=year, size=sample.size, seed=seed,
                   frame=frame.digest)  # fmt: skip
        return sample

    def draw_again(self, sample_id: int) -> Drawn:
        """The same draw from today's records: equal members prove the sample. Raises NoSuchSample."""
        sample = self._read.sample(sample_id)
        before = frozenset(
            no for one in self._read.samples(sample.year) if one.id < sample_id for no in one.members
        )
        return draw(self.frame(sample.year).members, Decimal(sample.share), sample.seed, before)

    def record(
        self, sample_id: int, client_no: str, outcome: CallOutcome, stamp: Stamp, *, called_on: date,
        channel: str = "PHONE", problem: str = "", note: str = "", evidence: str = "",
    ) -> CallResult:  # fmt: skip
        """File a call or an attempt. Raises NoSuchSample, NotInSample, CallbackIncomplete."""
        self._read.sample(sample_id)
        member = self._read.member(sample_id, client_no)
        if channel not in CHANNELS:
            raise CallbackIncomplete(f"回访方式 {channel} 不在 {'、'.join(CHANNELS)} 之内")
        if called_on > day_of(stamp.at):
            raise CallbackIncomplete(f"回访日期 {called_on} 晚于登记日")
        if max(len(problem), len(note)) > LONGEST:
            raise CallbackIncomplete(f"问题与说明各最多 {LONGEST} 个字符")
        if outcome is not CallOutcome.REACHED and problem:
            raise CallbackIncomplete("没有回访到客户，不能登记客户反映的问题；请写入说明")
        assert member.id is not None
        filed = self._read.add_result(member, ResultRow(
            member_id=member.id, outcome=outcome.value, channel=channel, problem=problem, note=note,
            evidence=evidence, called_on=called_on, filed_by_id=stamp.actor.user_id, filed_by=stamp.actor.name,
            filed_at=stamp.at,
        ))  # fmt: skip
        self._file(stamp, "callback.record", sample_id, evidence, client=client_no, outcome=outcome,
                   called_on=called_on.isoformat(), problem=bool(problem))  # fmt: skip
        return filed

    def quota(self, year: int, last: date = date.max) -> YearQuota:
        """How far the year is, by calls up to `last`."""
        samples = self._read.samples(year)
        if not samples:
            return YearQuota(year, 0, 0, 0, 0, 0, 0)
        results = self._read.results([one.id for one in samples], last=last)
        done = {one.client_no for one in results if one.outcome is CallOutcome.REACHED}
        tried = {one.client_no for one in results} - done
        frame = samples[0].frame_size
        return YearQuota(
            year, frame, quota(frame, Decimal(samples[0].share)), sum(one.size for one in samples), len(done),
            len(tried), sum(bool(one.problem) for one in results),
        )  # fmt: skip

    def samples(self, year: int | None = None) -> tuple[Sample, ...]:
        """Oldest first; of every year unless one is named."""
        return self._read.samples(year)

    def sample(self, sample_id: int) -> Sample:
        """Raises NoSuchSample."""
        return self._read.sample(sample_id)

    def clients(self, sample_id: int, *, waiting: bool = False, after: int = 0, limit: int = 50) -> list[Drawee]:
        """Who was drawn, in the order of drawing, each with the calls so far. Raises NoSuchSample.

        waiting: those alone who were not reached yet.
        """
        self._read.sample(sample_id)
        return self._read.clients(sample_id, waiting=waiting, after=after, limit=limit)

    def results(self, year: int, first: date = date.min, last: date = date.max) -> list[CallResult]:
        return self._read.results([one.id for one in self._read.samples(year)], first, last)

    def _row(
        self, year: int, frame: Frame, share: Decimal, seed: str, drawn: Drawn, version: str, stamp: Stamp
    ) -> SampleRow:
        strata = {name: list(sizes) for name, sizes in drawn.strata.items()}
        told = {
            "year": year, "basis": frame.basis, "frame": frame.digest, "share": str(share), "strata": strata,
            "seed": seed, "members": [one.client_no for one in drawn.members], "rules": version,
        }  # fmt: skip
        return SampleRow(
            year=year, basis_day=frame.basis, frame_size=len(frame.members), frame_digest=frame.digest,
            excluded=dict(frame.excluded), share=str(share), strata=strata, seed=seed, size=len(drawn.members),
            rule_version=version, digest=digest(told), drawn_by_id=stamp.actor.user_id, drawn_by=stamp.actor.name,
            drawn_at=stamp.at,
        )  # fmt: skip

    def _file(self, stamp: Stamp, action: str, sample_id: int, told: str, **detail: Any) -> None:
        file_change(self._session, stamp, action, "callback_sample", str(sample_id), digest=told, **detail)
