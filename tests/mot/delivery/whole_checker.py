"""Looks at what a fault run of the real engine left behind: nothing lost, nothing twice, no cap, no gate overrun."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from kit.db import engine
from mot.events.types import event_digest
from mot.matching.gate import contact_book
from mot.matching.tasks import occurrence_key
from mot.scenario.desk import ScenarioDesk
from mot.scenario.types import PushChannel
from tests.mot.channels.receivers import Request
from tests.mot.delivery.whole import RACING, Plan, falls, number, silent, told_of, unsold, withdraws
from tests.mot.world import DAY, PRODUCTS

TASK = re.compile(r"T\d{7}")
Row = Any


class Left:
    """Everything that is on file, read once."""

    def __init__(self, url: str) -> None:
        with Session(engine(url)) as session:
            self.scenarios = ScenarioDesk(session).in_force(DAY)

            def rows(statement: str) -> list[Row]:
                return list(session.connection().execute(text(statement)).mappings())

            self.events = rows("SELECT client_no, kind, ref, digest FROM mot_event")
            self.judgements = rows("SELECT key, scenario_id, outcome, rules, task_id, client_no FROM mot_judgement")
            self.tasks = rows("SELECT * FROM mot_task ORDER BY id")
            self.steps = rows("SELECT task_id, version, action FROM mot_task_state")
            self.trail = rows("SELECT record_id, record_version FROM trail WHERE record_kind = 'mot_task'")
            self.deliveries = rows(
                "SELECT * FROM delivery d JOIN delivery_standing s ON s.delivery_id = d.id ORDER BY id"
            )  # fmt: skip
            self.decisions = {row["id"]: row for row in rows("SELECT * FROM decision")}
            self.suppressed = {(row["subject"], row["stage"]): row for row in rows("SELECT * FROM mot_suppression")}
            self.withdrawn = {row["client_no"]: row["told_at"] for row in rows(
                "SELECT c.client_no, p.told_at FROM contact_preference p JOIN client c ON c.id = p.client_id "
                "WHERE p.told_by = 'run'"
            )}  # fmt: skip
            self.fallen = {row["client_no"]: row["revoked_at"] for row in rows(
                "SELECT c.client_no, r.revoked_at FROM category_revocation r JOIN category_decision d "
                "ON d.id = r.decision_id JOIN client c ON c.id = d.client_id"
            )}  # fmt: skip


def faults(plan: Plan, seen: list[Request]) -> Iterator[str]:
    """Every breach, in words; none where all is as it must be."""
    left = Left(plan.url)
    yield from _occurrences(plan, left)
    yield from _histories(left)
    yield from _deliveries(left, seen)
    yield from _caps(left)
    yield from _gates(plan, left)
    yield from _changes(plan, left)


def _occurrences(plan: Plan, left: Left) -> Iterator[str]:
    """Every event once, every pair of event and scenario once, and a task for each that fired."""
    wanted = Counter(
        (number(place), kind) for place in range(plan.clients) for kinds in told_of(place) for kind in kinds
    )
    told = Counter((row["client_no"], row["kind"]) for row in left.events)
    for pair in set(wanted) | set(told):
        if told[pair] != wanted[pair]:
            yield f"{pair}: told {told[pair]} times, wanted {wanted[pair]}"
    pairs = {
        occurrence_key(row["client_no"], scenario, event_digest(row["client_no"], row["kind"], DAY, row["ref"]))
        for row in left.events for scenario in left.scenarios if row["kind"] in scenario.moment.events
    }  # fmt: skip
    judged = {row["key"]: row for row in left.judgements}
    for key in pairs ^ set(judged):
        yield f"occurrence {key}: {'lost' if key in pairs else 'of nothing'}"
    known, led = {row["id"] for row in left.tasks}, Counter[int]()
    for row in left.judgements:
        if (row["outcome"] == "FIRED") != (row["task_id"] in known):
            yield f"occurrence {row['key']} {row['outcome']}: task {row['task_id']}"
        led[row["task_id"]] += row["outcome"] == "FIRED"
    for one in known:
        if not led[one]:
            yield f"task {one} of no occurrence"


def _histories(left: Left) -> Iterator[str]:
    """Every version of a task has one entry of its history and one of the trail."""
    steps = Counter((row["task_id"], row["version"]) for row in left.steps)
    trail = Counter((row["record_id"], row["record_version"]) for row in left.trail)
    for row in left.tasks:
        for version in range(1, row["version"] + 1):
            found = steps[row["id"], version], trail[f"T{row['id']:07}", str(version)]
            if found != (1, 1):
                yield f"task {row['id']} version {version}: {found[0]} entries, {found[1]} in the trail"
    if len(steps) != sum(row["version"] for row in left.tasks):
        yield "entries of no version"


def _deliveries(left: Left, seen: list[Request]) -> Iterator[str]:
    """One delivery for the inbox and one for the robot where the scenario pushes there; a robot never rings twice."""
    push = {one.id: one.assignment.push for one in left.scenarios}
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for row in left.deliveries:
        found[int(row["subject_id"])][row["channel"]] += 1
    for row in left.tasks:
        robot = PushChannel.WECOM in push[row["scenario_id"]]
        wanted = Counter({"INBOX": 1, "WECOM": int(robot)}) if row["owner_no"] else Counter()
        if found.pop(row["id"], Counter()) != +wanted:
            yield f"task {row['id']}: other deliveries than {dict(+wanted)}"
    if found:
        yield f"deliveries of no task: {sorted(found)[:5]}"
    rung = Counter(task for one in seen for task in set(TASK.findall(one.body.decode())))
    for row in left.deliveries:
        state, robot = row["state"], row["channel"] == "WECOM"
        if state not in ("SENT", "HELD") and not (robot and state == "UNCERTAIN"):
            yield f"delivery {row['id']} ended {state}: {row['reason']}"
        if (row["inbox_no"] is not None) != (state == "SENT" and not robot):
            yield f"delivery {row['id']} {state}: message {row['inbox_no']}"
        times = rung[f"T{int(row['subject_id']):07}"] if robot else 0
        if times > 1 or (state == "SENT" and robot and not times) or (state == "HELD" and times):
            yield f"delivery {row['id']} {state}: arrived {times} times"


def _caps(left: Left) -> Iterator[str]:
    """Of a client's day, of an adviser's day, of marketing: as the rules have them on the day."""
    book = contact_book()
    day, lately, adviser = (int(book.on(rule, DAY)["limit"]) for rule in ("MOT-G11", "MOT-G13", "MOT-G14"))
    of_client: dict[str, list[Row]] = defaultdict(list)
    for row in left.tasks:
        of_client[row["client_no"]].append(row)
    for client, tasks in of_client.items():
        for row in tasks:
            before = sum(other["created_at"] < row["created_at"] for other in tasks)
            if not row["mandatory"] and before >= day:
                yield f"{client}: optional task {row['id']} after {before} others on the day"
        if sum(row["purpose"] == "MARKETING" for row in tasks) > lately:
            yield f"{client}: more than {lately} marketing tasks"
    optional = Counter(row["owner_no"] for row in left.tasks if not row["mandatory"])
    for owner, many in optional.items():
        if owner and many > adviser:
            yield f"{owner}: {many} optional tasks on the day"


def _gates(plan: Plan, left: Left) -> Iterator[str]:
    """No task for who never agreed; no product without a decision of the day that allows it."""
    place_of = {number(place): place for place in range(plan.clients)}
    for row in left.tasks:
        place = place_of[row["client_no"]]
        if silent(place) and row["purpose"] != "REGULATORY":
            yield f"task {row['id']}: {row['client_no']} never agreed to be contacted"
        if unsold(place) and row["purpose"] == "MARKETING":
            yield f"task {row['id']}: {row['client_no']} never agreed to marketing"
        for offer in row["offers"]:
            if offer["product_code"]:
                made = left.decisions.get(offer["decision_id"])
                said = made and (made["client_no"], made["product_code"], made["day"], made["outcome"])
                if said != (row["client_no"], offer["product_code"], DAY, "ALLOW"):
                    yield f"task {row['id']}: names {offer['product_code']} on {said}"


def _changes(plan: Plan, left: Left) -> Iterator[str]:
    """What changed before the push held it, with the reason; nothing goes out later than a push that was under way."""
    tasks = {row["id"]: row for row in left.tasks}
    wanted = {number(place) for place in range(plan.clients) if withdraws(place)}
    if set(left.withdrawn) != wanted or set(left.fallen) < {number(p) for p in range(plan.clients) if falls(p)}:
        yield "not every change of a fact is on file"
    for row in left.deliveries:
        task = tasks[int(row["subject_id"])]
        changed = []
        if task["purpose"] != "REGULATORY" and task["client_no"] in left.withdrawn:
            changed.append((left.withdrawn[task["client_no"]], "MOT-G03"))
        if task["purpose"] == "MARKETING" and task["client_no"] in left.fallen:
            changed.append((left.fallen[task["client_no"]], "MOT-G15"))
        if row["state"] == "SENT":
            late = [rule for at, rule in changed if row["ended_at"] > at + RACING]
            if late:
                yield f"delivery {row['id']} went out against {late}"
        elif row["state"] == "HELD":
            kept = left.suppressed.get((f"T{task['id']:07}", "SEND"))
            rules = kept["rules"].split(",") if kept else []
            if not {rule for _, rule in changed} & set(rules):
                yield f"delivery {row['id']} is held, and nothing on file says why: {row['reason']}"
            if "MOT-G15" in rules and {one["product_code"] for one in task["offers"]} & set(PRODUCTS):
                yield f"task {task['id']} is held for its products, and names them still"
