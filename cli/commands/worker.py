"""`heshi worker`: sends what waits and keeps the clock, until it is told to end."""

from __future__ import annotations

import signal
from collections import Counter
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from clients.staff.repository import StaffRepository
from jobs.schedule import timetable
from jobs.worker import Worker
from kit import logs
from kit.access import everything
from kit.clock import today
from kit.db import engine
from kit.migrate import upgrade
from kit.settings import settings
from mot.channels.addresses import AddressBook, address_book
from mot.delivery.reach import numbers, without_messages
from mot.delivery.types import DeliveryState
from mot.scenario.desk import ScenarioDesk


def worker(
    once: Annotated[bool, typer.Option("--once", help="只发送此刻待发的，然后退出")] = False,
    no_clock: Annotated[bool, typer.Option("--no-clock", help="不参与定时，只发送")] = False,
) -> None:
    """领取并发送待发消息；可同时开多个，其中一个掌管定时任务。数据库暂时连不上时等待，恢复后继续。"""
    upgrade(settings().database_url)
    logs.configure(settings().log_level)
    book = address_book()
    jobs = () if once or no_clock else timetable(today())
    made = Worker(addresses=book, jobs=jobs)
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if once:
        console.print(words(made.once()))
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        made.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    clock = "不参与定时" if no_clock else f"定时任务 {len(jobs)} 项"
    for sentence in unreached(book):
        console.print(f"请留意：{sentence}", style="yellow")
    console.print(f"发送者 {made.name} 已启动：允许的外部地址 {len(list(book))} 个，{clock}；Ctrl-C 结束")
    console.print(words(made.run()))


def unreached(book: AddressBook) -> list[str]:
    """What an operator should know of the addresses; a worker starts although the database is away just now."""
    if not list(book):
        return []
    try:
        with Session(engine(settings().database_url)) as session:
            read = StaffRepository(session, everything(today()))
            wanted = {number for one in book for number in numbers(one)}
            staff = {one.staff_no for number in sorted(wanted) for one in read.staff(staff_no=number)}
            return list(without_messages(book, ScenarioDesk(session).in_force(today()), staff))
    except SQLAlchemyError:
        return ["数据库暂时连不上，没有核对哪些地址不会有消息"]


def words(done: Counter[str]) -> str:
    """What a worker did, in one line."""
    if not done:
        return "没有待发送的"
    told = [f"{state.label} {done[state.value]:,}" for state in DeliveryState if done[state.value]]
    late = [f"租约已失 {done['late']:,}"] if done["late"] else []
    return f"领取 {done['claimed']:,} 条：{'，'.join(told + late) or '尚无结果'}"
