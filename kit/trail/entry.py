"""One entry of the trail, and the bytes its digest covers. Pure.

The digest covers fourteen columns, joined by U+001F in the order of COLUMNS. No column may hold that character, so the
bytes can be read in one way only; a database rebuilds them by concatenation, without parsing anything.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from kit.access import Actor
from kit.digest import canonical_json, digest

SEPARATOR: Final = "\x1f"
COLUMNS: Final = (
    "at", "user_id", "user_name", "user_role", "ip", "user_agent", "request_id", "action", "record_kind", "record_id",
    "record_version", "purpose", "digest", "detail",
)  # fmt: skip
WIDTHS: Final = {"ip": 45, "user_agent": 200, "request_id": 64, "record_version": 80, "purpose": 200}
DETAIL_LIMIT: Final = 4_000  # characters; what is longer is known by its digest

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_IDENTITY_NO: Final = re.compile(r"(?<![0-9A-Za-z])(\d{6})\d{8}(\d{3}[0-9Xx])(?![0-9A-Za-z])")
_PHONE: Final = re.compile(r"(?<![0-9A-Za-z.])(1[3-9]\d)\d{4}(\d{4})(?![0-9A-Za-z.])")
_SECRET_NAMES: Final = frozenset({"id_no", "phone", "mobile", "password", "token", "secret", "bank_card", "address"})


@dataclass(frozen=True, slots=True)
class Origin:
    """从哪里来: where a request came from; an operator on the machine has no address."""

    ip: str = ""
    user_agent: str = "cli"
    request_id: str = field(default_factory=lambda: secrets.token_hex(8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one business change leaves behind.

    digest: of what changed (`kit.digest.digest`), or of the file; by default of `detail`.
    detail: small plain values for a reader, without identity numbers and phones (what looks like one is masked).
    """

    actor: Actor
    at: datetime
    origin: Origin
    action: str
    record_kind: str
    record_id: str
    record_version: str = ""
    purpose: str = ""
    digest: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds, always 27 characters, so that text sorts by time."""
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def columns_of(entry: Entry) -> dict[str, str]:
    """The entry as it is stored. Raises ValueError where an action or a record is not named."""
    if not (entry.action and entry.record_kind):
        raise ValueError("an entry names its action and the kind of its record")
    detail = cleaned(entry.detail)
    raw = {
        "at": instant(entry.at), "user_id": entry.actor.user_id, "user_name": entry.actor.name,
        "user_role": entry.actor.role.value, "ip": entry.origin.ip, "user_agent": entry.origin.user_agent,
        "request_id": entry.origin.request_id, "action": entry.action, "record_kind": entry.record_kind,
        "record_id": entry.record_id, "record_version": entry.record_version, "purpose": masked(entry.purpose),
        "digest": entry.digest or digest(detail), "detail": detail_text(detail),
    }  # fmt: skip
    return {name: _CONTROL.sub(" ", value)[: WIDTHS.get(name)] for name, value in raw.items()}


def entry_digest(columns: Mapping[str, str]) -> str:
    """SHA-256 over the stored columns, 64 hex digits."""
    return sha256(SEPARATOR.join(columns[name] for name in COLUMNS).encode()).hexdigest()


def detail_text(detail: Any) -> str:
    """Canonical JSON of what may be read later; too long a detail gives way to its length."""
    text = canonical_json(detail)
    return text if len(text) <= DETAIL_LIMIT else canonical_json({"omitted_characters": len(text)})


def cleaned(value: Any) -> Any:
    """`value` without members whose name says secret or personal number, and with its texts masked."""
    if isinstance(value, Mapping):
        return {name: cleaned(item) for name, item in value.items() if str(name).lower() not in _SECRET_NAMES}
    if isinstance(value, list | tuple):
        return [cleaned(item) for item in value]
    return masked(_CONTROL.sub(" ", value)) if isinstance(value, str) else value


def masked(text: str) -> str:
    """`text` with what looks like an identity number or a mobile phone masked (110101********1234, 138****5678)."""
    return _PHONE.sub(r"\1****\2", _IDENTITY_NO.sub(r"\1********\2", text))
