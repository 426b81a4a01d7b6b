"""The web server from the command line: it answers, names a busy port, and ends on Ctrl+C without a traceback."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager

import pytest

from cli.web import PortTaken, bound
from tests.cli.conftest import HESHI, spawn


@contextmanager
def busy():
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@contextmanager
def started(*arguments, cwd, **environment):
    """The command as its own process, and the address that it prints."""
    place = {"PATH": os.environ["PATH"], "HESHI_TOKEN_KEYS": f"t:{secrets.token_urlsafe(48)}", **environment}
    process = subprocess.Popen(
        [str(HESHI), *map(str, arguments)], cwd=cwd, env=place, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        lines, address = [], None
        while address is None and (line := process.stdout.readline()):
            lines.append(line)
            address = re.search(r"http://[\d.:]+/", line)
        yield process, address[0] if address else None, "".join(lines)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def fetched(address: str) -> int:
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return int(answer.status)
        except ConnectionError:
            time.sleep(0.1)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


def test_a_free_port_is_bound_and_a_busy_one_is_named():
    with busy() as port:
        with pytest.raises(PortTaken, match=f"端口 {port}已被占用；请用 --port 换一个"):
            bound("127.0.0.1", port)
        with bound("127.0.0.1", port, tries=20) as other:
            assert port < other.getsockname()[1] < port + 20


def test_an_address_of_another_machine_is_refused_in_words():
    with pytest.raises(PortTaken, match=r"不能在 192\.0\.2\.1 的端口 8000 上提供服务"):
        bound("192.0.2.1", 8000)


def test_serve_refuses_a_busy_port_before_it_touches_anything(tmp_path):
    database = tmp_path / "s.db"
    place = {"HESHI_DATABASE_URL": f"sqlite:///{database}", "HESHI_TOKEN_KEYS": f"t:{secrets.token_urlsafe(48)}"}
    with busy() as port:
        answer = spawn("serve", "--port", port, cwd=tmp_path, PATH=os.environ["PATH"], **place)

    assert answer.code == 1
    assert f"端口{port}已被占用" in answer.text
    assert not database.exists()


def test_serve_refuses_a_channel_file_that_is_wrong(tmp_path):
    """Else the first event that is told would be refused for it."""
    database, file = tmp_path / "never.db", tmp_path / "channels.yaml"
    file.write_text("- {name: one, channel: WECOM, url: 'http://elsewhere.example/x', recipients: ['staff:S1']}")
    place = {"HESHI_DATABASE_URL": f"sqlite:///{database}", "HESHI_TOKEN_KEYS": f"t:{secrets.token_urlsafe(48)}",
             "HESHI_CHANNELS_FILE": str(file)}  # fmt: skip

    answer = spawn("serve", cwd=tmp_path, PATH=os.environ["PATH"], **place)

    assert answer.code == 1
    assert "第1项（one）" in answer.text
    assert not database.exists()


def test_serve_answers_and_ends_quietly(tmp_path):
    with busy() as port:
        free = bound("127.0.0.1", port + 1, tries=50)
        number = free.getsockname()[1]
        free.close()
    place = {"HESHI_DATABASE_URL": f"sqlite:///{tmp_path}/s.db", "HESHI_VAR_DIR": str(tmp_path / "var")}
    with started("serve", "--port", number, cwd=tmp_path, **place) as (process, address, _):
        assert address == f"http://127.0.0.1:{number}/"
        assert fetched(f"{address}static/tokens.css") == 200
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)

    assert process.returncode in (0, 1, 130)
    assert "Traceback" not in errors
