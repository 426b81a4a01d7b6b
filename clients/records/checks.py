"""What is missing, stale or wrong in client records: one definition for a client and for the book. Pure, on columns.

No finding repeats what stands in the record: identity and phone numbers stay in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from kit.labels import Labelled
from market.types import BoolArray


class Fault(Labelled):
    """类别"""

    MISSING = "MISSING", "缺失"
    STALE = "STALE", "未按时更新"
    WRONG = "WRONG", "录入不正确"


@dataclass(frozen=True, slots=True)
class Check:
    """One check. find: (frame, day, parameters of the rule) to (n,) which clients have the fault."""

    name: str
    fault: Fault
    label: str
    ask: str  # what to do about it
    find: Callable[[pd.DataFrame, date, Mapping[str, Any]], BoolArray]


_PHONE: Final = r"(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8})"
_ID: Final = r"\d{17}[\dXx]"
_WEIGHTS: Final = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
_CHECKS: Final = np.array(list("10X98765432"))
_OLDEST: Final = date(1900, 1, 1)
COLUMNS: Final = (
    "client_no", "natural", "birth_date", "id_no", "phone", "main", "accounts", "odd", "household_on", "contact_on",
    "contacts_in_use",
)  # fmt: skip
"""What a frame of clients holds: text or None, days or None, flags, counts."""


def _said(frame: pd.DataFrame, column: str) -> BoolArray:
    """Where a text says something."""
    return np.asarray(frame[column].notna() & (frame[column].fillna("").str.strip() != ""), dtype=np.bool_)


def _mask(series: Any) -> BoolArray:
    return np.array(series, dtype=np.bool_)


def _natural(frame: pd.DataFrame) -> BoolArray:
    return _mask(frame["natural"])


def id_is_good(numbers: pd.Series) -> BoolArray:
    """Whether each is an 18-digit identity number with a right check digit (GB 11643). Shape (n,)."""
    text = numbers.fillna("").str.strip().str.upper()
    good = _mask(text.str.fullmatch(_ID))
    if good.any():
        digits = np.array([list(one) for one in text[good]])
        remainder = (digits[:, :17].astype(np.int64) @ _WEIGHTS) % 11
        good[np.flatnonzero(good)] = _CHECKS[remainder] == digits[:, 17]
    return good


def _birth_in_id(frame: pd.DataFrame) -> pd.Series:
    """yyyymmdd of the identity number, empty where it is none."""
    text = frame["id_no"].fillna("").str.strip()
    return text.where(text.str.fullmatch(_ID), "").str[6:14]


def _shared(frame: pd.DataFrame, column: str, more_than: int) -> BoolArray:
    text = frame[column].fillna("").str.strip()
    times = text.map(text.value_counts())
    return _said(frame, column) & _mask(times > more_than)


def _birth_wrong(frame: pd.DataFrame, day: date, _: Mapping[str, Any]) -> BoolArray:
    known = _mask(frame["birth_date"].notna())
    out = np.zeros(len(frame), dtype=np.bool_)
    born = frame["birth_date"][known]
    written = _birth_in_id(frame)[known]
    impossible = _mask(born.map(lambda one: not _OLDEST <= one <= day))
    differs = _mask((written != "") & (written != born.map(lambda one: one.strftime("%Y%m%d"))))
    out[known] = impossible | differs
    return out & _natural(frame)


def _older(column: str) -> Callable[[pd.DataFrame, date, Mapping[str, Any]], BoolArray]:
    """The last day that was told lies more than `days` back; nothing where none was told."""

    def find(frame: pd.DataFrame, day: date, told: Mapping[str, Any]) -> BoolArray:
        edge = day - timedelta(days=int(told["days"]))
        return _mask(frame[column].map(lambda one: one is not None and not pd.isna(one) and one < edge))

    return find


def _no_contact(frame: pd.DataFrame, day: date, told: Mapping[str, Any]) -> BoolArray:
    """Nobody was reached for so long, or ever; not asked while no contact of anybody is on file."""
    never = _mask(frame["contact_on"].isna())
    return _mask(frame["contacts_in_use"]) & (never | _older("contact_on")(frame, day, told))


_ALL: Final = (
    Check("PHONE_MISSING", Fault.MISSING, "没有电话", "补录电话", lambda f, _d, _t: ~_said(f, "phone")),
    Check("PHONE_WRONG", Fault.WRONG, "电话不是有效号码", "与客户核对后改正",
          lambda f, _d, _t: _said(f, "phone") & ~_mask(f["phone"].fillna("").str.strip().str.fullmatch(_PHONE))),
    Check("PHONE_SHARED", Fault.WRONG, "同一电话登记在多位客户名下", "逐一核对本人电话",
          lambda f, _d, t: _shared(f, "phone", int(t["more_than"]))),
    Check("ID_MISSING", Fault.MISSING, "没有证件号码", "补录证件", lambda f, _d, _t: ~_said(f, "id_no")),
    Check("ID_WRONG", Fault.WRONG, "身份证号码校验不符", "核对证件原件后改正",
          lambda f, _d, _t: _natural(f) & _said(f, "id_no") & ~id_is_good(f["id_no"])),
    Check("ID_SHARED", Fault.WRONG, "同一证件号码登记在多位客户名下", "核对是否重复开户",
          lambda f, _d, _t: _shared(f, "id_no", 1)),
    Check("BIRTH_MISSING", Fault.MISSING, "没有出生日期", "补录出生日期",
          lambda f, _d, _t: _natural(f) & _mask(f["birth_date"].isna())),
    Check("BIRTH_WRONG", Fault.WRONG, "出生日期不可能，或与身份证号码不一致", "核对证件后改正", _birth_wrong),
    Check("MAIN_MISSING", Fault.MISSING, "没有在岗的主办人员", "指定主办", lambda f, _d, _t: ~_mask(f["main"])),
    Check("ACCOUNT_MISSING", Fault.MISSING, "名下没有账户", "核对账户归属",
          lambda f, _d, _t: _mask(f["accounts"] == 0)),
    Check("LEVEL_ODD", Fault.WRONG, "风险等级的日期不可信（占位日期或晚于记录日）", "核对原始测评记录",
          lambda f, _d, _t: _mask(f["odd"])),
    Check("HOUSEHOLD_STALE", Fault.STALE, "家庭资产负债太久没有更新", "与客户再问一遍", _older("household_on")),
    Check("CONTACT_STALE", Fault.STALE, "太久没有有效接触记录", "联系客户并登记", _no_contact),
)  # fmt: skip
CHECKS: Final[Mapping[str, Check]] = {one.name: one for one in _ALL}


def found_by(
    frame: pd.DataFrame, day: date, rules: Mapping[str, Mapping[str, Any]]
) -> dict[str, BoolArray]:
    """Which clients fail each check of the rules, (n,) each, in the order of CHECKS."""
    return {name: check.find(frame, day, rules[name]) for name, check in CHECKS.items() if name in rules}
