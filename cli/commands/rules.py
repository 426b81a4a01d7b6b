"""`heshi rules list|show`: what is in force on a day, where it comes from, and who has confirmed it."""

from __future__ import annotations

import json
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, Any, Final

import typer
import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clients.grading.loading import shipped
from kit.clock import today
from kit.digest import canonical
from kit.problems import NotFound
from kit.rulebook import HOUSE, NotInForce, Rule, Rulebook, load_rulebooks

UNCONFIRMED: Final = "待核"

app = typer.Typer(help="规则：编号、取值、生效日与来源。", no_args_is_help=True)

On = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="哪一天的取值，默认今天")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]


class NoSuchRule(NotFound):
    """没有这条规则"""

    title = "No such rule"


@app.command("list")
def list_rules(
    on: On = None,
    unconfirmed: Annotated[bool, typer.Option("--unconfirmed", help="只列尚未经核对的规则")] = False,
    as_json: AsJson = False,
) -> None:
    """列出全部规则及其当日取值。"""
    day = on.date() if on else today()
    every = [(book, rule) for book in all_books() for rule in book]
    rules = [(book, rule) for book, rule in every if not (unconfirmed and rule.confirmed)]
    if as_json:
        print_json([as_record(book, rule, day) for book, rule in rules])
        return
    table = Table("编号", "名称", "取值", "自", "核对", box=None, pad_edge=False)
    for _, rule in rules:
        since, value = value_on(rule, day)
        table.add_row(*map(Text, (rule.id, rule.title, short(value), since, confirmation(rule))))
    Console().print(table)
    waiting = sum(not rule.confirmed for _, rule in rules)
    Console().print(f"共 {len(rules)} 条，其中 {waiting} 条{UNCONFIRMED}")


@app.command()
def show(
    rule_id: Annotated[str, typer.Argument(metavar="编号", help="规则编号，如 FEE-STAMP")],
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """显示一条规则：当日取值、历次取值与来源。"""
    day = on.date() if on else today()
    book, rule = found(rule_id)
    if as_json:
        print_json(as_record(book, rule, day))
        return
    since, value = value_on(rule, day)
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(f"{rule.id}  {rule.title}  {short(value)}  自 {since}  {rule.source}")
    console.print(f"核对：{confirmation(rule)}，最近查阅来源 {rule.read_on}")
    console.print(f"文件：{book.name}，版本 {book.version[:19]}")
    if rule.applies_to:
        console.print(f"适用：{short(rule.applies_to)}")
    for start, past in rule.values:
        console.print(f"\n自 {start}")
        text = yaml.safe_dump(past, allow_unicode=True, sort_keys=False)
        console.print(text.removesuffix("...\n").rstrip())


def all_books() -> tuple[Rulebook, ...]:
    """Every rule file, the grading schemes with them: each of those is a file with one rule."""
    return (*load_rulebooks(HOUSE), *shipped())


def found(rule_id: str) -> tuple[Rulebook, Rule]:
    """The rule and its file. Raises NoSuchRule with the nearest ids."""
    rules = {rule.id: (book, rule) for book in all_books() for rule in book}
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


def as_record(book: Rulebook, rule: Rule, day: date) -> dict[str, Any]:
    in_force = [(start, value) for start, value in rule.values if start <= day]
    return {
        "id": rule.id, "title": rule.title, "source": rule.source, "confirmed": rule.confirmed,
        "read_on": rule.read_on, "applies_to": rule.applies_to, "file": book.name, "version": book.version,
        "on": day, "since": in_force[-1][0] if in_force else None,
        "value": in_force[-1][1] if in_force else None,
        "values": [{"from": start, "value": value} for start, value in rule.values],
    }


def print_json(value: Any) -> None:
    typer.echo(json.dumps(canonical(value), ensure_ascii=False, indent=2))
