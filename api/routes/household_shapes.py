"""A household as it is said and as it adds up: members, items, balance sheet, goals, liquidity, sensitivity."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, Field

from api.routes.amounts import Yuan, money, plain
from api.routes.shapes import PRINTABLE, Ask, Code, Day
from clients.household.assumptions import unconfirmed
from clients.household.balance import BalanceSheet, Part
from clients.household.liquidity import Liquidity
from clients.household.plan import Plan, Solved
from clients.household.problems import HouseholdRefused
from clients.household.sensitivity import Case
from clients.household.types import (
    CATEGORIES,
    Household,
    Item,
    ItemKind,
    Member,
    MemberRole,
    Per,
    Sex,
    Witness,
)

LAST_PLANNED: Final = date(2100, 12, 31)
FIRST_BORN: Final = date(1900, 1, 1)
ItemDay = Annotated[date, Field(ge=FIRST_BORN, le=LAST_PLANNED)]
Note = Annotated[str, Field(max_length=64, pattern=PRINTABLE)]


class MemberIn(Ask):
    """One member. Who is no client is known by role alone, never by name.

    shares_accounts: agreed that accounts with the firm count for the household.
    """

    member_no: Code
    role: MemberRole
    client_no: Code | None = None
    birth_date: Annotated[date | None, Field(ge=FIRST_BORN, le=LAST_PLANNED)] = None
    sex: Sex | None = None
    retire_age: Annotated[int | None, Field(ge=30, le=85)] = None
    shares_accounts: bool = False


class MemberBody(Ask):
    """A member as it shall be; who the client is does not change."""

    role: MemberRole
    birth_date: Annotated[date | None, Field(ge=FIRST_BORN, le=LAST_PLANNED)] = None
    sex: Sex | None = None
    retire_age: Annotated[int | None, Field(ge=30, le=85)] = None
    shares_accounts: bool = False


class HouseholdIn(Ask):
    household_no: Code
    members: Annotated[list[MemberIn], Field(min_length=1, max_length=20)]
    valid_from: Day


class JoinIn(Ask):
    member: MemberIn
    valid_from: Day


class EndIn(Ask):
    last_day: Day


class HouseholdItemIn(Ask):
    """One thing owned, owed, earned, spent, due or wanted, as said on `as_of`. An amount of "0" ends it.

    per: a balance is ONCE, a flow by MONTH or YEAR. growth: a year, as a ratio. priority: of a goal, 1 comes first.
    """

    kind: ItemKind
    category: Annotated[str, Field(min_length=1, max_length=16)]
    amount: Yuan
    as_of: ItemDay
    per: Per = Per.ONCE
    member_no: Code | None = None
    first_on: ItemDay | None = None
    last_on: ItemDay | None = None
    growth: Annotated[float | None, Field(ge=-0.2, le=0.3)] = None
    locked_until: ItemDay | None = None
    monthly_payment: Annotated[Yuan | None, Field(title="月供")] = None
    priority: Annotated[int, Field(ge=1, le=9)] = 2
    witness: Witness = Witness.DECLARED
    note: Note = ""

    def item(self, item_no: str) -> Item:
        """Raises HouseholdRefused for a category that is none of the kind."""
        known = CATEGORIES[self.kind]
        if self.category not in set(known):
            told = f"{self.kind.label}没有类别 {self.category}；可选：{'、'.join(one.value for one in known)}"
            raise HouseholdRefused(told, errors=[{"pointer": "/category", "detail": told}])
        return Item(**{**self.model_dump(), "item_no": item_no, "category": known(self.category)})


class MemberOut(BaseModel):
    member_no: str
    role: MemberRole
    client_no: str | None
    birth_date: date | None
    sex: Sex | None
    retire_age: int | None
    shares_accounts: bool


class HouseholdItemOut(BaseModel):
    """version: how often something was said of it; its ETag."""

    item_no: str
    kind: ItemKind
    category: str
    category_label: str
    amount: str
    as_of: date
    per: Per
    member_no: str | None
    first_on: date | None
    last_on: date | None
    growth: float | None
    locked_until: date | None
    monthly_payment: str | None
    priority: int
    witness: Witness
    note: str
    version: int


class LineOut(BaseModel):
    part: Part
    id: str
    label: str
    amount: str
    as_of: date
    source: str
    item_no: str | None


class SheetOut(BaseModel):
    """Explicit and implicit assets and debts; the lines sum up to the totals."""

    lines: list[LineOut]
    totals: dict[Part, str]
    net_worth: str = Field(description="显性净资产")
    net_economic_worth: str = Field(description="净经济价值")
    living: str = Field(description="日常生活开支的现值，列在表外")
    missing: list[str] = Field(description="没有计入的，及原因")


class GoalOut(BaseModel):
    item_no: str
    label: str
    first_on: date
    priority: int
    worth: str = Field(description="现值")
    funded: str
    funded_ratio: float


class RequiredOut(BaseModel):
    """所需收益率: a year; none with the reason where there is none to give."""

    rate: float | None
    solved: Solved
    reason: str


class OutflowOut(BaseModel):
    day: date
    label: str
    amount: str


class LiquidityOut(BaseModel):
    cash_like: str
    monthly_spending: str
    monthly_income: str
    reserve_months: float | None
    needed_on: date | None
    lock_limit_days: int | None
    next_year: str
    outflows: list[OutflowOut]


class HouseholdOut(BaseModel):
    """A household today. version: of its members, the ETag."""

    household_no: str
    day: date
    version: int
    members: list[MemberOut]
    items: list[HouseholdItemOut]
    sheet: SheetOut
    goals: list[GoalOut]
    resources: str
    goals_cost: str
    funded_ratio: float | None
    required: RequiredOut
    liquidity: LiquidityOut
    unconfirmed: list[str] = Field(description="来源未经核对的假设")


class MembersOut(BaseModel):
    household_no: str
    version: int
    members: list[MemberOut]


class ItemWordOut(HouseholdItemOut):
    revision: int


class ItemWordList(BaseModel):
    items: list[ItemWordOut]


class SensitivityCase(BaseModel):
    id: str
    label: str
    net_economic_worth: str
    human_capital: str
    pension: str
    goals: str
    funded_ratio: float | None
    required_return: float | None


class SensitivityTable(BaseModel):
    """基准在前，其后每项假设上下各一步。"""

    household_no: str
    day: date
    items: list[SensitivityCase]


def member_out(one: Member) -> MemberOut:
    return MemberOut(**{name: getattr(one, name) for name in MemberOut.model_fields})


def item_out(one: Item, version: int) -> HouseholdItemOut:
    same = set(HouseholdItemOut.model_fields) - {"category", "category_label", "amount", "monthly_payment", "version"}
    return HouseholdItemOut(
        **{name: getattr(one, name) for name in same}, category=one.category.value, category_label=one.category.label,
        amount=money(one.amount), monthly_payment=plain(one.monthly_payment), version=version,
    )  # fmt: skip


def members_out(household: Household, version: int) -> MembersOut:
    return MembersOut(
        household_no=household.household_no, version=version, members=[member_out(one) for one in household.members]
    )


def sheet_out(sheet: BalanceSheet) -> SheetOut:
    lines = [
        LineOut(part=one.part, id=one.id, label=one.label, amount=money(one.amount), as_of=one.as_of,
                source=one.source, item_no=one.item_no)
        for one in sheet.lines
    ]  # fmt: skip
    return SheetOut(
        lines=lines, totals={part: money(sheet.total(part)) for part in Part}, net_worth=money(sheet.net_worth),
        net_economic_worth=money(sheet.net_economic_worth), living=money(sheet.living), missing=list(sheet.missing),
    )  # fmt: skip


def liquidity_out(found: Liquidity) -> LiquidityOut:
    return LiquidityOut(
        cash_like=money(found.cash_like), monthly_spending=money(found.monthly_spending),
        monthly_income=money(found.monthly_income), reserve_months=found.reserve_months, needed_on=found.needed_on,
        lock_limit_days=found.lock_limit_days, next_year=money(found.next_year),
        outflows=[OutflowOut(day=one.day, label=one.label, amount=money(one.amount)) for one in found.outflows],
    )  # fmt: skip


def household_out(
    household: Household, plan: Plan, found: Liquidity, version: int, versions: dict[str, int]
) -> HouseholdOut:
    goals = [
        GoalOut(item_no=one.item_no, label=one.label, first_on=one.first_on, priority=one.priority,
                worth=money(one.worth), funded=money(one.funded), funded_ratio=one.ratio)
        for one in plan.goals
    ]  # fmt: skip
    required = plan.required
    return HouseholdOut(
        household_no=household.household_no, day=household.day, version=version,
        members=[member_out(one) for one in household.members],
        items=[item_out(one, versions.get(one.item_no, 0)) for one in household.items], sheet=sheet_out(plan.sheet),
        goals=goals, resources=money(plan.resources), goals_cost=money(plan.cost), funded_ratio=plan.ratio,
        required=RequiredOut(rate=required.value, solved=required.solved, reason=required.reason),
        liquidity=liquidity_out(found), unconfirmed=list(unconfirmed()),
    )  # fmt: skip


def case_out(one: Case) -> SensitivityCase:
    return SensitivityCase(
        id=one.id, label=one.label, net_economic_worth=money(one.net_economic_worth),
        human_capital=money(one.human_capital), pension=money(one.pension), goals=money(one.goals),
        funded_ratio=one.ratio, required_return=one.required,
    )  # fmt: skip


