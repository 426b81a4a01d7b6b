"""The form of an investment policy statement: what the client wants and does not want, as typed."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import Field

from api.pages.forms import DeskForm, FormCode, Input, Versioned, options, said
from suitability.levels import AssetType, IntendedTerm
from suitability.profile.policy import Objective, Policy
from suitability.profile.problems import StatementRefused

Typed = Annotated[str, Field(max_length=16)]
Lines = Annotated[str, Field(max_length=4_000)]
UNLIMITED: Final = ("", "不限定")


class PolicyFields(Versioned):
    """expected_return in percent; legal, tax, ethical: one a line."""

    objective: FormCode = ""
    expected_return: Typed = ""
    term: FormCode = ""
    types: FormCode = ""
    max_lock_days: Typed = ""
    min_reserve_months: Typed = ""
    legal: Lines = ""
    tax: Lines = ""
    ethical: Lines = ""

    def policy(self) -> Policy:
        """Raises StatementRefused that names what is wrong."""
        if self.objective not in set(Objective):
            raise StatementRefused("请选择投资目标")
        wanted = _number(self.expected_return.rstrip("%"), "期望的年收益")
        days = _number(self.max_lock_days, "锁定天数")
        return Policy(
            objective=Objective(self.objective), expected_return=None if wanted is None else round(wanted / 100, 6),
            term=IntendedTerm(self.term) if self.term in set(IntendedTerm) else None,
            types=AssetType(self.types) if self.types in set(AssetType) else None,
            max_lock_days=None if days is None else int(days),
            min_reserve_months=_number(self.min_reserve_months, "备用金月数"),
            legal=_lines(self.legal), tax=_lines(self.tax), ethical=_lines(self.ethical),
        )  # fmt: skip


def _number(text: str, label: str) -> float | None:
    if not text.strip():
        return None
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,4})?", text.strip()):
        raise StatementRefused(f"{label}应写成数字，现在是“{text}”")
    return float(text)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def policy_form(path: str, client_no: str, before: Policy | None) -> DeskForm:
    """A new version, beginning with what the one before says."""
    wanted = "" if before is None or before.expected_return is None else f"{before.expected_return * 100:g}"
    return DeskForm(
        title="起草投资政策声明", action=f"{path}/statement", submit="保存草稿", back=path, here="accounts",
        lead="写客户自己的话。保存后由客户本人确认才生效；在此之前，原来确认的一份仍然有效。",
        facts=(("客户", client_no),),
        inputs=(
            Input(name="objective", label="投资目标", kind="choices", options=options(Objective), required=True,
                  value=before.objective.value if before else ""),
            Input(name="expected_return", label="期望的年收益（%）", value=wanted, hint="没有说就留空；不是收益承诺。"),
            Input(name="term", label="投资期限", kind="select", options=(UNLIMITED, *options(IntendedTerm)),
                  value=before.term.value if before and before.term else ""),
            Input(name="types", label="最多接受到哪类品种", kind="select", options=(UNLIMITED, *options(AssetType)),
                  value=before.types.value if before and before.types else ""),
            Input(name="max_lock_days", label="资金最多锁定几天", kind="number",
                  value=said(before.max_lock_days) if before else ""),
            Input(name="min_reserve_months", label="至少留几个月备用金",
                  value=said(before.min_reserve_months) if before else "", paired=True),
            *(Input(name=name, label=label, kind="lines", value="\n".join(getattr(before, name)) if before else "",
                    hint="一行一条，没有就留空。")
              for name, label in (("legal", "法律上的限制"), ("tax", "税务上的限制"), ("ethical", "伦理上的限制"))),
        ),
    )  # fmt: skip
