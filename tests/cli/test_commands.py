"""Every command has help and stands in docs/commands.md; the house's own documents are fresh."""

from __future__ import annotations

import pytest
import typer.main

from cli.documents import HERE, commands_document, walk
from cli.main import app
from tests.cli.conftest import run

COMMANDS = walk("heshi", typer.main.get_command(app))
PROMISED = ("demo", "serve", "db upgrade", "import", "diagnose", "measure", "rules list", "rules show")


def test_the_promised_commands_are_there():
    assert {f"heshi {name}" for name in PROMISED} <= {path for path, _ in COMMANDS}


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_a_command_and_each_of_its_options_has_help(path, command):
    answer = run(*path.split()[1:], "--help")

    assert answer.code == 0
    assert (command.help or "").strip().endswith("。")
    assert [one.name for one in command.params if one.name != "help" and not one.help] == []


def test_every_command_is_in_the_document():
    text = (HERE / "docs" / "commands.md").read_text("utf-8")

    assert [path for path, _ in COMMANDS if f"## `{path}`" not in text] == []
    assert text == commands_document(), "run `python -m cli.documents` and commit docs/commands.md"


@pytest.mark.parametrize("arguments", [("nonsense",), ("rules", "nonsense"), ("db", "upgrade", "now")])
def test_an_unknown_command_is_a_misuse(arguments):
    assert run(*arguments).code == 2
