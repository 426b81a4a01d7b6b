"""投资政策声明: the client's objective and constraints as values, what cannot be said, and its stored form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from kit.digest import canonical_json, digest
from kit.labels import Labelled
from suitability.levels import AssetType, IntendedTerm
from suitability.profile.types import Stated

FORMAT: Final = "heshi.policy/1"
RETURNS: Final = (0.0, 0.30)
LONGEST_TEXT: Final = 200
MOST_LOCK_DAYS: Final = 3650
MOST_RESERVE_MONTHS: Final = 60


class Objective(Labelled):
    """投资目标"""

    PRESERVE = "PRESERVE", "本金安全"
    INCOME = "INCOME", "定期收入"
    BALANCED = "BALANCED", "稳健增值"
    GROWTH = "GROWTH", "长期增长"
    GOALS = "GOALS", "实现家庭目标"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the client wants and does not want. None: not limited. expected_return: a year, ratio.

    max_lock_days, min_reserve_months: liquidity. legal, tax, ethical: in the client's words.
    """

    objective: Objective
    expected_return: float | None
    term: IntendedTerm | None
    types: AssetType | None  # the widest type that is accepted
    max_lock_days: int | None = None
    min_reserve_months: float | None = None
    legal: tuple[str, ...] = ()
    tax: tuple[str, ...] = ()
    ethical: tuple[str, ...] = ()


def policy_faults(policy: Policy) -> list[tuple[str, str]]:
    """(field, what is wrong and what would do)."""
    low, high = RETURNS
    wanted, lock, reserve = policy.expected_return, policy.max_lock_days, policy.min_reserve_months
    found = [
        ("expected_return", wanted is not None and not low <= wanted <= high,
         f"期望的年收益应在 {low:.0%} 至 {high:.0%} 之间"),
        ("expected_return", policy.objective is Objective.PRESERVE and (wanted or 0.0) > 0.05,
         "以本金安全为目标，期望的年收益不应超过 5%"),
        ("max_lock_days", lock is not None and not 0 <= lock <= MOST_LOCK_DAYS,
         f"锁定天数应在 0 至 {MOST_LOCK_DAYS} 之间；不限定时留空"),
        ("min_reserve_months", reserve is not None and not 0 <= reserve <= MOST_RESERVE_MONTHS,
         f"备用金月数应在 0 至 {MOST_RESERVE_MONTHS} 之间"),
    ]  # fmt: skip
    for name in ("legal", "tax", "ethical"):
        said: tuple[str, ...] = getattr(policy, name)
        found.append((name, any(not one.strip() or len(one) > LONGEST_TEXT for one in said),
                      f"每一条限制不能为空，最多 {LONGEST_TEXT} 个字符"))  # fmt: skip
        found.append((name, len(said) > 20, "同类限制最多 20 条"))
    return [(field, told) for field, wrong, told in found if wrong]


def policy_content(client_no: str, version: int, policy: Policy) -> str:
    """The stored text; its digest is what a client confirms."""
    return canonical_json({"format": FORMAT, "client_no": client_no, "version": version, "policy": asdict(policy)})


def policy_digest(client_no: str, version: int, policy: Policy) -> str:
    return digest({"format": FORMAT, "client_no": client_no, "version": version, "policy": asdict(policy)})


def policy_from(raw: Mapping[str, Any]) -> Policy:
    """The policy of a stored content."""
    told = raw["policy"]
    return Policy(
        objective=Objective(told["objective"]), expected_return=told["expected_return"],
        term=None if told["term"] is None else IntendedTerm(told["term"]),
        types=None if told["types"] is None else AssetType(told["types"]), max_lock_days=told["max_lock_days"],
        min_reserve_months=told["min_reserve_months"], legal=tuple(told["legal"]), tax=tuple(told["tax"]),
        ethical=tuple(told["ethical"]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One version as it is filed. confirmed_on: None until the client confirmed it."""

    id: int
    client_no: str
    version: int
    policy: Policy
    drafted_at: datetime
    drafted_by: str
    digest: str
    confirmed_on: date | None
    confirmed_at: datetime | None
    channel: str
    evidence: str

    def stated(self) -> Stated | None:
        """What the profile reads of it; nothing before it is confirmed."""
        if self.confirmed_on is None:
            return None
        return Stated(
            expected_return=self.policy.expected_return, max_lock_days=self.policy.max_lock_days,
            min_reserve_months=self.policy.min_reserve_months, as_of=self.confirmed_on,
        )  # fmt: skip


def sentences(policy: Policy) -> tuple[str, ...]:
    """The statement as the client reads it before confirming."""
    told = [f"投资目标：{policy.objective.label}"]
    if policy.expected_return is not None:
        told.append(f"期望的年收益：{policy.expected_return:.2%}（不是收益承诺）")
    told.append(f"投资期限：{policy.term.label if policy.term else '未限定'}")
    told.append(f"投资品种：{'至' + policy.types.label if policy.types else '未限定'}")
    if policy.max_lock_days is not None:
        told.append(f"资金锁定不超过 {policy.max_lock_days} 天")
    if policy.min_reserve_months is not None:
        told.append(f"至少留出 {policy.min_reserve_months:g} 个月开支的备用金")
    for label, said in (("法律限制", policy.legal), ("税务限制", policy.tax), ("伦理限制", policy.ethical)):
        told += [f"{label}：{one}" for one in said]
    return tuple(told)
