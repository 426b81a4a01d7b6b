"""Each dimension from what is known: a score of 0 to 100 with its grounds, or the reason why there is none. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from kit.rulebook import Rulebook
from suitability.levels import Bias, ClientLevel
from suitability.profile.confidence import aged, bounded
from suitability.profile.rules import told
from suitability.profile.types import (
    Capacity,
    Dimension,
    DimensionId,
    Ground,
    HabitsSeen,
    Needs,
    Stated,
    ToleranceInput,
)

ASSESSED, HOUSEHOLD, STATEMENT, TRADES = "风险测评", "家庭资料", "投资政策声明", "成交记录"
NO_HOUSEHOLD = "尚未了解家庭收支与资产，暂不评分"


def tolerance(said: ToleranceInput | None, capacity: Capacity, day: date, book: Rulebook) -> Dimension:
    """风险承受能力: points of the questionnaire, at most what the level that is used stands for."""
    name = DimensionId.RISK_TOLERANCE
    if said is None or said.level is None:
        return _withheld(name, "没有客户确认过的风险测评结果，暂不评分")
    used = capacity.lower(said.level)
    assert used is not None
    score = 100 * said.points / said.full_points if said.full_points else 0.0
    lowered = used is not said.level
    if lowered:
        score = min(score, told(book, "SCORE-LEVEL", day)[used.value])
    terms = told(book, "CONFIDENCE", day)
    grounds = [_level_ground(said)]
    grounds += [Ground("capacity", why, used.value, capacity.as_of, HOUSEHOLD) for why in capacity.reasons]
    expired = said.valid_through is not None and day > said.valid_through
    lead = f"客户确认的等级为 {_named(said.level)}"
    if lowered:
        lead += f"，因财务状况按 {_named(used)} 使用"
    start = terms["questionnaire" if said.confirmed_on is None else "confirmed"]
    return Dimension(
        id=name, score=bounded(score), confidence=aged(start, said.assessed_on, day, terms),
        as_of=said.assessed_on, lead=f"{lead}。", grounds=tuple(grounds),
        warnings=(f"风险测评已于 {said.valid_through} 到期，须重新测评",) if expired else (),
    )  # fmt: skip


def _level_ground(said: ToleranceInput) -> Ground:
    text = f"问卷得 {said.points} 分（满分 {said.full_points}）"
    return Ground("questionnaire", text, said.points, said.assessed_on, ASSESSED)


def expectation(
    stated: Stated | None, needs: Needs | None, used: ClientLevel | None, day: date, book: Rulebook
) -> Dimension:
    """预期收益: what the client says beside what the goals require; a need that the level cannot carry is said."""
    name = DimensionId.EXPECTED_RETURN
    said = None if stated is None else stated.expected_return
    required = None if needs is None else needs.required_return
    grounds, days = [], []
    if stated is not None and said is not None:
        grounds.append(Ground("said", f"客户期望每年 {said:.2%}", said, stated.as_of, STATEMENT))
        days.append(stated.as_of)
    if needs is not None:
        grounds.append(Ground("required", needs.required_reason, required, needs.as_of, HOUSEHOLD))
        days.append(needs.as_of)
    warnings = _return_warnings(said, needs, used, day, book)
    higher = max((one for one in (said, required) if one is not None), default=None)
    if higher is None:
        why = "客户没有说明期望的收益，也没有可以求解的目标" if needs is None else needs.required_reason
        return _withheld(name, f"{why}；暂不评分", tuple(grounds), warnings)
    terms = told(book, "CONFIDENCE", day)
    start = terms["confirmed"] if said is not None else _household_start(needs, terms)
    return Dimension(
        id=name, score=bounded(100 * higher / told(book, "SCORE-RETURN", day)),
        confidence=aged(start, min(days), day, terms), as_of=min(days), lead=_return_lead(said, required),
        grounds=tuple(grounds), warnings=warnings,
    )  # fmt: skip


def _return_lead(said: float | None, required: float | None) -> str:
    if said is None:
        return f"目标需要每年 {required:.2%}，客户没有说明期望。"
    if required is None:
        return f"客户期望每年 {said:.2%}。"
    return f"客户期望每年 {said:.2%}，目标需要每年 {required:.2%}。"


def _return_warnings(
    said: float | None, needs: Needs | None, used: ClientLevel | None, day: date, book: Rulebook
) -> tuple[str, ...]:
    found = []
    required = None if needs is None else needs.required_return
    if used is not None:
        high = return_range(used, day, book)[1]
        for value, words in ((required, "目标需要"), (said, "客户期望")):
            if value is not None and value > high:
                found.append(
                    f"{words}每年 {value:.2%}，超出 {_named(used)}可以承载的 {high:.1%}；"
                    "须调整目标的金额、时间或储蓄，不能靠提高风险等级来满足"
                )
    if needs is not None and required is None and needs.funded_ratio is not None:
        found.append(needs.required_reason)
    if said is not None and required is not None and required > said:
        found.append(f"客户期望的 {said:.2%} 低于目标需要的 {required:.2%}，目标难以按时实现")
    return tuple(found)


def return_range(level: ClientLevel, day: date, book: Rulebook) -> tuple[float, float]:
    """What a level can carry, a year."""
    low, high = told(book, "RETURN-OF-LEVEL", day)[level.value]
    return float(low), float(high)


def liquidity(stated: Stated | None, needs: Needs | None, day: date, book: Rulebook) -> Dimension:
    """流动性: months of spending at hand, lowered where more is due within a year than is at hand."""
    name = DimensionId.LIQUIDITY
    if needs is None:
        return _withheld(name, NO_HOUSEHOLD)
    grounds = _liquidity_grounds(stated, needs)
    if needs.reserve_months is None:
        return _withheld(name, "家庭支出尚未填写，暂不评分", grounds)
    months, points = zip(*told(book, "SCORE-RESERVE", day), strict=True)
    score = float(np.interp(needs.reserve_months, months, points))
    due = needs.next_year > needs.cash_like
    warnings = []
    if due:
        score = min(score, told(book, "SCORE-DUE", day))
        warnings.append(f"十二个月内有 {needs.next_year:,.2f} 元大额支出，多于手头的 {needs.cash_like:,.2f} 元")
    wanted = None if stated is None else stated.min_reserve_months
    if wanted is not None and needs.reserve_months < wanted:
        warnings.append(f"备用金 {needs.reserve_months:.1f} 个月，少于客户要求的 {wanted:g} 个月")
    terms = told(book, "CONFIDENCE", day)
    return Dimension(
        id=name, score=bounded(score), confidence=aged(_household_start(needs, terms), needs.as_of, day, terms),
        as_of=needs.as_of, lead=f"手头资金可支撑 {needs.reserve_months:.1f} 个月的家庭支出。", grounds=grounds,
        warnings=tuple(warnings),
    )  # fmt: skip


def _liquidity_grounds(stated: Stated | None, needs: Needs) -> tuple[Ground, ...]:
    at_hand = f"随时可用 {needs.cash_like:,.2f} 元"
    grounds = [Ground("cash_like", at_hand, float(needs.cash_like), needs.as_of, HOUSEHOLD)]
    if needs.reserve_months is not None:
        text = f"可支撑 {needs.reserve_months:.1f} 个月"
        grounds.append(Ground("reserve_months", text, round(needs.reserve_months, 6), needs.as_of, HOUSEHOLD))
    limit = "手头资金在测算期内够用，不限定锁定时间"
    if needs.needed_on is not None:
        limit = f"手头资金用到 {needs.needed_on}，其余资金不宜锁定到这一天之后"
    needed = None if needs.needed_on is None else needs.needed_on.isoformat()
    grounds.append(Ground("needed_on", limit, needed, needs.as_of, HOUSEHOLD))
    if stated is not None and stated.max_lock_days is not None:
        text = f"客户限定锁定不超过 {stated.max_lock_days} 天"
        grounds.append(Ground("stated_lock_days", text, stated.max_lock_days, stated.as_of, STATEMENT))
    grounds += [
        Ground("outflow", f"{day} {label} {amount:,.2f} 元", float(amount), needs.as_of, HOUSEHOLD)
        for day, label, amount in needs.outflows
    ]
    return tuple(grounds)


def behaviour(
    seen: HabitsSeen | None, meanings: Mapping[str, frozenset[str]], day: date, book: Rulebook
) -> tuple[Dimension, frozenset[Bias]]:
    """行为偏差: points of the habits that the trades show. The questionnaire speaks to the confidence alone."""
    name = DimensionId.BEHAVIOUR
    rule: Mapping[str, Any] = told(book, "BIAS", day)
    if seen is None or all(one.seen is None for one in seen.habits if one.id in rule):
        return _withheld(name, "成交记录不足，看不出习惯，暂不评分"), frozenset()
    shown = [one for one in seen.habits if one.seen and one.id in rule]
    biases = frozenset(Bias(rule[one.id]["bias"]) for one in shown)
    witness: Mapping[str, Any] = told(book, "BIAS-WITNESS", day)
    agreeing = {bias for bias in biases if _agrees(witness.get(bias.value, {}), meanings)}
    terms = told(book, "CONFIDENCE", day)
    start = terms["habits_few" if seen.trades < terms["few_trades"] else "habits"]
    start += terms["second_witness"] * len(agreeing) / max(len(biases), 1)
    grounds = [Ground(one.id.lower(), one.text, one.n, seen.as_of, TRADES) for one in shown]
    grounds += [
        Ground("second_witness", f"问卷的回答与“{bias.label}”相符", bias.value, None, ASSESSED)
        for bias in Bias if bias in agreeing
    ]
    named = "、".join(bias.label for bias in Bias if bias in biases)
    found = Dimension(
        id=name, score=bounded(sum(rule[one.id]["points"] for one in shown)),
        confidence=aged(start, seen.as_of, day, terms), as_of=seen.as_of, grounds=tuple(grounds),
        lead=f"成交记录显示{named}。" if biases else "成交记录没有显示明显的偏差。",
    )  # fmt: skip
    return found, biases


def _agrees(wanted: Mapping[str, Any], meanings: Mapping[str, frozenset[str]]) -> bool:
    return any(not meanings.get(topic, frozenset()).isdisjoint(answers) for topic, answers in wanted.items())


def _household_start(needs: Needs | None, terms: Mapping[str, Any]) -> float:
    if needs is None or needs.documented:
        return float(terms["document"])
    return float(terms["declared"])


def _withheld(
    name: DimensionId, why: str, grounds: tuple[Ground, ...] = (), warnings: tuple[str, ...] = ()
) -> Dimension:
    return Dimension(
        id=name, score=None, confidence=0, as_of=None, lead=f"{why}。", grounds=grounds, withheld=why, warnings=warnings
    )


def _named(level: ClientLevel) -> str:
    return f"{level.value}（{level.label}）"
