"""Every query on ratings: appended and read, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Table, bindparam
from sqlalchemy import select as select_rows
from sqlmodel import Session, SQLModel, col, select

from kit.together import Asked, Row, rows_of
from suitability.levels import ProductLevel
from suitability.rating.problems import NoSuchProposal
from suitability.rating.standing import Rating
from suitability.rating.tables import ProposalRow, RatingRow, VerdictRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """人工调整的提议, and what another person decided (None while open)."""

    id: int
    code: str
    level: ProductLevel
    derived: ProductLevel | None
    reason: str
    effective_from: date
    review_on: date
    digest: str
    proposed_by_id: str
    proposed_by: str
    proposed_at: datetime
    approved: bool | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None


_RATINGS: Final[Table] = SQLModel.metadata.tables[str(RatingRow.__tablename__)]
_PLAIN: Final = tuple(field.name for field in fields(Rating) if field.name not in ("basis", "derived"))
_NEWEST: Final = (
    select_rows(_RATINGS.c.derived_level, *(_RATINGS.c[name] for name in _PLAIN))
    .where(_RATINGS.c.code == bindparam("code"), _RATINGS.c.effective_from <= bindparam("day"))
    .order_by(_RATINGS.c.effective_from.desc(), _RATINGS.c.id.desc())
    .limit(1)
)


def level_asked(code: str, day: date) -> Asked:
    """What `level_in_force` will ask, to be read ahead."""
    return _NEWEST, {"code": code, "day": day}


class RatingRepository:
    """Ratings, proposals and verdicts on one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, row: RatingRow) -> Rating:
        self._session.add(row)
        self._session.flush()
        return _rating(row)

    def in_force(self, code: str, day: date) -> Rating | None:
        """The rating of one code on `day`; of several of one day the last filed."""
        asked = select(RatingRow).where(col(RatingRow.code) == code, col(RatingRow.effective_from) <= day)
        newest = asked.order_by(col(RatingRow.effective_from).desc(), col(RatingRow.id).desc()).limit(1)
        row = self._session.exec(newest).first()
        return None if row is None else _rating(row)

    def level_in_force(self, code: str, day: date) -> Rating | None:
        """The same as a plain row, and the basis left out: what a check reads."""
        row = self.newest_row(code, day)
        return None if row is None else rating_of(row)

    def newest_row(self, code: str, day: date) -> Row | None:
        """The row that it is made from."""
        found = rows_of(self._session, *level_asked(code, day))
        return found[0] if found else None

    def all_in_force(self, day: date) -> dict[str, Rating]:
        """The rating of every rated code on `day`, with its basis."""
        asked = select(RatingRow).where(col(RatingRow.effective_from) <= day)
        rows = self._session.exec(asked.order_by(col(RatingRow.effective_from), col(RatingRow.id)))
        return {code: _rating(row) for code, row in {row.code: row for row in rows}.items()}

    def levels_in_force(self, day: date, codes: Sequence[str] | None = None) -> dict[str, Rating]:
        """The same for columns, of all or of some codes: plain rows, and the basis left out."""
        names = list(_PLAIN)
        asked = select_rows(col(RatingRow.derived_level), *(getattr(RatingRow, name) for name in names))
        asked = asked.where(col(RatingRow.effective_from) <= day)
        if codes is not None:
            asked = asked.where(col(RatingRow.code).in_(list(codes)))
        newest: dict[str, Any] = {}
        for derived, *told in self._session.execute(
            asked.order_by(col(RatingRow.effective_from), col(RatingRow.id))
        ):
            newest[told[names.index("code")]] = derived, dict(zip(names, told, strict=True))
        return {
            code: Rating(**{**told, "level": ProductLevel(told["level"])}, derived=_level(derived), basis={})
            for code, (derived, told) in newest.items()
        }

    def history(self, code: str) -> tuple[Rating, ...]:
        """Every rating of a code, newest first."""
        asked = select(RatingRow).where(col(RatingRow.code) == code)
        rows = self._session.exec(asked.order_by(col(RatingRow.effective_from).desc(), col(RatingRow.id).desc()))
        return tuple(_rating(row) for row in rows)

    def propose(self, row: ProposalRow) -> Proposal:
        self._session.add(row)
        self._session.flush()
        return _proposal(row, None)

    def proposal(self, proposal_id: int) -> Proposal:
        """Raises NoSuchProposal."""
        row = self._session.get(ProposalRow, proposal_id)
        if row is None:
            raise NoSuchProposal(f"没有第 {proposal_id} 号调整提议")
        return _proposal(row, self._session.get(VerdictRow, proposal_id))

    def proposals(self, *, open_only: bool = False, code: str | None = None) -> tuple[Proposal, ...]:
        """Proposals, newest first."""
        asked = select(ProposalRow, VerdictRow).join(
            VerdictRow, col(VerdictRow.proposal_id) == col(ProposalRow.id), isouter=True
        )
        if open_only:
            asked = asked.where(col(VerdictRow.proposal_id).is_(None))
        if code is not None:
            asked = asked.where(col(ProposalRow.code) == code)
        rows = self._session.exec(asked.order_by(col(ProposalRow.id).desc()))
        return tuple(_proposal(row, verdict) for row, verdict in rows)

    def decide(self, row: VerdictRow) -> None:
        self._session.add(row)
        self._session.flush()


def rating_of(row: Row) -> Rating:
    """A rating of its newest row, the basis left out."""
    told = dict(row)
    derived = _level(told.pop("derived_level"))
    return Rating(**{**told, "level": ProductLevel(told["level"])}, derived=derived, basis={})


def _level(text: str | None) -> ProductLevel | None:
    return None if text is None else ProductLevel(text)


def _rating(row: RatingRow) -> Rating:
    assert row.id is not None
    return Rating(
        id=row.id, code=row.code, level=ProductLevel(row.level),
        derived=_level(row.derived_level), score=row.score,
        effective_from=row.effective_from, review_on=row.review_on, basis=row.basis, rule_version=row.rule_version,
        version=row.version, proposal_id=row.proposal_id, reason=row.reason, rated_by_id=row.rated_by_id,
        rated_by=row.rated_by, rated_at=row.rated_at,
    )


def _proposal(row: ProposalRow, verdict: VerdictRow | None) -> Proposal:
    assert row.id is not None
    proposal = Proposal(
        id=row.id, code=row.code, level=ProductLevel(row.level),
        derived=_level(row.derived_level), reason=row.reason,
        effective_from=row.effective_from, review_on=row.review_on, digest=row.digest,
        proposed_by_id=row.proposed_by_id, proposed_by=row.proposed_by, proposed_at=row.proposed_at,
    )
    if verdict is None:
        return proposal
    return replace(
        proposal, approved=verdict.approved, decided_by=verdict.decided_by, decided_at=verdict.decided_at,
        decision_reason=verdict.reason,
    )
