"""What is refused about households, each with its way out."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound


class NoSuchHousehold(NotFound):
    """没有这个家庭"""

    title = "No such household"


class NoSuchMember(NotFound):
    """没有这位家庭成员"""

    title = "No such household member"


class HouseholdRefused(BadInput):
    """家庭资料不完整或自相矛盾"""

    title = "Household data refused"


class HouseholdExists(Conflict):
    """家庭编号已被使用"""

    title = "Household number in use"


class MemberTaken(Conflict):
    """成员编号已被使用，或客户已属于另一个家庭"""

    title = "Member taken"
