"""The `heshi` command: exit 0 done, 1 refused with reasons, 2 misuse; never a traceback for an expected refusal."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final

import typer
from rich.console import Console
from rich.text import Text

from kit.memory import much_is_made
from kit.problems import Problem
from kit.rulebook import RuleError

COMMANDS: Final = {  # name: module of cli.commands, and its function; a noun with verbs has its own `app`
    "demo": ("demo", "demo"),
    "import": ("imports", "import_files"),
    "diagnose": ("diagnose", "diagnose"),
    "measure": ("measure", "measure"),
    "serve": ("serve", "serve"),
    "db": ("database", "app"),
    "rules": ("rules", "app"),
    "user": ("user", "app"),
    "audit": ("audit", "app"),
    "suitability": ("suitability", "app"),
    "grade": ("grade", "app"),
    "changes": ("changes", "app"),
    "approve": ("changes", "approve"),
    "callbacks": ("callbacks", "app"),
    "service": ("service", "app"),
    "complaints": ("complaints", "app"),
    "surveys": ("surveys", "app"),
    "records": ("records", "app"),
    "worker": ("worker", "worker"),
    "deliveries": ("deliveries", "app"),
    "services": ("services", "app"),
    "mot": ("mot", "app"),
    "advisors": ("advisors", "app"),
    "day": ("day", "app"),
}


def application(only: str | None = None) -> typer.Typer:
    """All commands; or with `only` that one, so that no module is imported that is not used."""
    app = typer.Typer(
        name="heshi", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )  # fmt: skip
    app.callback(help="合适：证券公司的适当性与关键时刻（MOT）平台。")(lambda: None)
    for name, (module, attribute) in COMMANDS.items():
        if only not in COMMANDS or name == only:
            found = getattr(import_module(f"cli.commands.{module}"), attribute)
            if isinstance(found, typer.Typer):
                app.add_typer(found, name=name)
            else:
                app.command(name)(found)
    return app


def __getattr__(name: str) -> Any:
    """`app`, all commands, made when it is asked for."""
    if name != "app":
        raise AttributeError(name)
    return globals().setdefault("app", application())


def main() -> None:
    """Run the command line; a Problem becomes one line on standard error and exit code 1."""
    try:
        with much_is_made():  # modules: they all stay
            wanted = application(only=sys.argv[1] if len(sys.argv) > 1 else None)
        wanted()
    except Problem as problem:
        _say("未完成", problem.detail)
        sys.exit(1)
    except RuleError as fault:
        _say("规则文件不可用", str(fault))
        sys.exit(1)


def _say(what: str, detail: str) -> None:
    """One line, never broken inside a word; what stands in brackets is text, not markup."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble((what, "red"), "  ", detail))


if __name__ == "__main__":
    main()
