"""Why a task, a move of it or a record is refused, by name."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound, Problem


class NoSuchTask(NotFound):
    """没有这个任务"""

    title = "No such task"


class MoveNotOpen(Conflict):
    """任务现在的状态不能这样做"""

    title = "Move not open"


class ContactRequired(Conflict):
    """必须联系客户"""

    title = "Contact required"


class MandatoryTask(Conflict):
    """必做任务不能跳过"""

    title = "Mandatory task"


class NotTheOwner(Problem):
    """任务不是您的"""

    status = 403
    title = "Not the owner of the task"


class AdviserRequired(Conflict):
    """须由登记的投资顾问办理"""

    title = "Registered adviser required"


class RecordIncomplete(BadInput):
    """服务记录不完整"""

    title = "Service record incomplete"


class WordsRefused(BadInput):
    """文字含有不得使用的词语"""

    title = "Prohibited words"


class NotSuitable(Conflict):
    """没有结论为“可以”的适当性决定"""

    title = "No decision that allows it"


class TaskMalformed(BadInput):
    """任务写得不对"""

    title = "Task malformed"
