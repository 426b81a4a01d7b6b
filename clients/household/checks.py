"""What cannot be said of a member or an item, each fault with its column and the way out. Files and desks share it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from clients.household.types import STOCKS, Item, ItemKind, Member, Per

Fault = tuple[str, str]
"""(column, what is wrong and what would do)"""
GROWTH: Final = (-0.2, 0.3)
RETIRE_AGES: Final = (30, 85)
LONGEST_DEBT: Final = 100  # years
PRIORITIES: Final = range(1, 10)
LONGEST: Final = {"item_no": 64, "member_no": 64, "note": 64}


def member_faults(member: Member, today: date) -> list[Fault]:
    faults: list[Fault] = []
    if not member.member_no.strip() or len(member.member_no) > LONGEST["member_no"]:
        faults.append(("member_no", "成员编号不能为空，最多 64 个字符"))
    if member.birth_date is not None and member.birth_date > today:
        faults.append(("birth_date", f"出生日期 {member.birth_date} 晚于今天"))
    low, high = RETIRE_AGES
    if member.retire_age is not None and not low <= member.retire_age <= high:
        faults.append(("retire_age", f"退休年龄应在 {low} 至 {high} 岁之间"))
    return faults


def item_faults(item: Item, members: Collection[str], today: date) -> list[Fault]:
    """members: numbers of the household's members."""
    found = [
        ("item_no", not item.item_no.strip() or len(item.item_no) > LONGEST["item_no"],
         "项目编号不能为空，最多 64 个字符"),
        ("amount", item.amount < 0, "金额不能为负；负债也写正数"),
        ("as_of", item.as_of > today, f"日期 {item.as_of} 晚于今天"),
        ("member_no", item.member_no is not None and item.member_no not in members,
         f"家庭里没有成员 {item.member_no}；可选：{'、'.join(sorted(members)) or '无'}"),
        ("per", item.kind in STOCKS and item.per is not Per.ONCE, "资产与负债是余额，不分每月每年"),
        ("per", item.kind is ItemKind.SPENDING and item.per is Per.ONCE, "一次性的支出请记为目标"),
        ("last_on", bool(item.first_on and item.last_on and item.last_on < item.first_on),
         f"终止日早于起始日 {item.first_on}"),
        ("growth", item.growth is not None and not GROWTH[0] <= item.growth <= GROWTH[1],
         f"应为每年的比例，在 {GROWTH[0]} 至 {GROWTH[1]} 之间，如 0.03"),
        ("locked_until", item.locked_until is not None and item.kind is not ItemKind.ASSET, "只有资产有锁定到期日"),
        ("monthly_payment", item.monthly_payment is not None and item.kind is not ItemKind.DEBT, "只有负债有月供"),
        ("monthly_payment", item.monthly_payment is not None and item.monthly_payment < 0, "月供不能为负"),
        ("monthly_payment",
         item.monthly_payment is not None and 0 < item.monthly_payment * 12 * LONGEST_DEBT < item.amount,
         f"按这个月供要 {LONGEST_DEBT} 年以上才能还清；请核对，或留空表示到期一次偿还"),
        ("priority", item.priority not in PRIORITIES, "优先级应为 1 至 9，1 最先"),
        ("note", len(item.note) > LONGEST["note"], "备注最多 64 个字符"),
    ]  # fmt: skip
    return [(column, told) for column, wrong, told in found if wrong]
