"""Login files (kind `logins`): which columns they have, and what one row means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from clients.contacts.imports import moment
from clients.service.words import coded_by
from kit.clock import SHANGHAI
from kit.imports.headings import KindColumns
from kit.imports.result import Refused
from kit.imports.rows import Cells
from kit.labels import Labelled

LOGINS: Final = KindColumns("logins", "客户登录", ("client_no", "at", "channel"))


class LoginChannel(Labelled):
    """登录渠道"""

    APP = "APP", "手机 App"
    PC = "PC", "电脑客户端"
    WEB = "WEB", "网站"
    WECHAT = "WECHAT", "微信小程序"
    PHONE = "PHONE", "电话委托"


def login_line(cells: Cells, now: datetime) -> tuple[str, datetime, LoginChannel]:
    """Client, moment and channel. Raises Refused."""
    client_no = cells.need("client_no")
    at = moment(cells.when("at", SHANGHAI)).astimezone(UTC)
    if at > now:
        raise Refused("at", cells.text("at"), "登录时间晚于现在")
    return client_no, at, coded_by(cells, "channel", LoginChannel)
