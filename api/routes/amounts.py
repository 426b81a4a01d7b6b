"""Money, quantities and digests as bodies carry them: decimal text that every table can hold, never a float."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

_DECIMAL: Final = r"^[0-9]{1,12}([.][0-9]{1,6})?$"
_FEN: Final = Decimal("0.01")
_EXPECTED: Final = '须为不带符号的十进制文本，如 "10000.00"，整数至多 12 位、小数至多 6 位'
_DIGEST: Final = r"^sha256:[0-9a-f]{64}$"


def decimal_text(value: Any) -> Any:
    """Text such as "10000.00" as a Decimal; what is one already stays."""
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not re.fullmatch(_DECIMAL[1:-1], value):
        raise PydanticCustomError("decimal_text", _EXPECTED)
    return Decimal(value)


def money(value: Decimal) -> str:
    """Money of an answer as text: two decimals, more only where there are more."""
    fen = value.quantize(_FEN)
    return format(fen if fen == value else value.normalize(), "f")


def plain(value: Decimal | None) -> str | None:
    """The same, where there may be none."""
    return None if value is None else money(value)


Yuan = Annotated[
    Decimal, BeforeValidator(decimal_text),
    WithJsonSchema({"type": "string", "pattern": _DECIMAL, "description": "十进制文本"}),
]  # fmt: skip
Digest = Annotated[str, StringConstraints(pattern=_DIGEST), WithJsonSchema(
    {"type": "string", "pattern": _DIGEST, "description": "材料的 SHA-256：sha256: 加 64 位十六进制"}
)]  # fmt: skip
