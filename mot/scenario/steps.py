"""The seven parts of a scenario file, one reader each. Every one raises Fault with the line of what is wrong."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, TypeVar

from clients.staff.types import RelationRole
from kit.labels import Labelled
from kit.rulebook import load_rulebook
from market.products.types import ProductKind
from mot.events.types import EventKind
from mot.features import FEATURES, Holds
from mot.scenario.located import Spot
from mot.scenario.predicate import ALWAYS, Predicate, comparisons, parse_predicate
from mot.scenario.problems import Fault
from mot.scenario.types import (
    MOST_OPTIONS,
    Action,
    Assignment,
    ContactWay,
    Effect,
    Feedback,
    FeedbackOption,
    Material,
    MetricId,
    Moment,
    Needs,
    Offer,
    OfferKind,
    PushChannel,
    RecordField,
    Review,
    Service,
)
from mot.texts import COMMON, Sentence, TextError, banned_in, sentence
from suitability.levels import AssetType
from suitability.profile.types import DimensionId

Code = TypeVar("Code", bound=Labelled)
LONGEST_DAYS: Final = 400


def member(spot: Spot, kind: type[Code], what: str) -> Code:
    try:
        return kind(spot.value)
    except ValueError as fault:
        known = "、".join(one.value for one in kind)
        raise Fault(spot.line, f"{what}{spot.value!r} 不是 {known} 之一") from fault


def members(spot: Spot, kind: type[Code], what: str, at_least: int = 1) -> tuple[Code, ...]:
    found = [member(one, kind, what) for one in spot.every(what, at_least)]
    if len(set(found)) < len(found):
        raise Fault(spot.line, f"{what}有重复")
    return tuple(found)


def said(spot: Spot, what: str, day: date, longest: int = 400) -> str:
    """A text without words that no text may hold."""
    text = spot.text(what, longest)
    banned = banned_in(text, day)
    if banned:
        raise Fault(spot.line, f"{what}含有不得使用的词语：{'、'.join(banned)}")
    return text


def variables(kinds: tuple[EventKind, ...]) -> frozenset[str]:
    """What a text of a scenario may show: common names, figures of the client, and facts that all its events have."""
    facts = set.intersection(*(set(kind.facts) for kind in kinds)) if kinds else set()
    figures = {name for name, one in FEATURES.items() if one.holds is Holds.NUMBER and not one.of_event}
    return frozenset(COMMON) | frozenset(facts) | frozenset(figures)


def moment(spot: Spot, known: dict[str, EventKind]) -> tuple[Moment, tuple[EventKind, ...]]:
    spot.only("识别与选定关键时刻", ("why", "events", "window_days", "cooldown_days"), ("condition",))
    kinds = []
    for one in spot.need("events", "").every("events", 1):
        if one.value not in known:
            raise Fault(one.line, f"没有事件种类 {one.value!r}")
        kinds.append(known[str(one.value)])
    window = spot.need("window_days", "")
    shortest = min(kind.window_days for kind in kinds)
    condition = spot.get("condition")
    found = Moment(
        why=spot.need("why", "").text("why"), events=tuple(kind.id for kind in kinds),
        condition=ALWAYS if condition is None else _condition(condition),
        window_days=window.whole("window_days（不超过各事件的时限）", 0, shortest),
        cooldown_days=spot.need("cooldown_days", "").whole("cooldown_days", 0, LONGEST_DAYS),
    )  # fmt: skip
    return found, tuple(kinds)


def _condition(spot: Spot) -> Predicate:
    found = parse_predicate(spot)
    seen = [(one.feature, one.op, one.limit) for one in comparisons(found)]
    if len(set(seen)) < len(seen):
        raise Fault(spot.line, "同一个条件写了两次")
    return found


def needs(spot: Spot) -> Needs:
    spot.only("了解与分析客户需求", ("dimensions", "materials", "questions"), ("findings",))
    book = load_rulebook("diagnosis", "findings")
    findings = spot.get("findings")
    found = tuple(findings.every("findings")) if findings else ()
    for one in found:
        if one.value not in book.rules:
            raise Fault(one.line, f"账户诊断没有发现项 {one.value!r}")
    return Needs(
        dimensions=members(spot.need("dimensions", ""), DimensionId, "画像维度"),
        materials=members(spot.need("materials", ""), Material, "资料"),
        findings=tuple(str(one.value) for one in found),
        questions=tuple(one.text("问题", 120) for one in spot.need("questions", "").every("questions", 1)),
    )  # fmt: skip


def service(spot: Spot, known: frozenset[str], day: date) -> Service:
    spot.only("设计服务方案", ("offers", "opening", "points", "avoid"))
    return Service(
        offers=tuple(_offer(one, day) for one in spot.need("offers", "").every("offers", 1)),
        opening=_sentence(spot.need("opening", ""), "开场白", known, day),
        points=tuple(_sentence(one, "要点", known, day) for one in spot.need("points", "").every("points", 1)),
        avoid=tuple(one.text("不可", 200) for one in spot.need("avoid", "").every("avoid", 1)),
    )  # fmt: skip


def _offer(spot: Spot, day: date) -> Offer:
    spot.only("offers 的一项", ("kind", "name"), ("asset_types", "service_kinds"))
    kind, types = member(spot.need("kind", ""), OfferKind, "种类"), spot.get("asset_types")
    services = spot.get("service_kinds")
    if (kind is OfferKind.PRODUCT) != (types is not None):
        raise Fault(spot.line, "金融产品须写 asset_types，其他种类不写")
    if (kind is OfferKind.SERVICE) != (services is not None):
        raise Fault(spot.line, "服务产品须写 service_kinds，其他种类不写")
    return Offer(
        kind, said(spot.need("name", ""), "名称", day, 60), members(types, AssetType, "品种") if types else (),
        _service_kinds(services) if services else (),
    )


def _service_kinds(spot: Spot) -> tuple[ProductKind, ...]:
    found = members(spot, ProductKind, "服务种类")
    wrong = [one.label for one in found if not one.is_service]
    if wrong:
        raise Fault(spot.line, f"service_kinds 只写服务，{'、'.join(wrong)}是金融产品")
    return found


def _sentence(spot: Spot, what: str, known: frozenset[str], day: date) -> Sentence:
    try:
        return sentence(said(spot, what, day), known)
    except TextError as fault:
        raise Fault(spot.line, f"{what}：{fault}") from fault


def assignment(spot: Spot) -> Assignment:
    keys = ("roles", "push", "contact", "mandatory", "due_trading_days", "priority", "when")
    spot.only("匹配角色与渠道", keys)
    return Assignment(
        roles=members(spot.need("roles", ""), RelationRole, "服务角色"),
        push=members(spot.need("push", ""), PushChannel, "推送渠道"),
        contact=members(spot.need("contact", ""), ContactWay, "联系方式"),
        mandatory=spot.need("mandatory", "").flag("mandatory"),
        due_trading_days=spot.need("due_trading_days", "").whole("due_trading_days", 0, 60),
        priority=spot.need("priority", "").whole("priority", 1, 9),
        when=spot.need("when", "").text("when", 80),
    )  # fmt: skip


def action(spot: Spot) -> Action:
    spot.only("实施服务行动", ("record", "evidence", "compliance_copy", "steps"))
    record = members(spot.need("record", ""), RecordField, "服务记录")
    lacking = [one.label for one in (RecordField.WAY, RecordField.CONTENT, RecordField.FEEDBACK) if one not in record]
    if lacking:
        raise Fault(spot.need("record", "").line, f"服务记录至少要有{'、'.join(lacking)}")
    evidence = spot.need("evidence", "").flag("evidence")
    if evidence and RecordField.ATTACHMENT not in record:
        raise Fault(spot.need("evidence", "").line, "须留证据的，服务记录要有附件（ATTACHMENT）")
    return Action(
        record=record, evidence=evidence, compliance_copy=spot.need("compliance_copy", "").flag("compliance_copy"),
        steps=tuple(one.text("做法", 120) for one in spot.need("steps", "").every("steps", 1)),
    )  # fmt: skip


def feedback(spot: Spot, day: date) -> Feedback:
    spot.only("跟踪与反馈", ("options", "follow_up_trading_days"))
    listed = spot.need("options", "")
    options = tuple(_option(one, day) for one in listed.every("options", 2))
    if len(options) > MOST_OPTIONS:
        raise Fault(listed.line, f"反馈选项最多 {MOST_OPTIONS} 个，此处 {len(options)} 个")
    if len({one.code for one in options}) < len(options) or len({one.label for one in options}) < len(options):
        raise Fault(listed.line, "反馈选项有重复")
    if Effect.DONE not in {one.effect for one in options}:
        raise Fault(listed.line, "反馈选项中须有一个表示完成（DONE）")
    days = spot.need("follow_up_trading_days", "").whole("follow_up_trading_days", 1, 60)
    return Feedback(options, days)


def _option(spot: Spot, day: date) -> FeedbackOption:
    spot.only("反馈选项", ("code", "label", "effect"))
    return FeedbackOption(
        spot.need("code", "").text("code", 24), said(spot.need("label", ""), "选项", day, 20),
        member(spot.need("effect", ""), Effect, "效果"),
    )  # fmt: skip


def review(spot: Spot) -> Review:
    spot.only("效果评估改进", ("metric", "success", "window_days", "holdout", "review_on", "improve"))
    on = spot.need("review_on", "")
    if not isinstance(on.value, date) or isinstance(on.value, datetime):
        raise Fault(on.line, "review_on 应为日期，如 2027-03-31")
    return Review(
        metric=member(spot.need("metric", ""), MetricId, "指标"), success=spot.need("success", "").text("success", 200),
        window_days=spot.need("window_days", "").whole("window_days", 1, LONGEST_DAYS),
        holdout=spot.need("holdout", "").number("holdout", 0, 0.5), review_on=on.value,
        improve=spot.need("improve", "").text("improve", 200),
    )  # fmt: skip
