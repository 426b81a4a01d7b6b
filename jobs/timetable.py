"""定时任务: what runs when, and what becomes of a run that was missed. Each is a job by name with a cron line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from apscheduler.triggers.cron import CronTrigger

from kit.clock import SHANGHAI, day_of
from kit.labels import Labelled

FAR_BACK: Final = timedelta(days=31)
MOST: Final = 400


class Missed(Labelled):
    """错过时"""

    ALL = "ALL", "逐次补上"
    DAILY = "DAILY", "每天补一次"
    LAST = "LAST", "只补最近一次"
    SKIP = "SKIP", "不补"


@dataclass(frozen=True, slots=True)
class Job:
    """One job. cron: five fields in Shanghai's time. run(url, due): may be called again for the same due moment after
    a crash, and must then change nothing more; what it returns is filed. grace: later than that, a run was missed.
    at_most: how many missed runs are made; those before are passed over, and filed as such.
    """

    name: str
    title: str
    cron: str
    run: Callable[[str | None, datetime], str]
    missed: Missed = Missed.LAST
    grace: timedelta = timedelta(minutes=1)
    at_most: int = MOST

    @property
    def trigger(self) -> Any:
        return CronTrigger.from_crontab(self.cron, timezone=SHANGHAI)


def due_between(job: Job, after: datetime, until: datetime) -> Iterator[datetime]:
    """The moments at which the job was due, behind `after`, up to `until`, ascending; no further back than FAR_BACK."""
    trigger, previous = job.trigger, max(after, until - FAR_BACK)
    for _ in range(MOST):
        following = trigger.get_next_fire_time(previous, previous + timedelta(microseconds=1))
        if following is None or following > until:
            return
        yield following
        previous = following


def to_make_up(job: Job, last: datetime | None, now: datetime) -> list[datetime]:
    """Which missed runs to make: `last` is the last moment for which there was a run, None where there was none yet.

    A clock that was set back finds nothing: what was run lies ahead of it.
    """
    if last is None:
        return []
    due = list(due_between(job, last, now))
    if job.missed is Missed.SKIP:
        return [one for one in due if now - one <= job.grace]
    if job.missed is Missed.DAILY:
        return list({day_of(one): one for one in due}.values())  # the last moment of each day
    return due[-1:] if job.missed is Missed.LAST else due
