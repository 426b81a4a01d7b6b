"""A contact into its row, the same for a desk, a task and a file."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Any

from clients.contacts.types import ContactAsk
from kit.clock import day_of


def contact_fingerprint(ask: ContactAsk) -> str:
    """A contact with a reference is itself by that; one without by moment, channel, purpose and person."""
    if ask.source_ref:
        parts: tuple[object, ...] = ("ref", ask.source.value, ask.source_ref)
    else:
        parts = ("row", int(ask.at.timestamp()), ask.channel.value, ask.purpose.value, ask.staff_no)
    return blake2b("|".join(map(str, parts)).encode(), digest_size=12).hexdigest()


def contact_values(
    ask: ContactAsk, client_id: int, staff_id: int | None, recorded_at: datetime, recorded_by: str,
    batch_id: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What the row holds."""
    return {
        "client_id": client_id, "staff_id": staff_id, "at": ask.at, "day": day_of(ask.at),
        "channel": ask.channel.value, "purpose": ask.purpose.value, "reached": ask.reached, "note": ask.note.strip(),
        "source": ask.source.value, "source_ref": ask.source_ref, "fingerprint": contact_fingerprint(ask),
        "recorded_at": recorded_at, "recorded_by": recorded_by, "batch_id": batch_id,
    }  # fmt: skip
