"""What every page shows of the request it answers: who is signed in, and the hidden fields of its forms.

The door sets it once a request; `api.rendering` reads it, so that no page has to pass it on.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from markupsafe import Markup

from api.contract import csrf, idempotency
from kit.access import Actor

_FIELD: Final = Markup('<input type="hidden" name="{}" value="{}">')


@dataclass(frozen=True, slots=True)
class PageFrame:
    """Of one request. csrf_token: empty where the browser has no cookie of ours.

    password_first: whoever is signed in must change the password before going anywhere. open_tasks: how many tasks wait
    for whoever is signed in; None: they work none.
    """

    actor: Actor | None = None
    csrf_token: str = ""
    password_first: bool = False
    open_tasks: int | None = None

    def form_fields(self) -> Markup:
        """The hidden fields that every form of ours carries: whose it is, and a key so that it is done once."""
        key = _FIELD.format(idempotency.FIELD, uuid4().hex)
        return _FIELD.format(csrf.FIELD, self.csrf_token) + key if self.csrf_token else key


PAGE: ContextVar[PageFrame] = ContextVar("heshi_page", default=PageFrame())  # noqa: B039
