"""`heshi rules list|show`: what is in force on a day, where it comes from, and who has confirmed it.

A rule set under change control stands as it was approved last; what the database says of that is read where there is
one, and said in so many words where there is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, Any, Final

import typer
import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from clients.grading.loading import shipped
from kit.clock import today
from kit.db import database_file, snapshot
from kit.digest import canonical
from kit.problems import NotFound
from kit.rulebook import HOUSE, NotInForce, Rule, Rulebook, load_rulebooks
from kit.settings import settings
from suitability.changes.in_force import file_name, rules_of
from suitability.changes.standing import StandingFile, standing_files

UNCONFIRMED: Final = "待核"
SHIPPED: Final = "随系统发布"

app = typer.Typer(help="规则：编号、取值、生效日与来源。", no_args_is_help=True)

On = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="哪一天的取值，默认今天")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]


class NoSuchRule(NotFound):
    """没有这条规则"""

    title = "No such rule"


@dataclass(frozen=True, slots=True)
class House:
    """Every rule set on a day. standing: of the files under change control, by the book's name.

    unread: why the approved changes could not be read (Chinese), '' where they were.
    """

    books: tuple[Rulebook, ...]
    standing: Mapping[str, StandingFile] = field(default_factory=dict)
    unread: str = ""

    def words(self, book: Rulebook) -> str:
        """Which version stands: 随系统发布, or the change that was approved and since when."""
        own = self.standing.get(book.name)
        return f"第 {own.change_id} 号变更，自 {own.since}" if own is not None and own.approved else SHIPPED

    def summary(self) -> str:
        """Which rule sets stand as approved, in one line."""
        changed = [one for one in self.standing.values() if one.approved]
        if self.unread or not changed:
            return self.unread or f"没有经批准的变更在用，各规则集都是{SHIPPED}的内容"
        told = "、".join(f"{one.title}（第 {one.change_id} 号变更，自 {one.since}）" for one in changed)
        return f"经批准的变更在用：{told}"


@app.command("list")
def list_rules(
    on: On = None,
    unconfirmed: Annotated[bool, typer.Option("--unconfirmed", help="只列尚未经核对的规则")] = False,
    as_json: AsJson = False,
) -> None:
    """列出全部规则及其当日取值。"""
    day = on.date() if on else today()
    house = house_on(day)
    every = [(book, rule) for book in house.books for rule in book]
    rules = [(book, rule) for book, rule in every if not (unconfirmed and rule.confirmed)]
    if as_json:
        print_json([as_record(house, book, rule, day) for book, rule in rules])
        return
    table = Table("编号", "名称", "取值", "自", "核对", "版本", box=None, pad_edge=False)
    for book, rule in rules:
        since, value = value_on(rule, day)
        table.add_row(*map(Text, (rule.id, rule.title, short(value), since, confirmation(rule), house.words(book))))
    Console().print(table)
    waiting = sum(not rule.confirmed for _, rule in rules)
    Console().print(f"共 {len(rules)} 条，其中 {waiting} 条{UNCONFIRMED}")
    Console(soft_wrap=True).print(Text(house.summary()))


@app.command()
def show(
    rule_id: Annotated[str, typer.Argument(metavar="编号", help="规则编号，如 FEE-STAMP")],
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """显示一条规则：当日取值、历次取值与来源。"""
    day = on.date() if on else today()
    house = house_on(day)
    book, rule = found(house, rule_id)
    if as_json:
        print_json(as_record(house, book, rule, day))
        return
    since, value = value_on(rule, day)
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(f"{rule.id}  {rule.title}  {short(value)}  自 {since}  {rule.source}")
    console.print(f"核对：{confirmation(rule)}，最近查阅来源 {rule.read_on}")
    console.print(f"文件：{book.name}，版本 {book.version[:19]}，{house.words(book)}")
    own = house.standing.get(book.name)
    if own is not None and own.approved:
        console.print(f"随系统发布的是版本 {own.shipped_version[:19]}，已由经批准的变更取代")
    if house.unread:
        console.print(house.unread)
    if rule.applies_to:
        console.print(f"适用：{short(rule.applies_to)}")
    for start, past in rule.values:
        console.print(f"\n自 {start}")
        text = yaml.safe_dump(past, allow_unicode=True, sort_keys=False)
        console.print(text.removesuffix("...\n").rstrip())


def house_on(day: date) -> House:
    """The rule sets as they stand on the day, by the database where there is one; looking makes none."""
    file = database_file(settings().database_url)
    if file is not None and not file.exists():
        return House(all_books(), unread="还没有数据库，以下是随系统发布的内容")
    try:
        with snapshot() as connection:
            if not inspect(connection).has_table("rule_change"):
                return House(all_books(), unread="数据库还没有建表（heshi db upgrade），以下是随系统发布的内容")
            with Session(connection) as session, rules_of(session, day):
                standing = {file_name(one.name): one for one in standing_files(session, day)}
                return House(all_books(), standing)
    except OperationalError:
        return House(all_books(), unread="数据库连接不上，读不到经批准的变更；以下是随系统发布的内容")


def all_books() -> tuple[Rulebook, ...]:
    """Every rule file, the grading schemes with them: each of those is a file with one rule."""
    return (*load_rulebooks(HOUSE), *shipped())


def found(house: House, rule_id: str) -> tuple[Rulebook, Rule]:
    """The rule and its file. Raises NoSuchRule with the nearest ids."""
    rules = {rule.id: (book, rule) for book in house.books for rule in book}
    wanted = rule_id.strip().upper()
    if wanted not in rules:
        near = get_close_matches(wanted, rules, n=3)
        raise NoSuchRule(f"没有规则 {rule_id}" + (f"；相近的有：{'、'.join(near)}" if near else ""))
    return rules[wanted]


def value_on(rule: Rule, day: date) -> tuple[str, Any]:
    """First day in force and value on `day`; words instead of them before the first and after a repeal."""
    try:
        value = rule.on(day)
    except NotInForce:
        return "—", f"{rule.values[0][0]} 起才有取值"
    since = max(start for start, _ in rule.values if start <= day)
    return since.isoformat(), "已废止" if value is None else value


def confirmation(rule: Rule) -> str:
    return "已核" if rule.confirmed else UNCONFIRMED


def short(value: Any, most: int = 60) -> str:
    """A value on one line, cut when long: `show` has the whole of it."""
    text = value if isinstance(value, str) else json.dumps(canonical(value), ensure_ascii=False)
    return text if len(text) <= most else text[: most - 1] + "…"


def as_record(house: House, book: Rulebook, rule: Rule, day: date) -> dict[str, Any]:
    own = house.standing.get(book.name)
    in_force = [(start, value) for start, value in rule.values if start <= day]
    return {
        "id": rule.id, "title": rule.title, "source": rule.source, "confirmed": rule.confirmed,
        "read_on": rule.read_on, "applies_to": rule.applies_to, "file": book.name, "version": book.version,
        "on": day, "since": in_force[-1][0] if in_force else None,
        "value": in_force[-1][1] if in_force else None,
        "approved": own is not None and own.approved, "approved_since": None if own is None else own.since,
        "change": None if own is None else own.change_id,
        "values": [{"from": start, "value": value} for start, value in rule.values],
    }


def print_json(value: Any) -> None:
    typer.echo(json.dumps(canonical(value), ensure_ascii=False, indent=2))
