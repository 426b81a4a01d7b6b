"""What a process loaded at its start is set aside from the collector once, and still lives."""

from __future__ import annotations

import subprocess
import sys

ASKED = """
import gc
from kit.memory import keep_what_is_loaded
before = gc.get_freeze_count()
keep_what_is_loaded()
once = gc.get_freeze_count()
later = [[] for _ in range(1000)]
keep_what_is_loaded()
print(before, once > 1000, gc.get_freeze_count() == once)
"""


def test_what_is_loaded_is_set_aside_once():
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["0", "True", "True"]
