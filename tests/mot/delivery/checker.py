"""Looks at what a fault run left behind: nothing lost, nothing twice, no cap overrun, no limit overrun."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from sqlalchemy import text

from kit.db import engine
from tests.mot.channels.receivers import Request
from tests.mot.delivery.faults import CAP, Plan, wanted

MARK = re.compile(r"#(\d{7})#")
LATENESS = 0.5  # seconds that a push may stand between our clock and the receiver's on a busy machine


def faults(plan: Plan, seen: list[Request]) -> Iterator[str]:
    """Every breach, in words; none where all is as it must be."""
    with engine(plan.url).connect() as connection:
        rows = connection.execute(text(
            "SELECT id, subject_id, channel, guard, state, uncertain, attempts, title, key, ended_at, inbox_no "
            "FROM delivery d JOIN delivery_standing s ON s.delivery_id = d.id"
        )).mappings().all()  # fmt: skip
        history = Counter(
            (one, happening)
            for one, happening in connection.execute(text("SELECT delivery_id, happening FROM delivery_attempt"))
        )
        tasks = Counter(connection.execute(text("SELECT no FROM fault_task")).scalars())
    subjects = Counter(int(row["subject_id"]) for row in rows)
    for no in range(plan.occurrences):
        if tasks[no] != 1 or subjects[no] != 1:
            yield f"occurrence {no}: {tasks[no]} tasks, {subjects[no]} deliveries"
    if set(subjects) - set(range(plan.occurrences)):
        yield "deliveries of nothing"
    yield from _states(rows, history)
    yield from _caps(rows, plan)
    yield from _pushes(rows, seen)
    yield from _limits(seen)


def _states(rows, history) -> Iterator[str]:
    for row in rows:
        sent = row["state"] == "SENT"
        held = row["state"] == "UNCERTAIN" and row["channel"] == "DINGTALK"
        capped = row["state"] == "CANCELLED" and row["guard"]
        if not (sent or held or capped):
            yield f"delivery {row['id']} ended {row['state']}"
        inbox = sent and row["channel"] == "INBOX"
        if (row["inbox_no"] is not None) != inbox:
            yield f"delivery {row['id']} {row['state']}: message {row['inbox_no']} in the inbox"
        if history[row["id"], "SENT"] or (sent and row["ended_at"] is None):  # it is its own proof
            yield f"delivery {row['id']} {row['state']}: its proof that it arrived is not its own"
        if history[row["id"], "UNCERTAIN"] != row["uncertain"]:
            yield f"delivery {row['id']}: uncertain {row['uncertain']} times, its history says otherwise"
        if row["attempts"] != row["uncertain"] + history[row["id"], "FAILED"] + (1 if sent else 0):
            yield f"delivery {row['id']}: {row['attempts']} attempts, its history says otherwise"


def _caps(rows, plan: Plan) -> Iterator[str]:
    sent: Counter[str] = Counter(row["guard"] for row in rows if row["guard"] and row["state"] == "SENT")
    asked = Counter(wanted(no).guard for no in range(plan.occurrences))
    for guard, many in asked.items():
        if guard and sent[guard] != min(many, CAP):
            yield f"{guard}: {sent[guard]} of {many} sent under a cap of {CAP}"


def _pushes(rows, seen: list[Request]) -> Iterator[str]:
    by_mark = Counter(mark for one in seen for mark in set(MARK.findall(one.body.decode())))
    known = {MARK.findall(row["title"])[0]: row for row in rows}
    for mark in set(by_mark) - set(known):
        yield f"a push of nothing: {mark}"
    for mark, row in known.items():
        pushed = by_mark[mark]
        if row["channel"] == "INBOX":
            if pushed:
                yield f"delivery {row['id']} is for the inbox, and was pushed"
        elif row["state"] == "SENT" and not pushed:
            yield f"delivery {row['id']} says sent, and never arrived"
        elif row["channel"] == "DINGTALK" and pushed > 1:
            yield f"delivery {row['id']} arrived {pushed} times at a robot that knows no duplicates"
        elif pushed > row["attempts"]:
            yield f"delivery {row['id']} arrived {pushed} times in {row['attempts']} attempts"
    ids = defaultdict(set)
    for one in seen:
        if one.path == "/hook":
            ids[MARK.findall(one.body.decode())[0]].add(one.headers["webhook-id"])
    for mark, known_ids in ids.items():
        if len(known_ids) != 1:
            yield f"{mark} came under {len(known_ids)} message ids"


def _limits(seen: list[Request], pushes: int = 20, seconds: float = 60.0) -> Iterator[str]:
    by_robot = defaultdict(list)
    for one in seen:
        if one.path.startswith("/robot/"):
            by_robot[one.path].append(one.at)
    for robot, moments in by_robot.items():
        moments.sort()
        for first, later in zip(moments, moments[pushes:], strict=False):
            if later - first < seconds - LATENESS:
                yield f"{robot}: more than {pushes} pushes in {seconds} s"
