"""A grade's features and the way to a better class, in words."""

from __future__ import annotations

from clients.grading.explanation import Explanation, Fact
from clients.grading.features import Unit
from clients.grading.next_step import said


def fact_words(fact: Fact) -> str:
    """A feature with its value, its days and its points in words."""
    value = fact.reason if fact.value is None else said(fact.value, fact.unit)
    days = f"{fact.first} 至 {fact.last}" if fact.first and fact.first != fact.last else f"截至 {fact.last}"
    earned = "" if fact.points is None else f"  {fact.points} 分 × 权重 {fact.weight}"
    if fact.points is not None and fact.weight is None:
        earned = f"  扣 {fact.points} 分"
    instead = f"，{fact.counted_as}" if fact.counted_as else ""
    return f"{fact.label}：{value}{instead}（{days}）{earned}"


def next_words(one: Explanation) -> str:
    """What is missing to the next class."""
    if one.next is None:
        return ""
    parts = []
    for move in one.next.moves:
        gap = "" if move.gap is None or move.unit == Unit.FLAG.label else (
            f"（现为 {said(move.now or 0.0, move.unit)}，差 {said(move.gap, move.unit, up=True)}）")  # fmt: skip
        parts.append(f"{move.label}{move.words}{gap}")
    return ("，且".join(parts)) if one.next.together else "；或".join(parts)
