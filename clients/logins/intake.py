"""Login files into their table: a file twice changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import select

from clients.logins.imports import login_line
from clients.logins.tables import LoginRow
from clients.service.intake import ServiceIntake
from kit.clock import day_of
from kit.imports.rows import Cells


class LoginsIntake(ServiceIntake):
    """When clients came by themselves."""

    table = LoginRow

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        rows = self.session.exec(select(LoginRow.client_id, LoginRow.at, LoginRow.channel))
        self._known: set[tuple[int, datetime, str]] = set(rows.all())

    def row(self, cells: Cells) -> None:
        client_no, at, channel = login_line(cells, self.now)
        key = (self.client_id(client_no), at, channel.value)
        if key in self._known:
            self.counts.known += 1
            return
        self._known.add(key)
        self.add({
            "client_id": key[0], "at": at, "day": day_of(at), "channel": channel.value, "batch_id": self.batch_id,
        })  # fmt: skip
