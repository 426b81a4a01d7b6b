"""Fields of addresses and forms that several pages take: an empty one was left open."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Form, Query
from pydantic import BeforeValidator


def _open(value: Any) -> Any:
    return value or None


Blank = BeforeValidator(_open)
First = Annotated[date | None, Blank, Query(alias="from")]
Last = Annotated[date | None, Blank, Query(alias="to")]
Text = Annotated[str | None, Blank, Query()]
FormFirst = Annotated[date | None, Blank, Form(alias="from")]
FormLast = Annotated[date | None, Blank, Form(alias="to")]
FormText = Annotated[str | None, Blank, Form()]
