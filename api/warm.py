"""What the first request of a process would otherwise wait for, done before it listens."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from diagnosis.lots import steps
from kit.rulebook import HOUSE, load_rulebooks


@lru_cache
def warm() -> None:
    """Once in a process: every rule file read, and the compiled loops loaded, their machinery above all."""
    load_rulebooks(HOUSE)
    none, never = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_)
    steps(np.zeros(1, dtype=np.int64), none, none, none, none, none, none, never, never)
