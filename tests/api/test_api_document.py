"""docs/api.md does what it says: its commands are run, in order, against a server."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from tests.api.conftest import an_app
from tests.api.contract.servers import free_port
from tests.api.people import PASSWORD

GUIDE = Path(__file__).parents[2] / "docs/api.md"
COMMANDS = re.findall(r"```bash\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def address(book_url: str) -> Iterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(an_app(book_url), port=port, log_level="critical"))
    running = threading.Thread(target=server.run)
    running.start()
    while not server.started:
        assert running.is_alive(), "the server ended"
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    running.join()


def test_the_commands_of_the_guide(address, tmp_path):
    script = "set -euo pipefail\n" + "\n".join(COMMANDS)
    given = {**os.environ, "HESHI": address, "HESHI_USER": "advisor", "HESHI_PASSWORD": PASSWORD}

    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=given, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    link, same, fault, out = done.stdout.strip().splitlines()
    assert re.fullmatch(r'link: </api/v1/accounts\?limit=2&cursor=[^>]+>; rel="next"', link.strip())
    assert (same, fault, out) == ("两次答复相同", "#/limit", "204")
