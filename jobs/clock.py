"""时钟: APScheduler in the one process that holds the seat. Every run has a permanent key, so that nothing runs twice.

Two schedulers on one job store fire twice; here the store is ours (`clock_run`), and APScheduler keeps time only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from typing import Any, Final

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import Session, col

from jobs.seat import Seat
from jobs.tables import ClockRunRow
from jobs.timetable import Job, due_between, to_make_up
from kit.clock import SHANGHAI
from kit.db import engine, transaction
from kit.labels import Labelled

SEAT: Final = "heshi.clock"
ASKED_EVERY: Final = 1.0
_log = structlog.get_logger("jobs.clock")


class RunState(Labelled):
    """一次运行的状态"""

    STARTED = "STARTED", "进行中"
    DONE = "DONE", "完成"
    FAILED = "FAILED", "出错"
    PASSED = "PASSED", "太久以前，未补"


def start_run(session: Session, job: Job, due_at: datetime, holder: str, now: datetime) -> int | None:
    """The fence of a run that is ours to make; None where it was made, or is being made.

    A run that was started and whose holder is gone (the seat is ours now) is made again.
    """
    kind: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    values = {"job": job.name, "due_at": due_at, "state": RunState.STARTED.value, "fence": 1, "holder": holder,
              "started_at": now, "detail": ""}  # fmt: skip
    fresh = kind.insert(ClockRunRow).values(values).on_conflict_do_nothing(index_elements=["job", "due_at"])
    if session.execute(fresh.returning(ClockRunRow.fence)).scalar_one_or_none() is not None:
        return 1
    again = update(ClockRunRow).where(
        col(ClockRunRow.job) == job.name, col(ClockRunRow.due_at) == due_at,
        col(ClockRunRow.state) == RunState.STARTED.value, col(ClockRunRow.holder) != holder,
    ).values(holder=holder, fence=ClockRunRow.fence + 1, started_at=now).returning(col(ClockRunRow.fence))  # fmt: skip
    fence: int | None = session.execute(again).scalar_one_or_none()
    return fence


def end_run(
    session: Session, job: Job, due_at: datetime, fence: int, state: RunState, detail: str, now: datetime
) -> None:
    """File the end of a run; one that somebody else has taken over files nothing."""
    session.execute(update(ClockRunRow).where(
        col(ClockRunRow.job) == job.name, col(ClockRunRow.due_at) == due_at, col(ClockRunRow.fence) == fence,
    ).values(state=state.value, detail=detail[:400], ended_at=now))  # fmt: skip


def pass_over(session: Session, job: Job, due_at: datetime, holder: str, now: datetime) -> None:
    """File that a missed run lies too far back to be made; where there was one, nothing."""
    fence = start_run(session, job, due_at, holder, now)
    if fence is not None:
        end_run(session, job, due_at, fence, RunState.PASSED, f"错过太久，只补最近 {job.at_most} 次", now)


def last_due(session: Session, job: Job) -> datetime | None:
    """The latest moment for which there was a run."""
    last = session.execute(select(func.max(col(ClockRunRow.due_at))).where(col(ClockRunRow.job) == job.name)).scalar()
    return None if last is None else (last.replace(tzinfo=UTC) if last.tzinfo is None else last.astimezone(UTC))


def recent_runs(session: Session, most: int) -> Sequence[ClockRunRow]:
    """The runs that were due last, the latest first."""
    wanted = select(ClockRunRow).order_by(col(ClockRunRow.due_at).desc(), col(ClockRunRow.id).desc()).limit(most)
    return session.scalars(wanted).all()


def unfinished(session: Session, job: Job) -> list[datetime]:
    """Runs that were started and not ended, oldest first."""
    wanted = select(col(ClockRunRow.due_at)).where(
        col(ClockRunRow.job) == job.name, col(ClockRunRow.state) == RunState.STARTED.value
    )
    return list(session.execute(wanted.order_by(col(ClockRunRow.due_at))).scalars())


class Clock:
    """Start it in any number of workers; the one that holds the seat keeps time, and the next takes over.

    now: this machine's clock, for APScheduler goes by it too; that it may be wrong is what the keys are for.
    """

    def __init__(
        self, url: str | None, jobs: Sequence[Job], holder: str,
        *, now: Callable[[], datetime] = lambda: datetime.now(UTC), asked_every: float = ASKED_EVERY,
    ) -> None:  # fmt: skip
        self._url, self._jobs, self._holder, self._now = url, jobs, holder, now
        self._seat = Seat(url, SEAT, holder, now)
        self._asked_every = asked_every
        self._stopping = Event()
        self._turns = {job.name: Lock() for job in jobs}
        self._thread: Thread | None = None
        self._scheduler: BackgroundScheduler | None = None

    @property
    def leads(self) -> bool:
        return self._scheduler is not None

    def start(self) -> None:
        self._thread = Thread(target=self._run, name="heshi-clock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.ask()
            except Exception as fault:  # whatever it is, nobody keeps time with a clock in doubt
                _log.error("clock_fault", error=type(fault).__name__)
                self._resign()
            self._stopping.wait(self._asked_every)
        self._resign()
        try:
            self._seat.release()
        except SQLAlchemyError as error:
            _log.warning("seat_not_released", error=type(error).__name__)

    def ask(self) -> None:
        """Take or keep the seat; take up the work, or lay it down where the seat is lost."""
        if self._seat.held():
            if self._scheduler is None:
                self._take_up()
        else:
            self._resign()

    def _take_up(self) -> None:
        """Keep time, and make up what was missed while nobody did."""
        made = BackgroundScheduler(timezone=SHANGHAI, daemon=True)
        for job in self._jobs:
            seconds = max(int(job.grace.total_seconds()), 1)
            made.add_job(
                self.fire,
                job.trigger,
                args=[job],
                id=job.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=seconds,
            )
            made.add_job(self.make_up, args=[job], id=f"{job.name}.missed", misfire_grace_time=None)
        made.start(paused=True)
        self._scheduler = made  # before the first run, so that no run is made by one who doesn't lead
        made.resume()
        _log.info("clock_taken", holder=self._holder)

    def _resign(self) -> None:
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
            _log.info("clock_left", holder=self._holder)

    def make_up(self, job: Job) -> None:
        """Unfinished runs of a holder that is gone, and those that were missed, as the job says."""
        with self._turns[job.name]:
            with Session(engine(self._url)) as session:
                left = unfinished(session, job)
                missed = to_make_up(job, last_due(session, job), self._now())
            self._in_order(job, [*left, *missed])

    def fire(self, job: Job) -> None:
        """It is time: the moment it was due is the key, however late or often the alarm rings."""
        with self._turns[job.name]:  # what is being made up comes first
            now = self._now()
            with Session(engine(self._url)) as session:
                last = last_due(session, job)
            due = to_make_up(job, last, now) if last else list(due_between(job, now - job.grace, now))[-1:]
            self._in_order(job, due)

    def _in_order(self, job: Job, due: Sequence[datetime]) -> None:
        """Run them, oldest first, as many as the job allows; nothing once the seat is given up."""
        moments = sorted(set(due))
        kept = moments[-job.at_most :]
        if len(kept) < len(moments):
            _log.warning("runs_passed_over", job=job.name, runs=len(moments) - len(kept))
            with transaction(self._url) as session:
                for due_at in moments[: -job.at_most]:
                    pass_over(session, job, due_at, self._holder, self._now())
        for due_at in kept:
            if self._stopping.is_set():
                return
            self.run_once(job, due_at)

    def run_once(self, job: Job, due_at: datetime) -> bool:
        """Make the run unless it was made; whether it was made now. What it raises is filed, never lost."""
        try:
            with transaction(self._url) as session:
                fence = start_run(session, job, due_at, self._holder, self._now())
            if fence is None:
                return False
            try:
                state, detail = RunState.DONE, job.run(self._url, due_at)
            except DBAPIError:
                raise
            except Exception as fault:
                _log.error("job_failed", job=job.name, error=type(fault).__name__)
                state, detail = RunState.FAILED, f"{type(fault).__name__}: {fault}"
            with transaction(self._url) as session:
                end_run(session, job, due_at, fence, state, detail, self._now())
        except DBAPIError as error:  # it stays STARTED, and is taken up again
            _log.warning("job_interrupted", job=job.name, error=type(error).__name__)
            return False
        return True
