"""The command line as an operator meets it: words, an exit code, and never a traceback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from clients.intake import import_file
from demo.stage import Stage
from kit.db import engine
from kit.problems import Problem
from kit.settings import settings
from tests.cli.world import files
from tests.databases import Databases

HESHI = Path(sys.executable).with_name("heshi")
"""The installed command."""


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended. A refusal is its words and code 1, as `cli.main.main` gives it."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All of it on one line, so that a wrapped sentence is found."""
        return "".join((self.out + self.err).split())


Heshi = Callable[..., Answer]


def run(*arguments: object) -> Answer:
    """Run the command in this process. Anything but an answer, a refusal or a misuse is raised."""
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    if isinstance(result.exception, Problem):
        return Answer(1, result.stdout, result.stderr + result.exception.detail)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)


def spawn(*arguments: object, cwd: Path, **environment: str) -> Answer:
    """Run the installed command as its own process."""
    done = subprocess.run(
        [str(HESHI), *map(str, arguments)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def heshi(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heshi]:
    """The command on an empty database of this test's own, in its own folder."""
    yield from _on(database_url, tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def world_url(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with the whole world in it; tests read it and write nothing."""
    url = databases.migrated()
    for path in files(tmp_path_factory.mktemp("world")):
        assert import_file(url, path).rejects == [], path.name
    yield url
    databases.drop(url)


@pytest.fixture
def world(world_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heshi]:
    """The command on the database of the whole world."""
    yield from _on(world_url, tmp_path, monkeypatch)


def _on(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heshi]:
    monkeypatch.setenv("HESHI_DATABASE_URL", url)
    monkeypatch.setenv("HESHI_VAR_DIR", str(folder / "var"))
    monkeypatch.chdir(folder)
    settings.cache_clear()
    yield run
    engine(url).dispose()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answer, Stage]:
    """`heshi demo --no-serve --accounts 24`, once for all tests."""
    stage = Stage(tmp_path_factory.mktemp("stage") / "demo")
    return run("demo", "--no-serve", "--accounts", 24, "--out", stage.folder), stage
