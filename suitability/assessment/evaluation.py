"""A sheet, what is known and what was before, into a result with its findings: the whole judgement in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from clients.types import ClientKind
from kit.rulebook import Rulebook
from suitability.assessment.conduct import conduct
from suitability.assessment.contradictions import contradictions
from suitability.assessment.rules import Books, patterns
from suitability.assessment.types import Evaluation, KnownFacts, Past, Sheet
from suitability.assessment.validity import valid_through
from suitability.levels import AssetType, ClientLevel, IntendedTerm
from suitability.questionnaire.bands import Bands, bands_for
from suitability.questionnaire.engine import points
from suitability.questionnaire.types import Answers, Prefill, Questionnaire, meanings


def evaluate(
    sheet: Sheet, kind: ClientKind, known: KnownFacts, past: Sequence[Past], books: Books, bands: Bands | None = None
) -> Evaluation:
    """bands: those in force on the sheet's day unless others are tried. Raises ScoreOutsideBands, RuleError."""
    bands = bands or bands_for(sheet.form.version, sheet.day, books.bands)
    score = points(sheet.form, sheet.answers)
    level = bands.level_of(score.total)
    said = meanings(sheet.form, sheet.answers)
    lowest = lowest_by(level, score.total, kind, said, known, bands, books.assessment, sheet.day)
    found = (
        *contradictions(sheet, known, level, books.assessment),
        *conduct(sheet, past, level, books.assessment),
    )
    return Evaluation(
        score=score, level=level, lowest=lowest, term=intended_term(said), types=intended_types(said),
        valid_through=valid_through(sheet.day, books.assessment), bands=bands.id,
        findings=tuple(sorted(found, key=lambda one: one.rule)),
    )  # fmt: skip


def lowest_by(
    level: ClientLevel, total: int, kind: ClientKind, said: Mapping[str, frozenset[str]], known: KnownFacts,
    bands: Bands, book: Rulebook, day: date,
) -> tuple[str, ...]:  # fmt: skip
    """The rules by which a natural person of C1 is of the lowest class (风险承受能力最低类别); empty: is not."""
    if level is not ClientLevel.C1 or kind is not ClientKind.NATURAL:
        return ()
    if book.on("LOWEST-SCHEME", day) == "SCORE":
        return ("LOWEST-SCHEME",) if bands.is_lowest(total) else ()
    return tuple(one.id for one in patterns(book, "LOWEST-", day) if one.holds_any(said, known))


def intended_term(said: Mapping[str, frozenset[str]]) -> IntendedTerm | None:
    """The term that was chosen."""
    found = [IntendedTerm(code) for code in said.get("intended_term", ())]
    return max(found, key=lambda one: one.rank) if found else None


def intended_types(said: Mapping[str, frozenset[str]]) -> AssetType | None:
    """The widest type that was accepted."""
    found = [AssetType(code) for code in said.get("intended_types", ())]
    return max(found, key=lambda one: one.rank) if found else None


def prefilled(form: Questionnaire, known: KnownFacts) -> Answers:
    """Answers that follow from what is known; what is not known is asked."""
    found: dict[str, tuple[str, ...]] = {}
    for question in form.questions:
        if question.prefill is Prefill.AGE and known.age is not None:
            fitting = [option.code for option in question.options if option.holds_age(known.age)]
        elif question.prefill is Prefill.EDUCATION and known.education is not None:
            fitting = [option.code for option in question.options if option.means == known.education]
        else:
            continue
        if len(fitting) == 1:
            found[question.id] = (fitting[0],)
    return found
