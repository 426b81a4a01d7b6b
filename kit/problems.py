"""Expected refusals: one class, one status, one code. `api` renders problem+json, `cli` a line and exit 1."""

from __future__ import annotations

import re
from typing import Any, ClassVar


class Problem(Exception):
    """A refusal that names the thing, the place and the way out in `detail` (never an identity or phone number)."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "Refused"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra

    @classmethod
    def code(cls) -> str:
        """Stable code: the class name in kebab case."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class NotFound(Problem):
    """没有这个编号"""

    status = 404
    title = "Not found"


class Conflict(Problem):
    """与已有记录冲突"""

    status = 409
    title = "Conflict"


class BadInput(Problem):
    """输入无法识别"""

    status = 422
    title = "Bad input"
