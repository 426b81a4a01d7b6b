"""Documents that are generated from code or rule data; `--check` fails when a committed one is not fresh."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer.main
from typer.core import TyperGroup

from api.app import create_app
from cli.contract import breaks
from cli.main import app
from diagnosis.conventions import metrics_document
from mot.documents import events_document, scenarios_document

CONTRACT = "openapi.json"
BREAKS = "docs/api-breaks.md"
HERE = Path(__file__).resolve().parent.parent


def commands_document() -> str:
    """docs/commands.md: every command with its help as the terminal shows it."""
    lines = ["# 命令", "", "由 `python -m cli.documents` 生成，请勿手改。", ""]
    for path, command in walk("heshi", typer.main.get_command(app)):
        lines += [f"## `{path}`", "", (command.help or "").strip(), ""]
        rows = [parameter_row(parameter) for parameter in command.params if parameter.name != "help"]
        if rows:
            lines += ["| 参数 | 默认 | 说明 |", "| --- | --- | --- |", *rows, ""]
    return "\n".join(lines).rstrip() + "\n"


def parameter_row(parameter: Any) -> str:
    """One argument or option: its names, its default, what it means."""
    names = [*parameter.opts, *parameter.secondary_opts]
    if not any(name.startswith("-") for name in names):
        names = [parameter.metavar or parameter.name.upper()]
    default = parameter.default if isinstance(parameter.default, int | float | str) else ""
    return f"| `{'`, `'.join(names)}` | {'' if isinstance(default, bool) else default} | {parameter.help or ''} |"


def walk(path: str, command: Any) -> list[tuple[str, Any]]:
    """Every command that does something, by its full name, in alphabetical order. (Typer keeps its types to itself.)"""
    if not isinstance(command, TyperGroup):
        return [(path, command)]
    return [
        found for name, inner in sorted(command.commands.items()) for found in walk(f"{path} {name}", inner)
    ]


def api_document() -> str:
    """openapi.json: the API's contract."""
    return json.dumps(create_app("sqlite://").openapi(), ensure_ascii=False, indent=1) + "\n"


DOCUMENTS: dict[str, Callable[[], str]] = {
    "docs/commands.md": commands_document,
    "docs/metrics.md": metrics_document,
    "docs/mot-events.md": events_document,
    "docs/mot-scenarios.md": scenarios_document,
    CONTRACT: api_document,
}


def main(arguments: list[str]) -> int:
    """Write every document, or with `--check` name those that are not fresh.

    A contract that would break a client is written only with `--accept-breaking REASON`, which files the reason.
    """
    made = {name: make() for name, make in DOCUMENTS.items()}
    stale = [name for name, text in made.items() if not fresh(HERE / name, text)]
    broken = contract_breaks(made[CONTRACT]) if CONTRACT in stale else []
    for one in broken:
        print(f"breaks a client of the API: {one}")
    if "--check" in arguments:
        for name in stale:
            print(f"not fresh: {name}; run `python -m cli.documents` and commit it")
        return 1 if stale else 0
    if broken and not accept(arguments, broken):
        print('not written; keep the old one working, or run with --accept-breaking "why, and since when it was told"')
        return 1
    for name in stale:
        (HERE / name).write_text(made[name], encoding="utf-8")
        print(f"written: {name}")
    return 0


def contract_breaks(text: str) -> list[str]:
    """What the new contract would break of the committed one."""
    path = HERE / CONTRACT
    return breaks(json.loads(path.read_text(encoding="utf-8")), json.loads(text)) if path.is_file() else []


def accept(arguments: list[str], broken: list[str]) -> bool:
    """File the reason for which clients are broken; False where none is given."""
    place = arguments.index("--accept-breaking") + 1 if "--accept-breaking" in arguments else len(arguments)
    if place >= len(arguments) or not arguments[place].strip():
        return False
    path = HERE / BREAKS
    told = path.read_text(encoding="utf-8") if path.is_file() else "# 接口的不兼容变更\n"
    lines = "\n".join(f"- {one}" for one in broken)
    path.write_text(f"{told}\n## {arguments[place].strip()}\n\n{lines}\n", encoding="utf-8")
    return True


def fresh(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
