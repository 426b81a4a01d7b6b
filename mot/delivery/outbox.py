"""待发: the outbox of the tasks. What they push becomes one delivery for the inbox and one for each allowed address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlmodel import Session

from kit.settings import settings
from mot.channels.addresses import AddressBook, address_book
from mot.channels.types import Channel
from mot.delivery.service import enqueue
from mot.delivery.types import Delivery, NewDelivery, SubjectKind
from mot.tasks.ports import Push
from mot.tasks.types import task_id_of, task_number

PAGE: Final = "/tasks/{}"
LOCAL: Final = (Channel.CONSOLE, Channel.OUTBOX)
"""Of this machine alone: no scenario names them, whoever writes such an address wants every push of its people."""


class DeliveryOutbox:
    """`mot.tasks.ports.Outbox` over the delivery table. addresses: default the process's settings."""

    def __init__(self, addresses: AddressBook | None = None) -> None:
        self._addresses = addresses

    def enqueue(self, session: Session, pushes: Sequence[Push]) -> int:
        """How many rows are new; a key and channel that is on file already is passed over. The caller commits.

        A channel without an allowed address for this member of staff makes no row: the inbox always has one.
        """
        book = address_book() if self._addresses is None else self._addresses
        wanted = [made for one in pushes for made in deliveries_of(one, book)]
        return enqueue(session, wanted, datetime.now(UTC))


def deliveries_of(push: Push, book: AddressBook) -> Iterator[NewDelivery]:
    """One for the inbox, one for each address that serves this member of staff: of the push's channels, or local."""
    recipient, asked = f"staff:{push.staff_no}", {one.value for one in push.channels}
    targets = [(Channel.INBOX, "")]
    routes = book.routes(recipient)
    targets += [(channel, name) for channel, name in routes if channel in LOCAL or channel.value in asked]
    for channel, name in targets:
        yield NewDelivery(
            subject_kind=SubjectKind.TASK, subject_id=str(push.task_id), occasion=push.key, channel=channel,
            recipient=recipient, address=name, title=push.title, body=push.text, link=link_to(push.task_no, channel),
            category=push.reason.value, priority=push.priority, guard=recipient, not_before=push.not_before,
            expires_at=push.expires_at,
        )  # fmt: skip


def link_to(task_no: str, channel: Channel) -> str:
    """The task's page: whole where it is read outside, so that it opens from a phone; HESHI_PUBLIC_URL says where."""
    base = "" if channel is Channel.INBOX else settings().public_url.rstrip("/")
    return base + PAGE.format(task_no)


def subject_words(one: Delivery) -> str:
    """What a delivery is about, as its page is called: 任务 T0000022."""
    task = one.subject_kind is SubjectKind.TASK and one.subject_id.isdigit()
    return f"{one.subject_kind.label} {task_number(int(one.subject_id)) if task else one.subject_id}"


def subject_id_of(asked: str) -> str:
    """The subject that somebody looks for: by a task's number as it is shown (T0000022), or by the id itself."""
    task = task_id_of(asked)
    return asked if task is None else str(task)


def recipient_of(asked: str) -> str:
    """The recipient that somebody looks for: a member of staff by number alone (A02), or the whole id (staff:A02)."""
    return f"staff:{asked}" if asked and ":" not in asked else asked
