"""Anchors: the head of the chain written outside the database, so that cutting or rewriting the chain is found.

One JSON line an anchor, appended and never rewritten; signed by HMAC-SHA256 where a key is set. The file is worth as
much as it is out of reach of whoever can write to the database: copy it to another machine, or to write-once storage.
"""

from __future__ import annotations

import hmac
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from kit.settings import Settings
from kit.trail.chain import Head
from kit.trail.entry import instant


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of one database at one moment."""

    database_id: str
    position: int
    seal: str
    at: str


@dataclass(frozen=True, slots=True)
class Anchors:
    """What the file says; lines that are no evidence are counted, lines with a wrong signature named."""

    lines: tuple[Anchor, ...] = ()
    forged: tuple[int, ...] = ()
    unsigned: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class AnchorFile:
    """A file of anchors and the key that signs them (empty: unsigned)."""

    path: Path
    key: str = field(default="", repr=False)

    @classmethod
    def of(cls, settings: Settings) -> AnchorFile:
        """The file that the settings name."""
        path = settings.trail_anchor or settings.var_dir / "trail-anchor.jsonl"
        return cls(path, settings.trail_anchor_key.get_secret_value())

    def append(self, database_id: str, head: Head, now: datetime) -> None:
        """One line in one write, on the disk before this returns."""
        body: dict[str, Any] = {
            "database_id": database_id, "position": head.position, "count": head.position, "seal": head.seal,
            "at": instant(now),
        }  # fmt: skip
        if self.key:
            body["mac"] = self._mac(body)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(body, separators=(",", ":")).encode() + b"\n"
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)

    def read(self) -> Anchors:
        """Every line; a missing file has none."""
        if not self.path.is_file():
            return Anchors()
        found: list[Anchor] = []
        forged: list[int] = []
        unsigned = unreadable = 0
        with self.path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    body = json.loads(line)
                    anchor = Anchor(body["database_id"], int(body["position"]), body["seal"], body["at"])
                except (ValueError, TypeError, KeyError):
                    unreadable += 1
                    continue
                if self.key and "mac" in body and not hmac.compare_digest(str(body["mac"]), self._mac(body)):
                    forged.append(number)
                    continue
                unsigned += bool(self.key) and "mac" not in body
                found.append(anchor)
        return Anchors(tuple(found), tuple(forged), unsigned, unreadable)

    def _mac(self, body: dict[str, Any]) -> str:
        signed = "|".join(str(body.get(name, "")) for name in ("database_id", "position", "count", "seal", "at"))
        return hmac.new(self.key.encode(), signed.encode(), sha256).hexdigest()
