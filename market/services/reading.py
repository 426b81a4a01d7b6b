"""A service file (YAML, or the same members from elsewhere) as a draft; each fault is named with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

import yaml

from kit.labels import Labelled
from kit.money import to_scaled
from market.products.types import PriceSignal
from market.services.problems import DraftMalformed
from market.services.rules import levels, styles
from market.services.types import (
    FOREVER,
    Draft,
    FeeBasis,
    Plan,
    Reference,
    ServiceCard,
    TermPrice,
    Tier,
    TierMode,
)

Code = TypeVar("Code", bound=Labelled)
Item = TypeVar("Item")
_CARD: Final = {"summary", "contents", "delivery", "styles", "levels", "valid_from"}
_PLAN: Final = {
    "code", "name", "basis", "valid_from", "valid_to", "terms", "mode", "tiers", "least", "most", "monotone", "signal",
    "signal_detail", "reference", "replaces",
}  # fmt: skip
LONGEST_TEXT: Final = 400
MOST_PLANS: Final = 20


def draft_text(text: str) -> Draft:
    """Raises DraftMalformed that names the place and what is expected there."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as fault:
        raise DraftMalformed(f"服务文件不是有效的 YAML：{fault}") from fault
    return draft_from(raw)


def draft_from(raw: Any) -> Draft:
    """A draft from plain values. Raises DraftMalformed."""
    told = _mapping(raw, "", {"code", "card", "plans"})
    plans = _sequence(told.get("plans") or [], "plans", plan_from)
    if len(plans) > MOST_PLANS:
        raise DraftMalformed(f"plans：至多 {MOST_PLANS} 个方案，现在 {len(plans)} 个")
    card = told.get("card")
    if card is None and not plans:
        raise DraftMalformed("文件里既没有 card 也没有 plans，没有可发布的内容")
    return Draft(
        code=_text(told, "code", "", most=32), card=None if card is None else card_from(card, "card"),
        plans=tuple(plans),
    )


def card_from(raw: Any, where: str = "card") -> ServiceCard:
    told = _mapping(raw, where, _CARD)
    valid_from = _day(told, "valid_from", where)
    contents = _sequence(told.get("contents"), f"{where}/contents", _line)
    if not contents:
        raise DraftMalformed(f"{where}/contents：至少写一项服务内容")
    return ServiceCard(
        summary=_text(told, "summary", where), contents=tuple(contents), delivery=_text(told, "delivery", where),
        styles=_codes(told, "styles", where, styles(valid_from)),
        levels=_codes(told, "levels", where, levels(valid_from)), valid_from=valid_from,
    )  # fmt: skip


def plan_from(raw: Any, where: str = "plan") -> Plan:
    """One plan. Raises DraftMalformed."""
    told = _mapping(raw, where, _PLAN)
    replaces = told.get("replaces")
    if replaces is not None and (isinstance(replaces, bool) or not isinstance(replaces, int) or replaces < 1):
        raise DraftMalformed(f"{where}/replaces：应为所接替的版本号，如 1；现在是 {replaces!r}")
    if not isinstance(told.get("monotone", False), bool):
        raise DraftMalformed(f"{where}/monotone：应为 true 或 false")
    reference = told.get("reference")
    return Plan(
        code=_text(told, "code", where, most=32), name=_text(told, "name", where, most=128),
        basis=_code(told, "basis", where, FeeBasis), valid_from=_day(told, "valid_from", where),
        valid_to=FOREVER if told.get("valid_to") is None else _day(told, "valid_to", where),
        terms=tuple(_sequence(told.get("terms") or [], f"{where}/terms", _term)),
        mode=_code(told, "mode", where, TierMode) if told.get("mode") else TierMode.WHOLE,
        tiers=tuple(_sequence(told.get("tiers") or [], f"{where}/tiers", _tier)),
        least=_amount(told, "least", where), most=_amount(told, "most", where),
        monotone=bool(told.get("monotone", False)),
        signal=_code(told, "signal", where, PriceSignal) if told.get("signal") else PriceSignal.NONE,
        signal_detail=_text(told, "signal_detail", where) if told.get("signal_detail") else "",
        reference=None if reference is None else _reference(reference, f"{where}/reference"), replaces=replaces,
    )  # fmt: skip


def card_content(card: ServiceCard) -> dict[str, Any]:
    """Plain values that `card_from` reads back."""
    return {
        "summary": card.summary, "contents": list(card.contents), "delivery": card.delivery,
        "styles": list(card.styles), "levels": list(card.levels), "valid_from": card.valid_from.isoformat(),
    }


def plan_content(plan: Plan) -> dict[str, Any]:
    """Plain values that `plan_from` reads back; numbers as text, what was not said left out."""
    content: dict[str, Any] = {
        "code": plan.code, "name": plan.name, "basis": plan.basis.value, "valid_from": plan.valid_from.isoformat(),
        "valid_to": plan.valid_to.isoformat(), "monotone": plan.monotone, "signal": plan.signal.value,
        "signal_detail": plan.signal_detail, "replaces": plan.replaces, "least": _plain(plan.least),
        "most": _plain(plan.most),
    }
    if plan.terms:
        content["terms"] = [{"days": one.days, "price": _plain(one.price)} for one in plan.terms]
    if plan.tiers:
        content["mode"] = plan.mode.value
        content["tiers"] = [
            {"from": _plain(one.floor), "to": _plain(one.ceiling), "price": _plain(one.price)} for one in plan.tiers
        ]
    if plan.reference:
        said = plan.reference
        content["reference"] = {"price": _plain(said.price), "plan": said.plan, "days": said.days}
    return content


def _term(raw: Any, where: str) -> TermPrice:
    told = _mapping(raw, where, {"days", "price"})
    return TermPrice(_days(told, where), _needed(told, "price", where))


def _tier(raw: Any, where: str) -> Tier:
    told = _mapping(raw, where, {"from", "to", "price"})
    return Tier(_needed(told, "from", where), _amount(told, "to", where), _needed(told, "price", where))


def _reference(raw: Any, where: str) -> Reference:
    told = _mapping(raw, where, {"price", "plan", "days"})
    days = None if told.get("days") is None else _days(told, where)
    return Reference(_needed(told, "price", where), _text(told, "plan", where, most=32), days)


def _mapping(raw: Any, where: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise DraftMalformed(f"{where or '文件'}：应为一组名称与值，现在是 {raw!r}")
    unknown = sorted(str(name) for name in set(raw) - known)
    if unknown:
        raise DraftMalformed(f"{where or '文件'}：不认识 {'、'.join(unknown)}；可写 {'、'.join(sorted(known))}")
    return raw


def _sequence(raw: Any, where: str, read: Callable[[Any, str], Item]) -> list[Item]:
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise DraftMalformed(f"{where}：应为一列，现在是 {raw!r}")
    return [read(one, f"{where}/{number}") for number, one in enumerate(raw, start=1)]


def _line(raw: Any, where: str) -> str:
    if not isinstance(raw, str) or not raw.strip() or len(raw) > LONGEST_TEXT:
        raise DraftMalformed(f"{where}：应为不超过 {LONGEST_TEXT} 字的一行，现在是 {raw!r}")
    return raw.strip()


def _text(told: Mapping[str, Any], name: str, where: str, most: int = LONGEST_TEXT) -> str:
    raw = told.get(name)
    at = f"{where}/{name}".lstrip("/")
    if not isinstance(raw, str) or not raw.strip():
        raise DraftMalformed(f"{at}：没有填写")
    if len(raw.strip()) > most:
        raise DraftMalformed(f"{at}：最多 {most} 个字符，现在 {len(raw.strip())} 个")
    return raw.strip()


def _code(told: Mapping[str, Any], name: str, where: str, codes: type[Code]) -> Code:
    raw = told.get(name)
    if raw not in {one.value for one in codes}:
        known = "、".join(f"{one.value} {one.label}" for one in codes)
        raise DraftMalformed(f"{where}/{name}：应为 {known} 之一，现在是 {raw!r}")
    return codes(str(raw))


def _codes(told: Mapping[str, Any], name: str, where: str, known: Mapping[str, str]) -> tuple[str, ...]:
    raw = _sequence(told.get(name) or [], f"{where}/{name}", _line)
    wrong = [one for one in raw if one not in known]
    if wrong or len(set(raw)) < len(raw):
        words = "、".join(f"{code} {word}" for code, word in known.items())
        raise DraftMalformed(f"{where}/{name}：{wrong[0] if wrong else '有重复'}；可选 {words}，各写一次")
    return tuple(code for code in known if code in raw)


def _day(told: Mapping[str, Any], name: str, where: str) -> date:
    raw = told.get(name)
    if isinstance(raw, str):
        try:
            raw = date.fromisoformat(raw)
        except ValueError:
            raw = None
    if not isinstance(raw, date) or isinstance(raw, datetime):
        raise DraftMalformed(f"{where}/{name}：应为 YYYY-MM-DD 的日期，现在是 {told.get(name)!r}")
    return raw


def _days(told: Mapping[str, Any], where: str) -> int:
    raw = told.get("days")
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= 3_660:
        raise DraftMalformed(f"{where}/days：应为 1 至 3660 的天数，现在是 {raw!r}")
    return raw


def _needed(told: Mapping[str, Any], name: str, where: str) -> Decimal:
    found = _amount(told, name, where)
    if found is None:
        raise DraftMalformed(f"{where}/{name}：没有填写")
    return found


def _amount(told: Mapping[str, Any], name: str, where: str) -> Decimal | None:
    raw = told.get(name)
    if raw is None:
        return None
    fault = f"{where}/{name}：应为不小于 0、至多六位小数的数，现在是 {raw!r}"
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        raise DraftMalformed(fault)
    try:
        found = Decimal(str(raw))
        to_scaled(found)
    except (InvalidOperation, ValueError) as wrong:
        raise DraftMalformed(fault) from wrong
    if found < 0:
        raise DraftMalformed(fault)
    return found


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
