"""What is refused about staff and service relations, each with its way out."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound, Problem


class NoSuchBranch(NotFound):
    """没有这个营业部"""

    title = "No such branch"


class NoSuchStaff(NotFound):
    """没有这位人员"""

    title = "No such staff"


class NoSuchQualification(NotFound):
    """没有这项执业登记"""

    title = "No such qualification"


class NoSuchAbsence(NotFound):
    """没有这条离岗记录"""

    title = "No such absence"


class NoSuchRelation(NotFound):
    """没有这条服务关系"""

    title = "No such relation"


class StaffRefused(BadInput):
    """人员资料不完整或自相矛盾"""

    title = "Staff data refused"


class StaffExists(Conflict):
    """编号已被使用"""

    title = "Number in use"


class PeriodTaken(Conflict):
    """起止日与已有记录重叠"""

    title = "Period taken"


class MainTaken(Conflict):
    """同一客户同时只能有一位主办"""

    title = "Another main relation runs"


class NotQualified(Conflict):
    """当日没有所需的执业登记"""

    title = "Not qualified on the day"


class NotInPost(Conflict):
    """当日不在岗"""

    title = "Not in post on the day"


class OverCapacity(Conflict):
    """超过服务客户上限"""

    title = "Over capacity"


class StillServing(Conflict):
    """还有未交接的客户"""

    title = "Clients not handed over"


class ChangedMeanwhile(Problem):
    """记录已被他人修改"""

    status = 412
    title = "Changed meanwhile"
