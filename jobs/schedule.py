"""日程: what the house's clock runs at the times of `rules/timetable.yaml`: the day, and deliveries past their age."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from clients.staff.filing import Stamp
from jobs import day as the_day
from jobs.day import run_day
from jobs.deadlines import bury
from jobs.timetable import Job, Missed
from kit.access import Actor, Role
from kit.clock import day_of
from kit.problems import Conflict
from kit.rulebook import load_rulebook
from mot.tasks.rules import house_calendar

FIRST_DAY: Final = date(2017, 7, 1)
CLOCK: Final = Actor("", "定时任务", Role.SERVICE)


class DayRefused(Conflict):
    """日终批次有步骤被拒绝"""

    title = "Day refused"


def rule_on(rule_id: str, day: date) -> Mapping[str, Any]:
    found: Mapping[str, Any] = load_rulebook("jobs", "timetable").on(rule_id, max(day, FIRST_DAY))
    return found


def timetable(day: date) -> tuple[Job, ...]:
    """The jobs with the times that are in force on the day: a worker that is started anew takes up other ones."""
    told = {
        "delivery-deadlines": ("CLOCK-DEADLINES", "过期的发送转为死信", bury),
        "day": ("CLOCK-DAY", "日终批次", run),
    }
    jobs = []
    for name, (rule_id, title, work) in told.items():
        value = rule_on(rule_id, day)
        jobs.append(Job(
            name=name, title=title, cron=value["at"], run=work, missed=Missed(value["missed"]),
            grace=timedelta(minutes=value["grace_minutes"]), at_most=value["at_most"],
        ))  # fmt: skip
    return tuple(jobs)


def steps_on(day: date, today: date) -> tuple[str, ...]:
    """Which steps the clock runs for a day: fewer without trading, and fewer for a day that is made up later."""
    rule = rule_on("CLOCK-DAY", day)
    left_out = {*([] if house_calendar().is_session(day) else rule["trading_only"]),
                *(rule["today_only"] if day < today else [])}  # fmt: skip
    return tuple(step.name for step in the_day.STEPS if step.name not in left_out)


def run(url: str | None, due_at: datetime, now: datetime | None = None) -> str:
    """The day of the moment; again it changes nothing more. Raises DayRefused where a step is refused.

    now: the moment of the filing. A day before that of `now` is made up: tasks are made by the gates of today alone.
    """
    at = now or datetime.now(UTC)
    day = day_of(due_at)
    names = steps_on(day, day_of(at))
    done = run_day(url, day, Stamp(CLOCK, at), only=names)
    refused = [one for one in done if one.fault]
    if refused:
        raise DayRefused(f"{day} {refused[0].step.title}：{refused[0].fault}")
    counts = {name: value for one in done for name, value in one.told.items() if name in ("new", "tasks", "changed")}
    return f"{day}：{len(done)} 步，" + "，".join(f"{the_day.WORDS[name]} {value}" for name, value in counts.items())
