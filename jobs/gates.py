"""Which gate is asked before a delivery is sent, by the kind of its subject. A kind that stands here not is held."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlmodel import Session

from kit.clock import SHANGHAI
from mot.delivery.types import GO, Delivery, Gate, Recheck, SubjectKind, Word, always
from mot.tasks.ports import PushReason, Verdict
from mot.tasks.rechecking import recheck_before_sending

STAFF: Final = "staff:"


def task_gate(session: Session, one: Delivery, now: datetime) -> Recheck:
    """Both gates of the task once more, and its words of this moment."""
    if not one.recipient.startswith(STAFF) or not one.subject_id.isdigit():
        return Recheck(Word.HOLD, "任务只推送给服务人员")
    reason = PushReason(one.category) if one.category in list(PushReason) else PushReason.NEW
    at = now.astimezone(SHANGHAI)
    said = recheck_before_sending(session, int(one.subject_id), one.recipient.removeprefix(STAFF), at, reason)
    if said.verdict is Verdict.DROP:
        return Recheck(Word.CANCEL, said.reason)
    if said.verdict is Verdict.HOLD:
        return Recheck(Word.HOLD, said.reason, said.next_allowed_at)
    return Recheck(GO.word, said.reason, title=said.title, body=said.text)


GATES: Final[Mapping[SubjectKind, Gate]] = {SubjectKind.NOTICE: always, SubjectKind.TASK: task_gate}
