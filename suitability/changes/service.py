"""The desk of changes: draft, preview, approve or refuse by another person, roll back. The commit is the caller's."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import yaml
from sqlmodel import Session

from clients.staff.filing import Stamp, file_change
from kit.clock import day_of
from kit.db import one_at_a_time
from kit.digest import digest
from kit.rulebook import NotInForce, Rulebook, RuleError, parse_rulebook
from suitability.changes.drafts import Difference, checked, differences
from suitability.changes.floors import breaches
from suitability.changes.impact import what_moved
from suitability.changes.in_force import assessment_books, file_name, forget, schedule
from suitability.changes.previewing import preview_digest, preview_of
from suitability.changes.problems import (
    ChangeDecided,
    DraftRefused,
    NothingToRollBack,
    PreviewMissing,
    PreviewMoved,
    SecondPersonNeeded,
)
from suitability.changes.repository import ChangeRepository
from suitability.changes.tables import ChangePreviewRow, ChangeRow, ChangeVerdictRow
from suitability.changes.types import RULE_FILES, Change, ChangeKind, PreviewRecord
from suitability.levels import ProductLevel
from suitability.questionnaire.bands import bands_for
from suitability.questionnaire.loading import read_questionnaire
from suitability.questionnaire.publication import Examination
from suitability.questionnaire.service import QuestionnaireService
from suitability.rating.service import RatingService

_LOCK: Final = "heshi.rule_change"
_LONGEST: Final = 512


class ChangeService:
    """Changes over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._changes = ChangeRepository(session)

    # reading

    def get(self, change_id: int) -> Change:
        """Raises NoSuchChange."""
        return self._changes.change(change_id)

    def list(self, kind: ChangeKind | None = None, target: str | None = None) -> tuple[Change, ...]:
        """Newest first."""
        return self._changes.changes(kind, target)

    def differences(self, change_id: int) -> tuple[Difference, ...]:
        """Rule by rule what a change of a file changes. Raises NoSuchChange."""
        change = self.get(change_id)
        if change.kind is not ChangeKind.RULES:
            return ()
        base = schedule(self._session).before(change.target, change.effective_from, change.id)
        return differences(base, _parsed(change), change.effective_from)

    def examination(self, change_id: int) -> Examination:
        """Whether a form that is proposed may be published on its day, as things stand. Raises NoSuchChange."""
        change = self.get(change_id)
        form, _ = read_questionnaire(change.content)
        return QuestionnaireService(self._session).examine(form, change.effective_from)

    # drafting

    def draft_rules(
        self, name: str, text: str, *, title: str, reason: str, effective_from: date, stamp: Stamp
    ) -> Change:
        """Propose a whole new text of a rule file, in force from a day. Raises DraftRefused with every fault."""
        plan = schedule(self._session)
        base = plan.book(name, effective_from) if name in RULE_FILES else None
        if base is None:
            raise DraftRefused(f"没有可变更的规则文件 {name}；可选：{'、'.join(RULE_FILES)}")
        book = checked(name, text, base, effective_from, plan.on(effective_from))
        return self._draft(
            ChangeKind.RULES, name, text, book.version, base.version, title, reason, effective_from, stamp
        )

    def draft_rating(
        self, code: str, level: ProductLevel, *, reason: str, effective_from: date, stamp: Stamp
    ) -> Change:
        """Propose another level of a product. Raises what `RatingService.propose_override` raises."""
        ratings = RatingService(self._session)
        was = ratings.rating_on(code, effective_from)
        made = ratings.propose_override(code, level, reason=reason, effective_from=effective_from, stamp=stamp)
        content = yaml.safe_dump(
            {"code": code, "level": level.value, "proposal": made.id, "from": was.level.value if was.level else None},
            allow_unicode=True, sort_keys=False,
        )  # fmt: skip
        title = f"{code} 调整为 {level.value}"
        return self._draft(
            ChangeKind.RATING, code, content, made.digest, was.version or "", title, reason, effective_from, stamp
        )

    def draft_questionnaire(self, text: str, *, reason: str, effective_from: date, stamp: Stamp) -> Change:
        """Propose a new version of a form. Raises QuestionnaireMalformed, QuestionnaireFixed."""
        edition = QuestionnaireService(self._session).draft(text, stamp)
        form = edition.form
        try:
            bands_for(form.version, effective_from, assessment_books(self._session, effective_from).bands)
        except (RuleError, NotInForce) as fault:
            raise DraftRefused(f"还没有为问卷 {form.version} 选定分数段；请先变更分数段（bands）：{fault}") from fault
        return self._draft(
            ChangeKind.QUESTIONNAIRE, form.version, text, form.digest, "", f"{form.title} {form.version}", reason,
            effective_from, stamp,
        )

    def _draft(
        self, kind: ChangeKind, target: str, content: str, version: str, base: str, title: str, reason: str,
        effective_from: date, stamp: Stamp, rollback_of: int | None = None,
    ) -> Change:  # fmt: skip
        _check_reason(reason)
        row = ChangeRow(
            kind=kind.value, target=target, title=title[:128], reason=reason, content=content, version=version,
            base=base, effective_from=effective_from, rollback_of=rollback_of, drafted_by_id=stamp.actor.user_id,
            drafted_by=stamp.actor.name, drafted_at=stamp.at,
            digest=digest({
                "kind": kind, "target": target, "content": content, "version": version,
                "effective_from": effective_from,
            }),
        )  # fmt: skip
        self._changes.add(row)
        assert row.id is not None
        change = self.get(row.id)
        self._file(stamp, "rule.draft" if rollback_of is None else "rule.rollback", change, change.digest)
        return change

    # previewing

    def preview(self, change_id: int, stamp: Stamp) -> PreviewRecord:
        """Judge the whole book with and without the change, and keep what differs. Raises ChangeDecided."""
        change = self._open(change_id)
        self._check_base(change)
        result = preview_of(self._session, change, stamp)
        row = ChangePreviewRow(
            change_id=change_id, day=change.effective_from, digest=preview_digest(change, result), result=result,
            made_by_id=stamp.actor.user_id, made_by=stamp.actor.name, made_at=stamp.at,
        )  # fmt: skip
        self._changes.add(row)
        self._file(stamp, "rule.preview", change, row.digest)
        preview = self.get(change_id).preview
        assert preview is not None
        return preview

    # deciding

    def approve(self, change_id: int, shown: str, *, reason: str, stamp: Stamp) -> Change:
        """Another person approves exactly what was previewed; in force from its day.

        shown: the digest of the preview that the one who approves has seen. Raises NoSuchChange, ChangeDecided,
        SecondPersonNeeded, PreviewMissing, PreviewMoved (with what moved), DraftRefused where its day is over.
        """
        one_at_a_time(self._session, _LOCK)
        change = self._open(change_id)
        _check_reason(reason)
        if change.drafted_by_id == stamp.actor.user_id:
            raise SecondPersonNeeded(f"第 {change_id} 号变更由您起草，须由另一人批准")
        if change.preview is None:
            raise PreviewMissing(f"第 {change_id} 号变更尚未预演影响，请先预演")
        today = day_of(stamp.at)
        if change.effective_from < today:
            raise DraftRefused(f"生效日 {change.effective_from} 已过，过去各日的规则不改写；请以新的生效日重新起草")
        self._check_base(change)
        if change.kind is ChangeKind.RULES:
            _check_floors(change.target, _parsed(change), change.effective_from)
        self._check_shown(change, change.preview, shown, stamp)
        self._put_in_force(change, today, reason, stamp)
        self._decide(change, True, change.preview.id, reason, stamp)
        self._file(stamp, "rule.approve", change, change.preview.digest, purpose=reason)
        return self.get(change_id)

    def refuse(self, change_id: int, *, reason: str, stamp: Stamp) -> Change:
        """Turn a change down; it stays on file. Raises NoSuchChange, ChangeDecided."""
        change = self._open(change_id)
        _check_reason(reason)
        if change.kind is ChangeKind.RATING and change.drafted_by_id != stamp.actor.user_id:
            proposal = int(yaml.safe_load(change.content)["proposal"])
            RatingService(self._session).decide(proposal, approve=False, reason=reason, stamp=stamp)
        self._decide(change, False, None, reason, stamp)
        self._file(stamp, "rule.refuse", change, change.digest, purpose=reason)
        return self.get(change_id)

    def rollback(self, change_id: int, *, reason: str, effective_from: date, stamp: Stamp) -> Change:
        """Put back what a change replaced, in one step: the former text as a new version, from a day on.

        The former text was in force before, by two people's word; nothing is deleted. Raises NoSuchChange,
        NothingToRollBack, DraftRefused for a day that is over.
        """
        one_at_a_time(self._session, _LOCK)
        change = self.get(change_id)
        if change.verdict is None or not change.verdict.approved:
            raise NothingToRollBack(f"第 {change_id} 号变更没有批准过，无须回滚")
        if effective_from < day_of(stamp.at):
            raise DraftRefused(f"回滚的生效日 {effective_from} 已过；过去各日的规则不改写")
        _check_reason(reason)
        if change.kind is ChangeKind.QUESTIONNAIRE:
            return self._restore_form(change, reason, effective_from, stamp)
        if change.kind is ChangeKind.RATING:
            return self._restore_rating(change, reason, effective_from, stamp)
        return self._restore_rules(change, reason, effective_from, stamp)

    # within

    def _restore_rules(self, change: Change, reason: str, since: date, stamp: Stamp) -> Change:
        plan = schedule(self._session)
        now = plan.book(change.target, since)
        if now.version != change.version or since < change.effective_from:
            raise NothingToRollBack(
                f"{RULE_FILES[change.target]}在 {since} 在用的不是第 {change.id} 号变更的内容；请回滚最近的一次"
            )
        self._check_later(change.target, since)
        book = plan.before(change.target, change.effective_from, change.id)
        if book.version != change.base:
            raise NothingToRollBack(f"第 {change.id} 号变更以前的内容已不在库中，不能一步回滚；请另行起草")
        _check_floors(change.target, book, since)
        made = self._draft(
            ChangeKind.RULES, change.target, book.text, book.version, now.version, f"回滚第 {change.id} 号变更", reason,
            since, stamp, change.id,
        )  # fmt: skip
        return self._rolled_back(made, reason, stamp)

    def _restore_rating(self, change: Change, reason: str, since: date, stamp: Stamp) -> Change:
        ratings = RatingService(self._session)
        history = ratings.history(change.target)
        former = next((one for one in history if one.version == change.base), None)
        if former is None:
            raise NothingToRollBack(f"{change.target} 在调整之前没有登记的评级；请按规则重新评级")
        back = ratings.restore(former, since, reason=reason, stamp=stamp)
        content = yaml.safe_dump({"code": change.target, "level": back.level.value, "restores": former.version})
        made = self._draft(
            ChangeKind.RATING, change.target, content, former.version, change.version, f"回滚第 {change.id} 号变更",
            reason, since, stamp, change.id,
        )  # fmt: skip
        return self._rolled_back(made, reason, stamp)

    def _restore_form(self, change: Change, reason: str, since: date, stamp: Stamp) -> Change:
        """What was asked before is published again under a version of its own, and what replaced it is retired."""
        if since != day_of(stamp.at):
            raise DraftRefused(f"问卷一经发布即可作答，只能自当天（{day_of(stamp.at)}）起回滚")
        forms = QuestionnaireService(self._session)
        now = forms.edition(change.target)
        former = next((one for one in forms.editions(now.form.form) if one.replaced_by == change.target), None)
        if former is None:
            raise NothingToRollBack(f"问卷 {change.target} 发布以前没有同类的问卷，不能回滚；不再使用时请停用")
        now.check_open(since)
        back = forms.reissue(former.form.version, stamp)
        forms.retire(change.target, stamp, replaced_by=back.form.version, on=since)
        made = self._draft(
            ChangeKind.QUESTIONNAIRE, back.form.version, forms.text(back.form.version), back.form.digest,
            change.version, f"回滚第 {change.id} 号变更", reason, since, stamp, change.id,
        )  # fmt: skip
        return self._rolled_back(made, reason, stamp)

    def _rolled_back(self, made: Change, reason: str, stamp: Stamp) -> Change:
        self._decide(made, True, None, reason, stamp)
        forget(self._session)
        return self.get(made.id)

    def _open(self, change_id: int) -> Change:
        change = self.get(change_id)
        if change.verdict is not None:
            raise ChangeDecided(f"第 {change_id} 号变更已由 {change.verdict.decided_by} {change.state.label}")
        return change

    def _check_base(self, change: Change) -> None:
        """What the change replaces is still what is in force. Raises PreviewMoved."""
        if change.kind is ChangeKind.RULES:
            now = schedule(self._session).book(change.target, change.effective_from).version
            self._check_later(change.target, change.effective_from)
        elif change.kind is ChangeKind.RATING:
            now = RatingService(self._session).rating_on(change.target, change.effective_from).version or ""
        else:
            return
        if now != change.base:
            raise PreviewMoved(
                f"第 {change.id} 号变更所依据的内容已被另一项变更取代；请在现行内容上重新起草", moved=["规则原文"]
            )

    def _check_later(self, target: str, day: date) -> None:
        later = schedule(self._session).later(target, day)
        if later is not None:
            raise PreviewMoved(
                f"{RULE_FILES[target]}已有自 {later} 起生效的变更，不能在它之前再插入一项", moved=["规则原文"]
            )

    def _check_shown(self, change: Change, preview: PreviewRecord, shown: str, stamp: Stamp) -> None:
        if preview.digest != shown:
            raise PreviewMoved(
                f"您看到的预演（{shown[:19]}…）不是最近的一次（{preview.digest[:19]}…，{preview.made_by} 所作）；"
                "请先看最近的一次",
                moved=["预演"], preview=preview.digest,
            )  # fmt: skip
        found = preview_of(self._session, change, stamp)
        if preview_digest(change, found) != preview.digest:
            moved = what_moved(preview.result, found) or ("预演的明细有变动",)
            raise PreviewMoved(f"预演之后情况有变：{'；'.join(moved)}；请重新预演后再批准", moved=list(moved))

    def _put_in_force(self, change: Change, today: date, reason: str, stamp: Stamp) -> None:
        if change.kind is ChangeKind.RATING:
            proposal = int(yaml.safe_load(change.content)["proposal"])
            RatingService(self._session).decide(proposal, approve=True, reason=reason, stamp=stamp)
        elif change.kind is ChangeKind.QUESTIONNAIRE:
            if change.effective_from != today:
                raise DraftRefused(f"问卷一经发布即可作答，请在生效日 {change.effective_from} 当天批准")
            self._publish(change, stamp)
        forget(self._session)

    def _publish(self, change: Change, stamp: Stamp) -> None:
        forms = QuestionnaireService(self._session)
        new = forms.edition(change.target).form
        earlier = [one for one in forms.open_editions(change.effective_from) if one.form.form == new.form]
        forms.publish(change.target, stamp)
        for one in earlier:
            if one.retired_on is None:
                forms.retire(one.form.version, stamp, replaced_by=change.target, on=change.effective_from)

    def _decide(self, change: Change, approved: bool, preview_id: int | None, reason: str, stamp: Stamp) -> None:
        self._changes.add(ChangeVerdictRow(
            change_id=change.id, approved=approved, preview_id=preview_id, reason=reason,
            decided_by_id=stamp.actor.user_id, decided_by=stamp.actor.name, decided_at=stamp.at,
        ))  # fmt: skip

    def _file(self, stamp: Stamp, action: str, change: Change, told: str, purpose: str = "") -> None:
        detail: dict[str, Any] = {
            "kind": change.kind, "target": change.target, "version": change.version, "base": change.base,
            "effective_from": change.effective_from.isoformat(), "rollback_of": change.rollback_of,
        }  # fmt: skip
        file_change(
            self._session, stamp, action, "rule_change", str(change.id), purpose=(purpose or change.reason)[:200],
            digest=told, **detail,
        )  # fmt: skip


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise DraftRefused("请写明理由")
    if len(reason) > _LONGEST:
        raise DraftRefused(f"理由最多 {_LONGEST} 个字符")


def _parsed(change: Change) -> Rulebook:
    return parse_rulebook(file_name(change.target), change.content)


def _check_floors(target: str, book: Rulebook, since: date) -> None:
    """What the law asks for may have grown since the text was written. Raises DraftRefused."""
    faults = tuple(breaches(target, book, since))
    if faults:
        raise DraftRefused("；".join(faults), faults=list(faults))
