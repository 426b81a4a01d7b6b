"""Memory of a process that serves: what it loaded at its start stays, and the collector need not look at it again."""

from __future__ import annotations

import gc
from functools import lru_cache


@lru_cache
def keep_what_is_loaded() -> None:
    """Once in a process, when all is loaded: a full collection then looks at what came later alone.

    Modules and compiled code are most of what such a process holds; looking through them takes longer than a page.
    """
    gc.collect()
    gc.freeze()
