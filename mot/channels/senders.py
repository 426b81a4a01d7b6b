"""Which backend sends for which channel."""

from __future__ import annotations

from datetime import date

from mot.channels.hooks import HookSender
from mot.channels.local import ConsoleSender, FileSender
from mot.channels.mail import MailSender
from mot.channels.specs import spec_on
from mot.channels.types import Channel, Sender


def sender_of(channel: Channel, day: date) -> Sender:
    """The backend of a channel that leaves the house. Raises ValueError for the inbox, which is a table of ours."""
    spec = spec_on(channel, day)
    if channel is Channel.INBOX:
        raise ValueError("the inbox is filed, not sent")
    if channel is Channel.EMAIL:
        return MailSender(spec)
    if channel is Channel.CONSOLE:
        return ConsoleSender()
    return FileSender() if channel is Channel.OUTBOX else HookSender(spec)
