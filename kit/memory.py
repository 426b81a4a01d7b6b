"""Memory of a process that serves: what it loaded at its start stays, and the collector need not look at it again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

_YOUNG: Final = 20_000  # objects made and not freed before the collector looks at them; 700 by default


@contextmanager
def much_is_made() -> Iterator[None]:
    """Inside the block the collector rests: a million values that all stay would be looked through again and again."""
    resting = not gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not resting:
            gc.enable()


@lru_cache
def keep_what_is_loaded() -> None:
    """Once in a process, when all is loaded: a full collection then looks at what came later alone.

    Modules and compiled code are most of what such a process holds; looking through them takes longer than a page.
    The young ones are looked at once in some pages, not many times in one: nearly all of them are gone by themselves.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
