"""The forms of a task: what was typed, read; each fault names the field."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Final

from pydantic import Field

from api.pages.forms import FormCode, FormDay, FormLine, Versioned
from api.pages.suitability_list import code
from kit.clock import SHANGHAI
from mot.scenario.types import ContactWay
from mot.tasks.problems import RecordIncomplete
from mot.tasks.types import Attachment, RecordAsk

LONG: Final = 8000
"""Of what a form may bring: what is too long is refused in words, not by the door."""


class TaskFields(Versioned):
    """Every form of a task. evidence: the digest of a recording or a signed text; then: where to go when it is done."""

    note: Annotated[str, Field(max_length=LONG)] = ""
    staff_no: FormCode = ""
    way: FormCode = ""
    contacted_on: FormDay = None
    contacted_at: FormCode = ""
    content: Annotated[str, Field(max_length=LONG)] = ""
    feedback: FormCode = ""
    client_words: Annotated[str, Field(max_length=LONG)] = ""
    next_step: Annotated[str, Field(max_length=LONG)] = ""
    product: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    evidence: Annotated[str, Field(max_length=128)] = ""
    evidence_name: FormLine = ""
    then: FormCode = ""

    def record(self) -> RecordAsk:
        """The contact as it is filed. Raises RecordIncomplete for a field that cannot be read."""
        way = code(ContactWay, self.way)
        if way is None:
            raise RecordIncomplete("请选择联系方式")
        if not self.feedback:
            raise RecordIncomplete("请选择客户反馈")
        return RecordAsk(
            way=way, contacted_at=self._moment(), content=self.content, feedback=self.feedback,
            client_words=self.client_words, next_step=self.next_step,
            products=tuple(one for one in self.product if one), attachments=self._attachments(),
        )  # fmt: skip

    def _moment(self) -> datetime:
        try:
            minute = time.fromisoformat(self.contacted_at)
        except ValueError as fault:
            raise RecordIncomplete(f"联系时间 {self.contacted_at!r} 无法识别；请写成 14:30 的样子") from fault
        if self.contacted_on is None:
            raise RecordIncomplete("请填写联系日期")
        return datetime.combine(self.contacted_on, minute.replace(tzinfo=None), SHANGHAI)

    def _attachments(self) -> tuple[Attachment, ...]:
        told = self.evidence.strip().lower().removeprefix("sha256:")
        return (Attachment(f"sha256:{told}", self.evidence_name[:128]),) if told else ()
