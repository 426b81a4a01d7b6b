"""控制台 and 发件文件: one JSON object a line, on standard output or appended to a file."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from mot.channels.types import Address, Answer, Letter, Verdict


def line_of(letter: Letter, address: Address) -> str:
    """The letter as one line."""
    told = {
        "id": letter.message_id, "at": letter.at.isoformat(), "address": address.name, "recipient": letter.recipient,
        "category": letter.category, "title": letter.title, "body": letter.body, "link": letter.link,
        "merged": list(letter.merged),
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False)


class ConsoleSender:
    """Prints."""

    def send(self, letter: Letter, address: Address) -> Answer:
        print(line_of(letter, address), file=sys.stdout, flush=True)
        return Answer(Verdict.SENT, "已打印")


class FileSender:
    """Appends and waits until the disk has it. address.options: path."""

    def send(self, letter: Letter, address: Address) -> Answer:
        path = Path(address.options["path"])
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as fault:
            return Answer(Verdict.FAILED, f"不能写发件文件（{type(fault).__name__}）")
        try:
            # a line begins anew behind one that was cut off by a power failure
            os.write(handle, f"\n{line_of(letter, address)}\n".encode())
            os.fsync(handle)
        except OSError as fault:
            return Answer(Verdict.UNCERTAIN, f"写发件文件时出错（{type(fault).__name__}）")
        finally:
            os.close(handle)
        return Answer(Verdict.SENT, "已写入")


def read_outbox(path: Path) -> list[dict[str, object]]:
    """The letters of an outbox file, each once by its id, half lines left out."""
    found: dict[str, dict[str, object]] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict) and "id" in told:
            found.setdefault(str(told["id"]), told)
    return list(found.values())
