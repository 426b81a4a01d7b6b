"""任务的状态机: which action is open in which state, where it leads, and what it asks for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mot.scenario.types import Effect
from mot.tasks.problems import ContactRequired, MandatoryTask, MoveNotOpen
from mot.tasks.types import Task, TaskAction, TaskState

_A, _S = TaskAction, TaskState
_ANY: Final[Mapping[TaskAction, TaskState | None]] = {  # None: the state stays
    _A.CANCEL: _S.CANCELLED, _A.EXPIRE: _S.EXPIRED, _A.ESCALATE: None, _A.CHANGE: None, _A.HOLD: None, _A.RELEASE: None,
}  # fmt: skip
_OWNED: Final[Mapping[TaskAction, TaskState | None]] = {
    **_ANY, _A.ASSIGN: _S.ASSIGNED, _A.COVER: _S.ASSIGNED, _A.SKIP: _S.SKIPPED, _A.RECORD: _S.IN_PROGRESS,
}  # fmt: skip
OPEN_IN: Final[Mapping[TaskState, Mapping[TaskAction, TaskState | None]]] = {
    _S.CREATED: {**_ANY, _A.ASSIGN: _S.ASSIGNED},
    _S.ASSIGNED: {**_OWNED, _A.ACCEPT: _S.ACCEPTED, _A.START: _S.IN_PROGRESS},
    _S.ACCEPTED: {**_OWNED, _A.START: _S.IN_PROGRESS},
    _S.IN_PROGRESS: _OWNED,
    _S.DONE: {}, _S.SKIPPED: {}, _S.EXPIRED: {}, _S.CANCELLED: {},
}  # fmt: skip
"""What is done in each state and where it leads; a record leads to DONE where its feedback says so."""
BY_THE_HOUSE: Final = (_A.CREATE, _A.EXPIRE, _A.COVER, _A.CHANGE, _A.HOLD, _A.RELEASE)
"""What nobody does by hand."""
ENDING: Final = (Effect.DONE, Effect.DECLINED)
"""Feedback after which nothing is left to do; FOLLOW_UP ends the task too and makes the next one."""


def next_state(task: Task, action: TaskAction) -> TaskState:
    """Where the action leads. Raises MoveNotOpen that says what is open instead; ContactRequired and MandatoryTask for
    what a duty and a mandatory task never allow."""
    if action is _A.SKIP and task.open:
        if task.must_contact:
            told = "必须联系客户，不能以“无需联系”了结；请联系后登记服务记录"
            raise ContactRequired(f"任务 {task.number}（{task.name}）{told}")
        if task.mandatory:
            raise MandatoryTask(f"任务 {task.number}（{task.name}）是必做任务，不能跳过；办不了的请转派或上报主管")
    if action is _A.CANCEL and task.open and task.must_contact:
        raise ContactRequired(f"任务 {task.number}（{task.name}）必须联系客户，不能撤销；请转派给能联系的同事")
    open_here = OPEN_IN[task.state]
    if action not in open_here:
        told = "、".join(one.label for one in open_here if one not in BY_THE_HOUSE)
        way = f"可以{told}" if told else "任务已结束；需要时请新建跟进任务"
        raise MoveNotOpen(f"任务 {task.number} {task.state.label}，不能{action.label}；{way}")
    return open_here[action] or task.state


def open_actions(task: Task) -> tuple[TaskAction, ...]:
    """What a page may offer for this very task."""
    found = [one for one in OPEN_IN[task.state] if one not in BY_THE_HOUSE]
    shut = set()
    if task.mandatory or task.must_contact:
        shut.add(_A.SKIP)
    if task.must_contact:
        shut.add(_A.CANCEL)
    return tuple(one for one in found if one not in shut)


def after_record(effect: Effect, tries: int, most_tries: int, *, mandatory: bool) -> TaskState:
    """Where a service record leads by its feedback. tries: contacts that nobody answered, this one included."""
    if effect in ENDING or effect is Effect.FOLLOW_UP:
        return TaskState.DONE
    if effect is Effect.RETRY and not mandatory and tries >= most_tries:
        return TaskState.DONE
    return TaskState.IN_PROGRESS
