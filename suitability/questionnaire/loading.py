"""A questionnaire from its file or from the database: one form of content, checked word by word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import yaml

from clients.types import ClientKind
from kit.digest import digest
from suitability.levels import ClientLevel
from suitability.questionnaire.problems import QuestionnaireMalformed
from suitability.questionnaire.types import Condition, Option, Prefill, Question, Questionnaire

_HEAD: Final = {"version", "form", "title", "source", "read_on", "audience", "questions"}
_QUESTION: Final = {"id", "topic", "text", "options"}
_QUESTION_MAY: Final = {"block", "multi", "when", "levels", "prefill"}
_OPTION: Final = {"text", "score"}
_OPTION_MAY: Final = {"means", "exclusive", "ages", "yuan"}
LONGEST_ID: Final = 16


def parse_questionnaire(raw: Any) -> Questionnaire:
    """Raises QuestionnaireMalformed that names the version, the question and the fault."""
    if not isinstance(raw, Mapping):
        raise QuestionnaireMalformed("问卷应是一组键值，从 version 开始")
    where = f"问卷 {raw.get('version', '（无版本号）')}"
    _keys(where, raw, _HEAD, {"confirmed"})
    if not isinstance(raw["read_on"], date | str):
        raise QuestionnaireMalformed(f"{where}：read_on 应为日期")
    read_on = raw["read_on"] if isinstance(raw["read_on"], date) else date.fromisoformat(raw["read_on"])
    questions = tuple(_question(where, one) for one in raw["questions"] or ())
    _unique(where, "题号", [question.id for question in questions])
    _unique(where, "主题", [question.topic for question in questions])
    return Questionnaire(
        version=_text(where, raw, "version", 64), form=_text(where, raw, "form", 24),
        title=_text(where, raw, "title", 128), source=_text(where, raw, "source", 512),
        confirmed=raw.get("confirmed") is True, read_on=read_on,
        audience=frozenset(_member(where, ClientKind, kind) for kind in raw["audience"]),
        questions=questions, digest=digest(raw),
    )  # fmt: skip


def _question(where: str, raw: Any) -> Question:
    if not isinstance(raw, Mapping):
        raise QuestionnaireMalformed(f"{where}：{raw!r} 不是一道题")
    where = f"{where} 第 {raw.get('id', '？')} 题"
    _keys(where, raw, _QUESTION, _QUESTION_MAY)
    if not isinstance(raw["options"], Mapping) or len(raw["options"]) < 2:
        raise QuestionnaireMalformed(f"{where}：至少要有两个选项")
    prefill = raw.get("prefill")
    return Question(
        id=_text(where, raw, "id", LONGEST_ID), topic=_text(where, raw, "topic", 32),
        text=_text(where, raw, "text", 512),
        options=tuple(_option(where, str(code), one) for code, one in raw["options"].items()),
        block=str(raw.get("block", "")), multi=raw.get("multi") is True,
        conditions=tuple(
            Condition(str(question), frozenset(map(str, codes))) for question, codes in (raw.get("when") or {}).items()
        ),
        levels=frozenset(_member(where, ClientLevel, level) for level in raw.get("levels", ())),
        prefill=None if prefill is None else _member(where, Prefill, prefill),
    )  # fmt: skip


def _option(where: str, code: str, raw: Any) -> Option:
    where = f"{where} 选项 {code}"
    if not isinstance(raw, Mapping):
        raise QuestionnaireMalformed(f"{where}：应有 text 与 score")
    _keys(where, raw, _OPTION, _OPTION_MAY)
    score = raw["score"]
    if not isinstance(score, int) or isinstance(score, bool) or score < 0:
        raise QuestionnaireMalformed(f"{where}：分数应为不小于 0 的整数，此处 {score!r}；分数段按整数计，不接受小数")
    if not isinstance(raw.get("means", ""), str):
        raise QuestionnaireMalformed(f"{where}：means 应为文字；YAML 里的 NO、YES 要加引号")
    if "," in code or not 1 <= len(code) <= 4:
        raise QuestionnaireMalformed(f"{where}：选项代码应为一至四个字符，不含逗号")
    return Option(
        code=code, text=_text(where, raw, "text", 512), score=score, means=raw.get("means", ""),
        exclusive=raw.get("exclusive") is True,
        ages=tuple((int(low), int(high)) for low, high in raw.get("ages", ())), yuan=_yuan(where, raw.get("yuan")),
    )  # fmt: skip


def _yuan(where: str, raw: Any) -> tuple[Decimal, Decimal | None] | None:
    if raw is None:
        return None
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        raise QuestionnaireMalformed(f"{where}：yuan 应为 [起（含）, 止（不含）]，没有上限写 null")
    low, high = raw
    return Decimal(str(low)), None if high is None else Decimal(str(high))


def _keys(where: str, raw: Mapping[str, Any], needed: set[str], allowed: set[str]) -> None:
    lacking, unknown = sorted(needed - set(raw)), sorted(set(raw) - needed - allowed)
    if lacking or unknown:
        faults = [f"缺少 {'、'.join(lacking)}"] if lacking else []
        faults += [f"不认识 {'、'.join(map(str, unknown))}"] if unknown else []
        raise QuestionnaireMalformed(f"{where}：{'；'.join(faults)}")


def _text(where: str, raw: Mapping[str, Any], key: str, longest: int) -> str:
    said = raw[key]
    if not isinstance(said, str) or not said.strip() or len(said) > longest:
        raise QuestionnaireMalformed(f"{where}：{key} 应为 1 至 {longest} 个字的文字")
    return said


def _member(where: str, kind: type[Any], code: Any) -> Any:
    try:
        return kind(code)
    except ValueError as fault:
        known = "、".join(one.value for one in kind)
        raise QuestionnaireMalformed(f"{where}：{code!r} 不是 {known} 之一") from fault


def _unique(where: str, what: str, found: list[str]) -> None:
    twice = sorted({one for one in found if found.count(one) > 1})
    if twice:
        raise QuestionnaireMalformed(f"{where}：{what}重复：{'、'.join(twice)}")


@lru_cache(maxsize=16)
def read_questionnaire(text: str) -> tuple[Questionnaire, Mapping[str, Any]]:
    """A questionnaire and its raw content (to be read only) from a YAML text. Raises QuestionnaireMalformed."""
    try:
        raw = yaml.safe_load(text)
        return parse_questionnaire(raw), raw
    except QuestionnaireMalformed:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise QuestionnaireMalformed(f"问卷文件不是有效的 YAML：{fault}") from fault
    except (TypeError, AttributeError, ArithmeticError) as fault:
        raise QuestionnaireMalformed(f"问卷文件里有一处不是应有的结构（列表、键值或文字）：{fault}") from fault


@lru_cache
def shipped() -> tuple[tuple[Questionnaire, str], ...]:
    """The questionnaires that come with the product, with the text of their files, by version."""
    folder = resources.files("suitability").joinpath("rules", "questionnaires")
    texts = [entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".yaml")]
    return tuple(sorted(((read_questionnaire(text)[0], text) for text in texts), key=lambda one: one[0].version))
