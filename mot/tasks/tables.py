"""Tables of judgements, tasks, their states, and service records. States and records are appended only (by trigger)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from kit.db import Moment


class JudgementRow(SQLModel, table=True):
    """判断: what became of one occurrence, by its permanent key (client, scenario, version, event).

    What was held back may be judged anew on a later day; what fired or was held out stands (by trigger).
    """

    __tablename__ = "mot_judgement"
    __table_args__ = (
        Index("ix_mot_judgement_event", "event"),
        Index("ix_mot_judgement_day", "day", "outcome"),
        Index("ix_mot_judgement_scenario", "scenario_id", "outcome", "day"),
    )
    key: str = Field(primary_key=True, max_length=80)  # mot.matching.tasks.occurrence_key
    client_no: str = Field(max_length=64)
    scenario_id: str = Field(max_length=40)
    scenario_digest: str = Field(max_length=80)
    event: str = Field(max_length=80)  # digest of the event
    outcome: str = Field(max_length=16)  # Outcome
    why: str = Field(max_length=24)  # mot.matching.outcome.Why
    rules: str = Field(default="", max_length=128)  # of the gate, comma between
    reason: str = Field(default="", max_length=600)
    next_allowed_at: datetime | None = Field(default=None, sa_type=Moment)
    first_on: date  # judged first
    day: date  # judged last
    task_id: int | None = Field(default=None, foreign_key="mot_task.id")


class TaskRow(SQLModel, table=True):
    """任务: as it stands"""

    __tablename__ = "mot_task"
    __table_args__ = (
        Index("ix_mot_task_owner", "owner_no", "state", "due_on"),
        Index("ix_mot_task_branch", "branch_no", "state", "due_on"),
        Index("ix_mot_task_client", "client_no", "made_on"),
        Index("ix_mot_task_scenario", "scenario_id", "made_on"),
    )
    id: int | None = Field(default=None, primary_key=True)
    version: int = 1
    key: str = Field(unique=True, max_length=80)  # of its first occurrence, of its parent, or of the request
    origin: str = Field(max_length=12)  # SCENARIO, FOLLOW_UP, OWN
    client_no: str = Field(max_length=64)
    client_name: str = Field(max_length=128)
    scenario_id: str = Field(default="", max_length=40)  # "" for an own task
    scenario_digest: str = Field(default="", max_length=80)
    name: str = Field(max_length=80)
    family: str = Field(default="", max_length=16)
    purpose: str = Field(max_length=16)
    event: str = Field(default="", max_length=80)  # digest of the leading event
    event_kind: str = Field(default="", max_length=32)
    occurred_on: date | None = None
    notice: str = Field(max_length=400)  # 为什么现在, one line
    mandatory: bool
    priority: int
    evidence: bool  # the record needs an attachment
    compliance_copy: bool
    must_contact: bool  # 不得以“无需联系”了结
    needs_adviser: bool
    state: str = Field(max_length=12)
    owner_no: str = Field(default="", max_length=64)
    owner_name: str = Field(default="", max_length=128)
    branch_no: str = Field(default="", max_length=64)
    made_on: date
    due_on: date
    expires_on: date | None = None  # the last day on which it may still be worked, None: it does not lapse
    escalated_on: date | None = None
    ended_on: date | None = None
    feedback: str = Field(default="", max_length=24)
    held_why: str = Field(default="", max_length=600)  # not to be pushed, and why
    held_until: datetime | None = Field(default=None, sa_type=Moment)
    parent_id: int | None = Field(default=None, foreign_key="mot_task.id")
    told: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))  # the words as they were filled in
    offers: list[Any] = Field(sa_column=Column(JSON, nullable=False))  # each with its decision
    created_at: datetime = Field(sa_type=Moment)


class TaskStateRow(SQLModel, table=True):
    """任务经过: who did what to a task. Appended, never changed."""

    __tablename__ = "mot_task_state"
    __table_args__ = (UniqueConstraint("task_id", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="mot_task.id")
    version: int  # of the task that it made
    action: str = Field(max_length=16)
    state: str = Field(max_length=12)  # after it
    at: datetime = Field(sa_type=Moment)
    day: date
    by_id: str = Field(max_length=64)
    by_name: str = Field(max_length=64)
    note: str = Field(default="", max_length=1000)
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str = Field(max_length=80)


class ServiceRecordRow(SQLModel, table=True):
    """服务记录: one contact, or one try. Appended, never changed."""

    __tablename__ = "mot_service_record"
    __table_args__ = (
        Index("ix_mot_service_record_task", "task_id"),
        Index("ix_mot_service_record_client", "client_no", "day"),
        Index("ix_mot_service_record_copy", "compliance_copy", "day"),
    )
    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="mot_task.id")
    client_no: str = Field(max_length=64)
    staff_no: str = Field(max_length=64)
    way: str = Field(max_length=16)
    contacted_at: datetime = Field(sa_type=Moment)
    day: date  # of the contact
    reached: bool  # False: nobody answered
    content: str = Field(max_length=2000)
    client_words: str = Field(default="", max_length=2000)
    feedback: str = Field(max_length=24)  # code of the option
    effect: str = Field(max_length=16)
    next_step: str = Field(default="", max_length=400)
    products: list[Any] = Field(sa_column=Column(JSON, nullable=False))  # code and decision of each
    attachments: list[Any] = Field(sa_column=Column(JSON, nullable=False))  # digest and name of each
    compliance_copy: bool
    filed_at: datetime = Field(sa_type=Moment)
    filed_by: str = Field(max_length=64)
    digest: str = Field(max_length=80)
