"""Rows of permissions: what was known and what was asked in plain values, a registration as told, the digest."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from clients.staff.filing import Stamp
from kit.digest import canonical, digest
from suitability.gates.conditions import access_book
from suitability.gates.evidence import GateEvidence
from suitability.gates.judge import GateAnswer
from suitability.gates.permissions import RecordKind
from suitability.gates.problems import ReasonNeeded
from suitability.gates.tables import GateRecordRow
from suitability.levels import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A permission that a client has from before, or elsewhere in the firm: filed as told, not judged."""

    client_no: str
    gate: Gate
    opened_on: date
    source: str
    grade: int | None = None


def as_record(evidence: GateEvidence) -> dict[str, Any]:
    """Plain values of what is known, for the record; what is not known is left out."""
    told: dict[str, Any] = {}
    for field in fields(GateEvidence):
        value = getattr(evidence, field.name)
        if field.name == "origins":
            value = {name: {"source": one.source, "as_of": one.as_of} for name, one in value.items()}
        if value is not None and value != {}:
            told[field.name] = value
    plain: dict[str, Any] = canonical(told)
    return plain


def conditions_of(answer: GateAnswer) -> list[Any]:
    """Every condition of an answer in plain values, for the record."""
    return [
        canonical({
            "rule": one.rule, "state": one.state, "fact": one.fact, "value": one.value, "limit": one.limit,
            "source": one.source, "confirmed": one.confirmed, "evidence": one.evidence, "as_of": one.as_of,
            "decides": one.decides,
        })
        for one in answer.conditions
    ]


def registered(told: Registration, stamp: Stamp) -> GateRecordRow:
    if not told.source.strip():
        raise ReasonNeeded("登记已有权限须写明依据")
    row = GateRecordRow(
        client_no=told.client_no, gate=told.gate.value, kind=RecordKind.REGISTERED.value, grade=told.grade,
        applied_on=told.opened_on, effective_from=told.opened_on, evidence={"source": told.source}, conditions=[],
        reasons=[told.source], rule_version=access_book().version, digest="", replaces=None,
        decided_by_id=stamp.actor.user_id, decided_by=stamp.actor.name, decided_at=stamp.at,
    )
    row.digest = row_digest(row)
    return row


def row_digest(row: GateRecordRow) -> str:
    return digest({
        "client_no": row.client_no, "gate": row.gate, "kind": row.kind, "grade": row.grade,
        "applied_on": row.applied_on, "effective_from": row.effective_from, "evidence": row.evidence,
        "conditions": row.conditions, "reasons": row.reasons, "rule_version": row.rule_version,
    })
