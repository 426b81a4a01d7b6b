"""Fields of the forms of a household: what was typed becomes an item or a member, or is refused in words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Final
from urllib.parse import quote

from pydantic import Field

from api.pages.forms import DeskForm, FormCode, FormLine, Input, Versioned, options, said
from api.routes.household_shapes import FIRST_BORN, LAST_PLANNED
from clients.household.problems import HouseholdRefused
from clients.household.types import (
    CATEGORIES,
    STOCKS,
    Household,
    Item,
    ItemKind,
    Member,
    MemberRole,
    Per,
    Sex,
    Witness,
)

Planned = Annotated[date | None, Field(ge=FIRST_BORN, le=LAST_PLANNED)]
Typed = Annotated[str, Field(max_length=32)]
_AMOUNT: Final = re.compile(r"^([0-9]{1,12}(?:[.][0-9]{1,6})?)(万?)元?$")
WHOLE_HOUSE: Final = ("", "全家")
FLOW_PER: Final = ((Per.MONTH.value, Per.MONTH.label), (Per.YEAR.value, Per.YEAR.label))
HINTS: Final = {
    ItemKind.INCOME: "不写起止日：劳动收入从现在到退休。",
    ItemKind.SPENDING: "不写起止日：从现在起；有退休目标的，到退休为止。",
    ItemKind.PENSION: "不写起止日：从退休起，到规划的年龄。",
    ItemKind.GOAL: "退休目标可不写起止日；教育要写起止日，购房等一次性的写哪一天要用。",
}


class StartFields(Versioned):
    """Who the household begins with is the client; what is asked is what nobody else knows."""

    sex: FormCode = ""
    retire_age: Typed = ""
    shares_accounts: FormCode = ""


class MemberFields(Versioned):
    """shares_accounts is asked of a member who is a client, of nobody else."""

    role: FormCode = ""
    birth_date: Typed = ""
    sex: FormCode = ""
    retire_age: Typed = ""
    shares_accounts: FormCode = ""


class ItemFields(Versioned):
    """One item as typed; amounts in yuan, 万 allowed."""

    category: FormCode = ""
    amount: Typed = ""
    per: FormCode = ""
    member_no: FormCode = ""
    first_on: Typed = ""
    last_on: Typed = ""
    locked_until: Typed = ""
    monthly_payment: Typed = ""
    priority: Typed = ""
    witness: FormCode = Witness.DECLARED.value
    as_of: Typed = ""
    note: Annotated[FormLine, Field(max_length=64)] = ""

    def item(self, kind: ItemKind, item_no: str, today: date) -> Item:
        """Raises HouseholdRefused that names the field."""
        codes = CATEGORIES[kind]
        if self.category not in set(codes):
            raise HouseholdRefused("请选择类别")
        usual = Per.ONCE if kind in STOCKS or kind is ItemKind.GOAL else Per.YEAR
        paid = amount_of(self.monthly_payment, "月供") if self.monthly_payment.strip() else None
        return Item(
            item_no=item_no, kind=kind, category=codes(self.category), amount=amount_of(self.amount, "金额"),
            as_of=day_of(self.as_of, "截至") or today, per=Per(self.per) if self.per in set(Per) else usual,
            member_no=self.member_no or None, first_on=day_of(self.first_on, "起始日"),
            last_on=day_of(self.last_on, "终止日"), locked_until=day_of(self.locked_until, "锁定到期日"),
            monthly_payment=paid, priority=_whole(self.priority, "先后") or 2,
            witness=Witness(self.witness) if self.witness in set(Witness) else Witness.DECLARED, note=self.note,
        )  # fmt: skip


def amount_of(text: str, label: str) -> Decimal:
    """120000, 120,000.50 or 12万. Raises HouseholdRefused."""
    found = _AMOUNT.match(re.sub(r"[,，\s]", "", text))
    if found is None:
        raise HouseholdRefused(f"{label}应写成 120000 或 12万 这样的数，现在是“{text}”")
    return Decimal(found[1]) * (10_000 if found[2] else 1)


def day_of(text: str, label: str) -> date | None:
    """None where it was left open. Raises HouseholdRefused."""
    if not text.strip():
        return None
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise HouseholdRefused(f"{label}应写成 2031-09-01 这样的日期，现在是“{text}”") from None
    if not FIRST_BORN <= found <= LAST_PLANNED:
        raise HouseholdRefused(f"{label}应在 {FIRST_BORN} 至 {LAST_PLANNED} 之间")
    return found


def _whole(text: str, label: str) -> int | None:
    if not text.strip():
        return None
    if not re.fullmatch("[0-9]{1,3}", text.strip()):
        raise HouseholdRefused(f"{label}应为整数，现在是“{text}”")
    return int(text)


def member_of(fields: MemberFields, household: Household) -> Member:
    """A member known by role alone, with a number of its own. Raises HouseholdRefused."""
    if fields.role not in set(MemberRole):
        raise HouseholdRefused("请选择家庭角色")
    return Member(
        member_no=free_number(fields.role, {one.member_no for one in household.members}), role=MemberRole(fields.role),
        birth_date=day_of(fields.birth_date, "出生日期"), sex=_sex(fields.sex),
        retire_age=_whole(fields.retire_age, "退休年龄"),
    )  # fmt: skip


def changed_member(fields: MemberFields, member: Member) -> Member:
    """The member as typed; the client himself stays 本人. Raises HouseholdRefused."""
    own = member.role is MemberRole.SELF
    if not own and fields.role not in set(MemberRole):
        raise HouseholdRefused("请选择家庭角色")
    return replace(
        member, role=member.role if own else MemberRole(fields.role), sex=_sex(fields.sex),
        birth_date=day_of(fields.birth_date, "出生日期"), retire_age=_whole(fields.retire_age, "退休年龄"),
        shares_accounts=fields.shares_accounts == "Y" if member.client_no else member.shares_accounts,
    )  # fmt: skip


def first_member(fields: StartFields, client_no: str, born: date | None) -> Member:
    """The client as the first member. Raises HouseholdRefused."""
    return Member(
        member_no=client_no, role=MemberRole.SELF, client_no=client_no, birth_date=born, sex=_sex(fields.sex),
        retire_age=_whole(fields.retire_age, "退休年龄"), shares_accounts=fields.shares_accounts == "Y",
    )  # fmt: skip


def free_number(wanted: str, taken: set[str]) -> str:
    """`wanted`, or with the first number after it that is free."""
    return next(one for one in (wanted, *(f"{wanted}-{n}" for n in range(2, 1_000))) if one not in taken)


def _sex(code: str) -> Sex | None:
    return Sex(code) if code in set(Sex) else None


# forms


def start_form(client_no: str, path: str, born: date | None) -> DeskForm:
    return DeskForm(
        title="登记家庭", action=path, submit="登记", back=path, here="accounts",
        lead="先登记客户本人，再逐项登记家里有什么、欠什么、挣多少、花多少、打算做什么。",
        facts=(("客户", client_no), ("出生日期", born.isoformat() if born else "没有登记，退休与寿命无从推算")),
        inputs=(
            Input(name="sex", label="性别", kind="choices", options=options(Sex),
                  hint="只用于法定退休年龄与规划年龄。"),
            Input(name="retire_age", label="打算几岁退休", kind="number", hint="不填则按法定年龄。"),
            Input(name="shares_accounts", label="本人账户是否计入家庭其他成员的报告", kind="choices", value="N",
                  options=(("Y", "同意"), ("N", "不同意"))),
        ),
    )  # fmt: skip


def member_form(path: str, household: Household, version: int) -> DeskForm:
    roles = tuple(one for one in options(MemberRole) if one[0] != MemberRole.SELF.value)
    return DeskForm(
        title="登记家庭成员", action=f"{path}/members", submit="登记", back=path, here="accounts", version=version,
        lead="不是公司客户的成员只记角色，不记姓名与证件。", facts=(("家庭", household.household_no),),
        inputs=(
            Input(name="role", label="角色", kind="choices", options=roles, required=True),
            Input(name="birth_date", label="出生日期", kind="date"),
            Input(name="sex", label="性别", kind="choices", options=options(Sex)),
            Input(name="retire_age", label="打算几岁退休", kind="number"),
        ),
    )  # fmt: skip


def member_change_form(path: str, member: Member, version: int) -> DeskForm:
    """One member as on file; a member who is a client is asked about the accounts too."""
    roles = tuple(one for one in options(MemberRole) if one[0] != MemberRole.SELF.value)
    place = f"{path}/members/{quote(member.member_no, safe='')}"
    role = () if member.role is MemberRole.SELF else (
        Input(name="role", label="角色", kind="choices", options=roles, required=True, value=member.role.value),
    )  # fmt: skip
    shares = () if member.client_no is None else (
        Input(name="shares_accounts", label="本人账户是否计入家庭其他成员的报告", kind="choices",
              options=(("Y", "同意"), ("N", "不同意")), value="Y" if member.shares_accounts else "N"),
    )  # fmt: skip
    return DeskForm(
        title=f"更新成员：{member.role.label}", action=place, submit="保存", back=f"{path}#members", here="accounts",
        version=version, lead="离开家庭的，请用“结束”写明最后一天。",
        inputs=(
            *role,
            Input(name="birth_date", label="出生日期", kind="date", value=said(member.birth_date)),
            Input(name="sex", label="性别", kind="choices", options=options(Sex),
                  value=member.sex.value if member.sex else ""),
            Input(name="retire_age", label="打算几岁退休", kind="number", value=said(member.retire_age),
                  hint="不填则按法定年龄。"),
            *shares,
        ),
    )  # fmt: skip


def end_member_form(path: str, member: Member, version: int, day: date) -> DeskForm:
    """The last day of one member in the household."""
    place = f"{path}/members/{quote(member.member_no, safe='')}/end"
    lead = "从次日起不再计入家庭；以前的报告不变。"
    if member.role is MemberRole.SELF:
        lead = "这是客户本人：结束以后，这位客户就没有登记的家庭。" + lead
    return DeskForm(
        title=f"结束成员：{member.role.label}", action=place, submit="结束", back=f"{path}#members", here="accounts",
        version=version, lead=lead,
        inputs=(Input(name="last_day", label="最后一天", kind="date", value=day.isoformat(), required=True),),
    )  # fmt: skip


def item_form(path: str, household: Household, kind: ItemKind, item: Item | None, version: int) -> DeskForm:
    """A new item of a kind, or a new word on one that is there: the old word stays on file."""
    place = f"{path}/items/{item.item_no}" if item else f"{path}/items?kind={kind.value}"
    return DeskForm(
        title=f"更新{kind.label}" if item else f"登记{kind.label}", action=place, submit="保存", back=f"{path}#items",
        here="accounts", version=version if item else None, lead=HINTS.get(kind, ""),
        facts=(("上次", f"{item.amount:,.2f} 元，截至 {item.as_of}，{item.witness.label}"),) if item else (),
        inputs=tuple(_inputs(household, kind, item)),
    )  # fmt: skip


def _inputs(household: Household, kind: ItemKind, item: Item | None) -> list[Input]:
    found = [
        Input(name="category", label="类别", kind="select", options=options(CATEGORIES[kind]), required=True,
              value=item.category.value if item else ""),
        Input(name="amount", label="金额（元）", value=format(item.amount, "f") if item else "", required=True,
              hint="可以写 12万。" + ("负债也写正数。" if kind is ItemKind.DEBT else "")),
    ]  # fmt: skip
    if kind not in STOCKS:
        found += _flow_inputs(kind, item)
    if kind is ItemKind.ASSET:
        found.append(_day("locked_until", "锁定到期日", item.locked_until if item else None, "随时可取的留空。"))
    if kind is ItemKind.DEBT:
        paid = said(item.monthly_payment) if item else ""
        found.append(Input(name="monthly_payment", label="月供（元）", value=paid, hint="没有约定月供的留空。"))
    if kind is ItemKind.GOAL:
        place = said(item.priority if item else 2)
        found.append(Input(name="priority", label="先后（1 最先）", kind="number", value=place))
    members = (WHOLE_HOUSE, *((one.member_no, one.role.label) for one in household.members))
    found += [
        Input(name="member_no", label="归谁", kind="select", options=members,
              value=said(item.member_no) if item else ""),
        Input(name="witness", label="依据", kind="choices", options=options(Witness),
              value=item.witness.value if item else Witness.DECLARED.value),
        _day("as_of", "截至哪一天", None, "不填则为今天。"),
        Input(name="note", label="备注", value=item.note if item else "", hint="不写姓名与证件号。"),
    ]  # fmt: skip
    return found


def _flow_inputs(kind: ItemKind, item: Item | None) -> list[Input]:
    ways = options(Per) if kind in (ItemKind.GOAL, ItemKind.INCOME, ItemKind.PENSION) else FLOW_PER
    usual = Per.YEAR if kind is ItemKind.GOAL else Per.MONTH
    return [
        Input(name="per", label="怎么算", kind="choices", options=ways, value=(item.per if item else usual).value,
              required=True),
        _day("first_on", "起始日", item.first_on if item else None, ""),
        _day("last_on", "终止日", item.last_on if item else None, "", paired=True),
    ]  # fmt: skip


def _day(name: str, label: str, value: date | None, hint: str, *, paired: bool = False) -> Input:
    return Input(name=name, label=label, kind="date", value=said(value), hint=hint, paired=paired)
