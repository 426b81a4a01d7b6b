"""Permissions: applications judged on evidence, opened, registered, closed, read by day. The commit is the caller's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from functools import cached_property
from typing import Any, Final

from sqlmodel import Session

from clients.repository import ClientRepository, NoSuchClient
from clients.staff.filing import Stamp, file_change
from clients.types import ClientKind
from kit.access import Scope
from kit.digest import digest
from suitability.assessment.client_facts import assessment_facts
from suitability.assessment.views import AssessmentFacts
from suitability.changes.in_force import rules_of, under_rules
from suitability.gates.assets import MeanAssets
from suitability.gates.conditions import access_book, asset_window, gate_rules
from suitability.gates.evidence import GateEvidence, Origin
from suitability.gates.judge import GateAnswer, State, judge_one
from suitability.gates.ledger_facts import LedgerFacts, LedgerReader, amount
from suitability.gates.permissions import GateRecord, RecordKind, first_opened, standing
from suitability.gates.problems import (
    EvidenceConflict,
    GateAlreadyOpen,
    GateNotOpen,
    GateOutOfOrder,
    ReasonNeeded,
)
from suitability.gates.repository import GateRepository
from suitability.gates.rows import Registration, as_record, conditions_of, registered, row_digest
from suitability.gates.tables import GateRecordRow
from suitability.levels import Gate

LEDGER: Final = "账本"
REGISTER: Final = "权限登记"
CLIENT_FILE: Final = "客户资料"
ASSESSED: Final = "风险测评"
CATEGORY: Final = "投资者类别认定"
_OF_STATE: Final = {
    State.MET: RecordKind.OPENED, State.NOT_MET: RecordKind.REFUSED, State.NOT_KNOWN: RecordKind.PENDING,
}  # fmt: skip


class GateService:
    """The desk of permissions over one session, within a scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._clients = ClientRepository(session, scope)
        self._records = GateRepository(session, scope)
        self._assessments: dict[tuple[str, date], AssessmentFacts] = {}
        self._replayed: dict[tuple[str, date, int], LedgerFacts] = {}

    @cached_property
    def _ledgers(self) -> LedgerReader:
        return LedgerReader(self._session, self._scope)

    # reading

    def gates_of(self, client_no: str, day: date) -> dict[Gate, date]:
        """Gates open on `day`, each with the day from which it has been: `ClientFacts.gates`. Raises NoSuchClient."""
        self._check_client(client_no)
        return self._records.open_of(client_no, day)

    def gates_of_known(self, client_no: str, day: date) -> dict[Gate, date]:
        """The same of a client that was read within the scope."""
        return self._records.open_of(client_no, day)

    def permissions_of(self, client_no: str, day: date) -> dict[Gate, GateRecord]:
        """The record that stands for each open gate on `day`, with its grade. Raises NoSuchClient."""
        self._check_client(client_no)
        return standing(self._records.records(client_no), day)

    def gates_of_book(self, day: date) -> dict[str, dict[Gate, date]]:
        """`gates_of` every client of the scope that has any."""
        return self._records.open_on(day)

    def history(self, client_no: str, gate: Gate | None = None) -> tuple[GateRecord, ...]:
        """Every record of a client, oldest first. Raises NoSuchClient."""
        self._check_client(client_no)
        return self._records.records(client_no, gate)

    def record(self, record_id: int) -> GateRecord:
        """Raises NoSuchRecord."""
        return self._records.record(record_id)

    def pending(self) -> tuple[GateRecord, ...]:
        """Applications that wait for evidence and that no later record of the same gate has answered, oldest first."""
        answered = {(one.client_no, one.gate, one.replaces) for one in self._records.records()}
        waiting = self._records.records(kind=RecordKind.PENDING)
        return tuple(one for one in waiting if (one.client_no, one.gate, one.id) not in answered)

    @under_rules("day")
    def evidence(
        self, client_no: str, gate: Gate, day: date, given: Mapping[str, Any] | None = None, source: str = "申请材料"
    ) -> GateEvidence:
        """What is known of the client for an application on `day`: what was handed in, the rest from what is on file.

        given: fields of `GateEvidence` by name. Raises NoSuchClient, EvidenceConflict for a field that is none.
        """
        client = self._clients.client(client_no)
        told = dict(given or {})
        unknown = set(told) - {field.name for field in fields(GateEvidence)}
        if unknown:
            raise EvidenceConflict(f"证据中没有 {'、'.join(sorted(unknown))} 这一项")
        origins = {name: Origin(source, day) for name in told}
        known = self._on_file(client_no, gate, day)
        if client.birth_date is not None:
            known["birth_date"] = (client.birth_date, Origin(CLIENT_FILE, day))
        for name, (value, origin) in known.items():
            if told.get(name) is None:
                told[name], origins[name] = value, origin
            elif isinstance(value, dict):
                told[name] = {**value, **told[name]}
        natural = told.pop("natural", client.kind is ClientKind.NATURAL)
        told.pop("day", None)
        told.pop("origins", None)
        return GateEvidence(day=day, natural=natural, origins=origins, **told)

    @under_rules("day")
    def lowest_variant(self, gate: Gate, day: date) -> str | None:
        """The lowest grade or ticket of a gate that asks for one. Raises GateNotInForce."""
        rules = gate_rules(gate, day)
        return next(iter(rules.variants)) if rules.variant_needed else None

    def check(self, client_no: str, gate: Gate, evidence: GateEvidence, variant: str | None = None) -> GateAnswer:
        """The answer on this evidence; nothing is filed.

        Raises NoSuchClient, EvidenceConflict, GateNotInForce, UnknownVariant.
        """
        self._check_client(client_no)
        conflicts = evidence.conflicts()
        if conflicts:
            raise EvidenceConflict("；".join(conflicts) + "；请核对后重新提交")
        with rules_of(self._session, evidence.day):
            return judge_one(gate, evidence, variant)

    def mean_assets_of_book(self, day: date, window: int = 20) -> Iterator[MeanAssets]:
        """Mean assets of every client of the scope before `day`, in blocks."""
        return self._ledgers.of_book(day, window)

    # changing

    def apply(
        self, client_no: str, gate: Gate, evidence: GateEvidence, stamp: Stamp, *, grade: int | None = None,
        effective_from: date | None = None, refuse: str = "", replaces: int | None = None,
    ) -> GateRecord:
        """Judge an application and file it with its evidence: opened, refused, or waiting for what is missing.

        refuse: the firm's own assessment against opening, though the conditions are met; nobody may open against one
        that is not met. replaces: the pending record that this answers. Raises NoSuchClient, EvidenceConflict,
        GateAlreadyOpen, GateNotInForce, UnknownVariant, NoSuchRecord, GateOutOfOrder.
        """
        answer = self.check(client_no, gate, evidence, None if grade is None else str(grade))
        first = effective_from or evidence.day
        if first < evidence.day:
            raise GateOutOfOrder(f"生效日 {first} 早于申请日 {evidence.day}；权限不能倒签")
        held = self.permissions_of(client_no, first).get(gate)
        if held is not None and (grade is None or (held.grade or 0) >= grade):
            raise GateAlreadyOpen(f"{client_no} 的{gate.label}权限自 {held.effective_from} 起已开通")
        self._check_order(client_no, gate, first)
        if replaces is not None:
            self._check_replaced(client_no, gate, replaces)
        kind = _OF_STATE[answer.state]
        reasons = list(answer.missing)
        if refuse and kind is RecordKind.OPENED:
            kind, reasons = RecordKind.REFUSED, [f"公司综合评估：{refuse}"]
        return self._file(
            client_no, gate, kind, stamp, grade=grade, applied_on=evidence.day, effective_from=first,
            evidence=as_record(evidence), conditions=conditions_of(answer), reasons=reasons, replaces=replaces,
        )

    def register(self, told: Registration, stamp: Stamp) -> GateRecord:
        """File a permission that the client has already, as somebody told it. Raises NoSuchClient, ReasonNeeded,
        GateOutOfOrder.
        """
        self._check_client(told.client_no)
        self._check_order(told.client_no, told.gate, told.opened_on)
        row = registered(told, stamp)
        record = self._records.append(row)
        self._trail(stamp, record)
        return record

    def register_all(self, told: Sequence[Registration], stamp: Stamp) -> int:
        """The same for many clients who have no record yet, with one row of the trail. Raises NoSuchClient."""
        known = {one.client_no for one in self._clients.clients()}
        unknown = sorted({one.client_no for one in told} - known)
        if unknown:
            raise NoSuchClient.called(*unknown)
        if any(not one.source.strip() for one in told):
            raise ReasonNeeded("登记已有权限须写明依据")
        held = {(one.client_no, one.gate) for one in self._records.records()}
        rows = [registered(one, stamp) for one in told if (one.client_no, one.gate) not in held]
        self._records.append_all(rows)
        file_change(
            self._session, stamp, "gate.register_all", "gate", "book", count=len(rows),
            digests=digest([row.digest for row in rows]),
        )  # fmt: skip
        return len(rows)

    def revoke(self, client_no: str, gate: Gate, *, reason: str, effective_from: date, stamp: Stamp) -> GateRecord:
        """Close a permission from a day on. Raises NoSuchClient, GateNotOpen, ReasonNeeded, GateOutOfOrder."""
        if not reason.strip():
            raise ReasonNeeded("请写明关闭权限的理由")
        held = self.permissions_of(client_no, effective_from).get(gate)
        if held is None:
            raise GateNotOpen(f"{client_no} 的{gate.label}权限在 {effective_from} 没有开通，不能关闭")
        self._check_order(client_no, gate, effective_from)
        return self._file(
            client_no, gate, RecordKind.REVOKED, stamp, grade=held.grade, applied_on=effective_from,
            effective_from=effective_from, evidence={}, conditions=[], reasons=[reason], replaces=held.id,
        )

    # within

    def _on_file(self, client_no: str, gate: Gate, day: date) -> dict[str, tuple[Any, Origin]]:
        """What ledger and register say, by field of the evidence."""
        window = asset_window(gate, day)
        found = self._ledger_facts(client_no, day, window)
        told: dict[str, tuple[Any, Origin]] = {}
        name = "assets_10d" if window == 10 else "assets_20d"
        for field, means in ((name, found.assets), ("assets_today", found.assets_today)):
            if means is not None:
                exact, least, notes = means.of(client_no)
                as_of = date.fromordinal(int(means.days[-1])) if len(means.days) else None
                origin = Origin("；".join([LEDGER, *notes]), as_of)
                told[field] = (amount(exact), origin)
                told[f"{field}_at_least"] = (amount(least), origin)
        told["first_trade_by"] = (found.first_trade_by, Origin(f"{LEDGER}（只说明不晚于）", found.first_trade_by))
        held = first_opened(self._records.records(client_no), day)
        told["held_since"] = (held, Origin(REGISTER, day))
        if Gate.MARGIN in held:
            told["margin_eligible"] = (True, Origin(REGISTER, held[Gate.MARGIN]))
        assessed = self._assessed(client_no, day)
        if assessed.level is not None:
            told["level"] = (assessed.level, Origin(ASSESSED, assessed.assessed_on))
            told["assessed_on"] = (assessed.assessed_on, Origin(ASSESSED, assessed.assessed_on))
        if assessed.category.professional:
            told["professional"] = (True, Origin(CATEGORY, day))
        return {name: (value, origin) for name, (value, origin) in told.items() if value is not None}

    def _ledger_facts(self, client_no: str, day: date, window: int) -> LedgerFacts:
        """Replayed once a request: several gates ask for the same."""
        key = client_no, day, window
        if key not in self._replayed:
            self._replayed[key] = self._ledgers.of_client(client_no, day, window)
        return self._replayed[key]

    def _assessed(self, client_no: str, day: date) -> AssessmentFacts:
        key = client_no, day
        if key not in self._assessments:
            self._assessments[key] = assessment_facts(self._session, self._scope, client_no, day)
        return self._assessments[key]

    def _check_client(self, client_no: str) -> None:
        self._clients.client(client_no)  # raises NoSuchClient outside the scope too

    def _check_replaced(self, client_no: str, gate: Gate, record_id: int) -> None:
        replaced = self._records.record(record_id)
        if (replaced.client_no, replaced.gate) != (client_no, gate):
            raise EvidenceConflict(f"第 {record_id} 号记录不是 {client_no} 对{gate.label}的申请")

    def _check_order(self, client_no: str, gate: Gate, first: date) -> None:
        newest = max((one.effective_from for one in self._records.records(client_no, gate)), default=None)
        if newest is not None and newest > first:
            raise GateOutOfOrder(
                f"{client_no} 的{gate.label}已有自 {newest} 起的记录；新的记录不能早于这一天，过去各日的权限不改写"
            )

    def _file(
        self, client_no: str, gate: Gate, kind: RecordKind, stamp: Stamp, *, grade: int | None, applied_on: date,
        effective_from: date, evidence: dict[str, Any], conditions: list[Any], reasons: list[str],
        replaces: int | None,
    ) -> GateRecord:
        with rules_of(self._session, applied_on):
            version = access_book().version
        row = GateRecordRow(
            client_no=client_no, gate=gate.value, kind=kind.value, grade=grade, applied_on=applied_on,
            effective_from=effective_from, evidence=evidence, conditions=conditions, reasons=reasons,
            rule_version=version, digest="", replaces=replaces, decided_by_id=stamp.actor.user_id,
            decided_by=stamp.actor.name, decided_at=stamp.at,
        )
        row.digest = row_digest(row)
        record = self._records.append(row)
        self._trail(stamp, record)
        return record

    def _trail(self, stamp: Stamp, record: GateRecord) -> None:
        place = f"{record.client_no}/{record.gate.value}"
        file_change(
            self._session, stamp, f"gate.{record.kind.value.lower()}", "gate", place, version=record.id,
            purpose="；".join(record.reasons)[:200], grade=record.grade, record=record.digest,
            effective_from=record.effective_from.isoformat(),
        )  # fmt: skip


__all__ = ["GateService", "Registration"]
