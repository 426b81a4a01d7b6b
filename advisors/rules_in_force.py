"""分级规则 in force on a day: weights, bands, deductions, multiplier, case mix and shrinking, from advisors/rules/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from advisors.indicators import INDICATORS
from advisors.types import Component, GradeLevel, Scale
from kit.rulebook import Rulebook, RuleError, load_rulebook, per_rules

FIRST_DAY: Final = date(2017, 7, 1)
WHERE: Final = "advisors/rules/grading.yaml"


@dataclass(frozen=True, slots=True)
class Entry:
    """准入条件 of a level."""

    months: int
    clients: int
    licensed: bool


@dataclass(frozen=True, slots=True)
class Moves:
    """up, down: levels a period. margin: points below the band before a level is lost. first_most: rank at most when
    graded for the first time. multiplier: of compliance, at least, for a promotion. least_known: share of the weights
    that must have a figure.
    """

    up: int
    down: int
    margin: float
    first_most: int
    multiplier: float
    least_known: float


@dataclass(frozen=True, slots=True)
class CaseMix:
    """assets, exposure: edges of the bands (a value on an edge lies above it). prior: clients."""

    scheme: str
    assets: tuple[float, ...]
    exposure: tuple[float, ...]
    prior: float


@dataclass(frozen=True, slots=True)
class Factor:
    """合规系数: what each case takes off, and the lowest that it can bring it to."""

    each: float
    least: float

    def of(self, cases: int) -> float:
        return max(self.least, 1 - self.each * cases)


@dataclass(frozen=True)
class AdvisorRules:
    """Rules of one day. version: hash of the file that they were read from."""

    day: date
    version: str
    levels: Mapping[Scale, tuple[GradeLevel, ...]]
    weights: Mapping[Scale, Mapping[Component, Mapping[str, float]]]
    entry: Mapping[Scale, Mapping[str, Entry]]
    moves: Moves
    peer_months: tuple[int, ...]
    least_peers: int
    case_mix: CaseMix
    least_clients: float
    widest: float
    figures: Mapping[str, float]
    certificates: Mapping[str, float]
    deductions: Mapping[str, tuple[str, float]]  # title and points by code
    deduction_source: str
    severe: Mapping[str, str]  # title by code
    blocks_days: int
    factors: Mapping[str, Factor]
    courses: Mapping[str, str]
    weak_below: float
    most_courses: int
    match: Mapping[str, Any]

    def lowest(self, scale: Scale) -> GradeLevel:
        return self.levels[scale][0]

    def level(self, scale: Scale, code: str) -> GradeLevel | None:
        return next((one for one in self.levels[scale] if one.code == code), None)


@per_rules()
def advisor_rules(day: date) -> AdvisorRules:
    """The rules in force. Raises RuleError for a file that cannot be trusted."""
    return rules_of(load_rulebook("advisors", "grading"), day)


def rules_of(book: Rulebook, day: date) -> AdvisorRules:
    """The rules of a text, as of a day. Raises RuleError naming the rule and the fault."""
    since = max(day, FIRST_DAY)

    def told(rule: str) -> Any:
        return book.on(rule, since)

    try:
        deductions = {code: (str(one["title"]), float(one["points"])) for code, one in told("ADV-DEDUCTIONS").items()}
        severe, peers, shrink, training = (told(f"ADV-{one}") for one in ("SEVERE", "PEERS", "SHRINK", "TRAINING"))
        mix = told("ADV-CASE-MIX")
        made = AdvisorRules(
            day=day, version=book.version, levels=_levels(told("ADV-LEVELS")), weights=_weights(told("ADV-WEIGHTS")),
            entry={Scale(scale): {code: Entry(**one) for code, one in by.items()}
                   for scale, by in told("ADV-ENTRY").items()},
            moves=Moves(**told("ADV-MOVES")), peer_months=tuple(peers["months"]), least_peers=int(peers["least"]),
            case_mix=CaseMix(mix["scheme"], tuple(map(float, mix["assets"])), tuple(map(float, mix["exposure"])),
                             float(mix["prior"])),
            least_clients=float(shrink["least_clients"]), widest=float(shrink["widest"]),
            figures={name: float(one) for name, one in told("ADV-FIGURES").items()},
            certificates={code: float(one) for code, one in told("ADV-CERTIFICATES").items()},
            deductions=deductions, deduction_source=book["ADV-DEDUCTIONS"].source,
            severe={code: str(title) for code, title in severe["codes"].items()},
            blocks_days=int(severe["blocks_days"]),
            factors={code: Factor(**one) for code, one in told("ADV-MULTIPLIER").items()},
            courses=dict(training["courses"]), weak_below=float(training["below"]),
            most_courses=int(training["most"]), match=told("ADV-MATCH"),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, RuleError):
            raise
        raise RuleError(f"{WHERE}: {type(error).__name__}: {error}") from error
    _check(made)
    return made


def _levels(told: Mapping[str, Any]) -> dict[Scale, tuple[GradeLevel, ...]]:
    return {
        Scale(scale): tuple(
            GradeLevel(one["code"], one["name"], rank, float(one["at"]), one.get("capacity"))
            for rank, one in enumerate(rows, 1)
        )
        for scale, rows in told.items()
    }


def _weights(told: Mapping[str, Any]) -> dict[Scale, dict[Component, dict[str, float]]]:
    """Fractions of the whole, in the order of the file."""
    return {
        Scale(scale): {
            Component(part): {name: float(one) / 100 for name, one in rows.items()} for part, rows in by.items()
        }
        for scale, by in told.items()
    }


def _check(made: AdvisorRules) -> None:
    """Raises RuleError for what no number of the file may be."""
    for scale in Scale:
        if scale not in made.levels or scale not in made.weights or scale not in made.entry:
            raise RuleError(f"{WHERE}: 序列 {scale.value} 缺等级、权重或准入条件")
        marks = [one.at for one in made.levels[scale]]
        if marks[0] != 0 or marks != sorted(set(marks)) or marks[-1] > 100:
            raise RuleError(f"{WHERE}: ADV-LEVELS {scale.value}：分数线须从 0 起、逐级升高、不超过 100")
        unknown = sorted(set(made.entry[scale]) - {one.code for one in made.levels[scale]})
        if unknown:
            raise RuleError(f"{WHERE}: ADV-ENTRY {scale.value}：没有等级 {'、'.join(unknown)}")
        every = [name for part in made.weights[scale].values() for name in part]
        strange = sorted(set(every) - set(INDICATORS))
        if strange or len(every) != len(set(every)):
            raise RuleError(f"{WHERE}: ADV-WEIGHTS {scale.value}：没有这些指标，或出现两次：{'、'.join(strange)}")
        if any(one < 0 for part in made.weights[scale].values() for one in part.values()):
            raise RuleError(f"{WHERE}: ADV-WEIGHTS {scale.value}：权重不得为负")
        total = sum(one for part in made.weights[scale].values() for one in part.values())
        if abs(total - 1) > 1e-9:
            raise RuleError(f"{WHERE}: ADV-WEIGHTS {scale.value}：合计 {total * 100:g}，应为 100")
    if made.least_clients <= 0 or made.widest <= 0 or made.case_mix.prior <= 0 or made.least_peers < 2:
        raise RuleError(f"{WHERE}: 收缩、分层与可比组的数须大于 0，可比的同事至少 2 人")
    if any(not 0 <= one.least <= 1 or one.each < 0 for one in made.factors.values()):
        raise RuleError(f"{WHERE}: ADV-MULTIPLIER：each 不得为负，least 在 0 与 1 之间")
