"""`heshi grade check FILE…`: scheme files judged before they are put in their place; no database, nobody signs in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from cli.commands.suitability import print_json
from clients.grading.loading import put_together, shipped
from clients.grading.parsing import schemes_of
from clients.grading.schemes import Scheme
from kit.clock import today
from kit.digest import canonical
from kit.problems import BadInput
from kit.rulebook import Rulebook, RuleError, parse_rulebook

KINDS: Final = {"bands": "分段", "points": "加权计分", "table": "规则表", "cross": "组合"}


@dataclass(frozen=True, slots=True)
class Checked:
    """One file that can be used. replaces: its id is that of a scheme that there is already."""

    file: str
    scheme: Scheme
    replaces: bool


def check(
    files: Annotated[list[Path], typer.Argument(metavar="文件", help="方案文件，可多个；互相引用的一起核对")],
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="与哪一天的其他方案一起核对，默认今天")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """核对方案文件：空缺、重叠、成环、不认识的特征，指出文件和行；不需要数据库，不登记。"""
    try:
        found = checked(files, as_of.date() if as_of else today())
    except (RuleError, OSError, UnicodeDecodeError) as fault:
        raise BadInput(str(fault)) from fault
    if as_json:
        print_json(canonical([
            {"file": one.file, "scheme": one.scheme.code, "title": one.scheme.title, "kind": one.scheme.kind,
             "since": one.scheme.since, "version": one.scheme.version, "replaces": one.replaces}
            for one in found
        ]))  # fmt: skip
        return
    console = Console(highlight=False, soft_wrap=True)
    for one in found:
        told = one.scheme
        line = f"  {told.code}  {told.title}  {KINDS[told.kind]}，{len(told.classes)} 类  自 {told.since}"
        console.print(Text.assemble(("可用", "green"), line, "  接替已有的方案" if one.replaces else ""))


def checked(files: list[Path], day: date) -> list[Checked]:
    """Each file beside all other schemes, on the day and on every later one from which it says something new.

    Raises RuleError that names the file, OSError.
    """
    books = [parse_rulebook(path.name, path.read_text(encoding="utf-8")) for path in files]
    known = shipped()
    own = {_id(book) for book in books}
    beside = [book for book in known if _id(book) not in own]
    found = []
    for book in books:
        dated = schemes_of(book)
        days = sorted({day, *(since for since, _ in dated if since > day)})
        for one in days:
            put_together(one, [*beside, *books])
        newest = [scheme for _, scheme in dated if scheme is not None]
        if newest:
            found.append(Checked(book.name, newest[-1], any(_id(book) == _id(one) for one in known)))
    return found


def _id(book: Rulebook) -> str:
    schemes_of(book)  # one scheme a file
    (rule,) = book
    return rule.id
