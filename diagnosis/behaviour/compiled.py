"""`compiled`: numba's nopython mode with a cache on disk, typed so that callers keep the function's
signature.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile `function` at its first call."""
    return cast(F, njit(cache=True)(function))
