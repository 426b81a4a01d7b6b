"""What the service of demo clients left behind: contacts, logins, three rounds of a survey, complaints in every state.

Everything is invented and drawn from one seed; the same book and day give the same files. Complaints go through the
same desk as everybody's, on days counted back from the demo's day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.complaints.service import ComplaintService
from clients.complaints.types import Complainant, ComplaintAsk, Conclusion, Severity, Topic, Way
from clients.intake import import_file
from clients.satisfaction.service import SurveyService
from clients.service.repository import ServiceRepository
from clients.staff.filing import Stamp
from demo.grades import GRADED_ON
from demo.market_files import write_csv
from kit.access import Actor, Role, everything
from kit.db import transaction
from kit.trail.entry import Origin

SEED: Final = 20240101
BEGUN: Final = GRADED_ON - timedelta(days=120)
"""Since when contacts are written down: the schemes that read them have them on the day of the grading."""
SURVEYED: Final = GRADED_ON - timedelta(days=18)
"""The last day of the survey before the grading."""
ORIGIN: Final = Origin(user_agent="heshi demo")
HEAD: Final = Actor("demo-head", "示例主管", Role.SUPERVISOR)
SECOND: Final = Actor("demo-second", "示例合规", Role.COMPLIANCE)
CONTACTS: Final = ("client_no", "staff_no", "at", "channel", "purpose", "reached", "note", "ref_no")
LOGINS: Final = ("client_no", "at", "channel")
ANSWERS: Final = ("round", "client_no", "answered_at", "score", "recommend", "comment", "channel")
TALK: Final = {
    "CARE": ("问候，近期没有大额支出计划", "节前问候，约定下月再联系", "客户出差，改日再谈", "提醒核对联系方式"),
    "REPORT": ("讲解账户诊断报告，客户认可集中度偏高", "送达季度报告，约定两周后复盘"),
    "TASK": ("说明科创板权限办理材料", "提醒融资合约到期日", "回访新功能使用情况"),
    "MARKETING": ("介绍服务产品，客户暂不考虑",),
}  # fmt: skip
WORDS: Final = {
    1: ("电话总是打不通", "多次推销不合适的产品"), 2: ("回复太慢", "报告看不懂"), 3: ("还可以，希望多讲讲风险",),
    4: ("讲得清楚", ""), 5: ("顾问很耐心，报告很有用", "响应快", ""),
}  # fmt: skip
CASES: Final = (  # received days ago, topic, severity, words, how far it got
    (41, Topic.SERVICE, Severity.ORDINARY, "两周内三次去电无人接听，要求更换联系方式并回电。", "closed"),
    (33, Topic.FEE, Severity.SERIOUS, "认为佣金费率与开户时告知的不一致，要求书面说明。", "closed"),
    (26, Topic.SALES, Severity.MAJOR, "称顾问推荐的产品风险高于本人等级，要求说明推荐依据。", "closing"),
    (19, Topic.TRADING, Severity.ORDINARY, "交易日上午客户端无法登录约二十分钟，要求说明原因。", "working"),
    (30, Topic.MARKETING, Severity.ORDINARY, "已表示不需要推介，仍每周收到营销短信。", "late"),
    (9, Topic.CONDUCT, Severity.MAJOR, "称工作人员在电话中对后市作了确定性判断。", "working"),
    (4, Topic.PRIVACY, Severity.SERIOUS, "怀疑联系方式被提供给第三方，要求核查。", "received"),
    (1, Topic.SERVICE, Severity.ORDINARY, "临柜办理权限等待过久，希望可以预约。", "received"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Served:
    """A client and who serves it."""

    client_no: str
    staff_no: str


def fill_service(url: str, folder: Path, day: date, seed: int = SEED) -> dict[str, int]:
    """Write the files below `folder`, import them, and file complaints; how many rows of each. After the staff."""
    folder.mkdir(parents=True, exist_ok=True)
    with transaction(url) as session:
        served = _served(session, day)
        rounds = _open_rounds(session, day)
        complaints = _complain(session, served, day)
    rng = np.random.default_rng([seed, 96])
    files = (
        ("contacts", write_csv(folder / "contacts.csv", CONTACTS, _contacts(served, day, rng))),
        ("logins", write_csv(folder / "logins.csv", LOGINS, _logins(served, day, rng))),
        ("surveys", write_csv(folder / "surveys.csv", ANSWERS, _answers(served, rounds, rng))),
    )
    told = {kind: import_file(url, path, kind=kind).rows_new for kind, path in files}
    return told | {"complaints": complaints}


def _served(session: Session, day: date) -> list[Served]:
    """Synthetic clients with somebody in post who serves them, by number."""
    read = ServiceRepository(session, everything(day))
    staff = {one.id: one.staff_no for one in read.people()}
    return [
        Served(one.client_no, staff[one.staff_id])
        for one in read.served()
        if one.staff_id in staff and one.client_no.startswith("C")
    ]


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of a working day in Shanghai."""
    return datetime(day.year, day.month, day.day, hour - 8, minute, tzinfo=UTC)


def _clock(rng: np.random.Generator, day: date) -> str:
    return f"{day} {int(rng.integers(9, 17)):02d}:{int(rng.integers(0, 60)):02d}"


def _contacts(served: Sequence[Served], day: date, rng: np.random.Generator) -> Iterator[tuple[str, ...]]:
    """Some clients are called every month, some hardly ever; every sixth call is missed."""
    number = 0
    for one in served:
        gap = int(rng.choice([25, 60, 120, 300]))
        back = int(rng.integers(1, gap + 20))
        while back < (day - BEGUN).days:
            purpose = str(rng.choice(["CARE", "CARE", "CARE", "REPORT", "TASK", "MARKETING"]))
            number += 1
            channel = str(rng.choice(["PHONE", "PHONE", "WECHAT", "MEETING"]))
            missed = rng.random() < 1 / 6 and channel == "PHONE"
            note = "无人接听" if missed else str(rng.choice(TALK[purpose]))
            yield (one.client_no, one.staff_no, _clock(rng, day - timedelta(days=back)), channel, purpose,
                   "否" if missed else "是", note, f"CRM{number:06d}")  # fmt: skip
            back += gap + int(rng.integers(-5, 20))


def _logins(served: Sequence[Served], day: date, rng: np.random.Generator) -> Iterator[tuple[str, ...]]:
    """A fifth never came by themselves; the others some times a year."""
    for one in served:
        if rng.random() < 0.2:
            continue
        for back in sorted(set(rng.integers(1, 360, size=int(rng.integers(2, 14))).tolist())):
            yield one.client_no, _clock(rng, day - timedelta(days=int(back))), str(rng.choice(["APP", "APP", "PC"]))


def _open_rounds(session: Session, day: date) -> list[tuple[str, date]]:
    """Rounds: before the grading, half a year ago, and one that ended a fortnight ago; each with its last day."""
    desk = SurveyService(session, everything(day))
    found = []
    ends = (SURVEYED, *(day - timedelta(days=ended) for ended in (190, 14)))
    for place, last in enumerate(ends):
        number = sum(one.year == last.year for one in ends[: place + 1])
        first, code = last - timedelta(days=20), f"{last.year}-{number}"
        stamp = Stamp(SECOND, _at(first, 10), ORIGIN)
        desk.open_round(code, f"{last.year} 年第 {number} 次满意度调查", first, last, stamp, invited=280)
        found.append((code, last))
    return found


def _answers(
    served: Sequence[Served], rounds: Sequence[tuple[str, date]], rng: np.random.Generator
) -> Iterator[tuple[str, ...]]:
    """Two fifths answer; how satisfied depends on who serves them."""
    ease = {one: float(rng.normal(3.9, 0.45)) for one in sorted({person.staff_no for person in served})}
    for code, last in rounds:
        for one in served:
            if rng.random() > 0.42:
                continue
            score = int(np.clip(round(rng.normal(ease[one.staff_no], 0.8)), 1, 5))
            recommend = "" if rng.random() < 0.1 else str(int(np.clip(round(score * 2 + rng.normal(-0.4, 1.3)), 0, 10)))
            comment = str(rng.choice(WORDS[score])) if rng.random() < 0.3 else ""
            answered = _clock(rng, last - timedelta(days=int(rng.integers(0, 20))))
            yield code, one.client_no, answered, str(score), recommend, comment, str(rng.choice(["APP", "WECHAT"]))


def _complain(session: Session, served: Sequence[Served], day: date) -> int:
    """The cases, spread over the book; those of the adviser who signs in to the demo among them."""
    desk = ComplaintService(session, everything(day))
    step = max(1, len(served) // len(CASES))
    for place, (back, topic, severity, words, how) in enumerate(CASES):
        client = served[(place * step) % len(served)]
        received = day - timedelta(days=back)
        about = client.staff_no if topic in (Topic.SALES, Topic.CONDUCT) else ""
        ask = ComplaintAsk(
            client_no=client.client_no, received_on=received, way=Way.PHONE if place % 2 else Way.ONLINE,
            complainant=Complainant.CLIENT, topic=topic, severity=severity, content=words, about_staff_no=about,
        )  # fmt: skip
        made = desk.receive(ask, Stamp(HEAD, _at(received, 10), ORIGIN))
        if how == "received":
            continue
        colleague = next(one.staff_no for one in served if one.staff_no != client.staff_no)
        owner = colleague if about else client.staff_no
        given = received + timedelta(days=1)
        desk.assign(made.number, owner, expected_version=1, stamp=Stamp(HEAD, _at(given, 9), ORIGIN))
        desk.note(made.number, "已与客户通话，记录诉求并约定答复日。", expected_version=2,
                  stamp=Stamp(HEAD, _at(given, 15), ORIGIN))  # fmt: skip
        if how in ("closed", "closing"):
            desk.conclude(
                made.number, Conclusion.PARTLY, "核对录音与记录后向客户书面答复，客户表示接受。",
                "同类来电当日回复；首次联系即告知费率与风险等级的依据。", expected_version=3,
                stamp=Stamp(SECOND, _at(received + timedelta(days=min(back - 1, 6)), 16), ORIGIN),
            )  # fmt: skip
    return len(CASES)
