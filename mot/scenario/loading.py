"""A scenario from its file: all seven steps or none. Every fault is named with file and line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from importlib import resources
from typing import Any, Final

from kit.digest import digest
from kit.rulebook import load_rulebook, per_rules
from mot.events.kinds import FIRST_DAY, event_kinds
from mot.events.types import EventKind, Family
from mot.features import FEATURES, Feature
from mot.scenario import steps
from mot.scenario.located import Spot, locate, plain
from mot.scenario.predicate import ALWAYS, comparisons
from mot.scenario.problems import Fault, ScenarioMalformed, UnknownScenario
from mot.scenario.types import Effect, Purpose, Scenario, StepId

_HEAD: Final = ("id", "name", "family", "purpose", "source", "steps")


def step_names(day: date) -> Mapping[StepId, str]:
    """The names of the seven steps as rules/steps.yaml has them on the day."""
    listed = load_rulebook("mot", "steps").on("MOT-STEPS", max(day, FIRST_DAY))
    return {StepId(one["id"]): one["name"] for one in listed}


def parse_scenario(file: str, text: str, day: date) -> Scenario:
    """The scenario of a YAML text, checked against the kinds of event and words in force on the day.

    Raises ScenarioMalformed with every fault that was found, each with its line.
    """
    spot, faults = locate(file, text), _Faults()
    faults.run(lambda: spot.only("场景", _HEAD))
    listed = spot.get("steps")
    if faults.found or listed is None:
        raise ScenarioMalformed(file, faults.all())
    faults.run(lambda: _seven(listed))
    if faults.found:
        raise ScenarioMalformed(file, faults.all())
    made = _parts(spot, listed, day, faults)
    if faults.found:
        raise ScenarioMalformed(file, faults.all())
    kinds = made.pop("kinds")
    scenario = Scenario(**made, version=digest(plain(spot)), file=file, text=text)
    _check(scenario, kinds, listed, faults)
    if faults.found:
        raise ScenarioMalformed(file, faults.all())
    return scenario


class _Faults:
    """Faults as they are found: one a part, so that a file is mended in one go."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def run(self, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except Fault as fault:
            self.found.append(fault)
            return None

    def all(self) -> tuple[Fault, ...]:
        return tuple(sorted(self.found, key=lambda fault: fault.line))


def _seven(listed: Spot) -> None:
    """All seven, in their order."""
    names = [one.value for one in StepId]
    listed.only("七个步骤", tuple(names))
    if list(listed.mapping("steps")) != names:
        raise Fault(listed.line, f"七个步骤的次序应为 {' → '.join(names)}")


def _parts(spot: Spot, listed: Spot, day: date, faults: _Faults) -> dict[str, Any]:
    at = {step: listed.need(step.value, "") for step in StepId}
    identified = faults.run(partial(steps.moment, at[StepId.IDENTIFY_MOMENT], dict(event_kinds(day))))
    moment, kinds = identified or (None, ())
    known = steps.variables(kinds)
    service = partial(steps.service, at[StepId.DESIGN_SERVICE], known, day)
    return {
        "id": faults.run(lambda: _id(spot.need("id", ""))),
        "name": faults.run(lambda: steps.said(spot.need("name", ""), "name", day, 40)),
        "family": faults.run(lambda: steps.member(spot.need("family", ""), Family, "大类")),
        "purpose": faults.run(lambda: steps.member(spot.need("purpose", ""), Purpose, "目的")),
        "source": faults.run(lambda: spot.need("source", "").text("source")),
        "moment": moment, "kinds": kinds,
        "needs": faults.run(partial(steps.needs, at[StepId.ANALYSE_NEED])),
        "service": faults.run(service) if identified else None,  # its variables depend on the events
        "assignment": faults.run(partial(steps.assignment, at[StepId.ASSIGN_ROLE])),
        "action": faults.run(partial(steps.action, at[StepId.EXECUTE])),
        "feedback": faults.run(partial(steps.feedback, at[StepId.COLLECT_FEEDBACK], day)),
        "review": faults.run(partial(steps.review, at[StepId.EVALUATE_IMPROVE])),
    }  # fmt: skip


def _id(spot: Spot) -> str:
    found = spot.text("id", 40)
    if not found.replace("-", "").isalnum() or not found.isascii() or found != found.lower():
        raise Fault(spot.line, "id 只用小写字母、数字和连字符")
    return found


def _check(scenario: Scenario, kinds: tuple[EventKind, ...], listed: Spot, faults: _Faults) -> None:
    """What must hold between the steps: families are not mixed, duties are never weakened."""
    lines = {step: listed.key_lines[step.value] for step in StepId}
    for kind in kinds:
        if kind.family is not scenario.family:
            text = f"{kind.name}属于{kind.family.label}，不能用于{scenario.family.label}的场景"
            faults.found.append(Fault(lines[StepId.IDENTIFY_MOMENT], text))
        if kind.mandatory and not scenario.assignment.mandatory:
            faults.found.append(Fault(lines[StepId.ASSIGN_ROLE], f"{kind.name}须为必做"))
        faults.found += [Fault(lines[step], text) for step, text in _weaker(scenario, kind)]
    if scenario.exempt and not scenario.assignment.mandatory:
        faults.found.append(Fault(lines[StepId.ASSIGN_ROLE], "监管义务须为必做"))
    if scenario.may_hold_out != (scenario.review.holdout > 0):
        text = "选做的场景须设对照组，否则无法衡量效果；监管义务与必做的场景不设对照组（holdout: 0）"
        faults.found.append(Fault(lines[StepId.EVALUATE_IMPROVE], text))
    if scenario.purpose is not Purpose.MARKETING and scenario.service.needs_decision:
        faults.found.append(Fault(lines[StepId.DESIGN_SERVICE], "提供产品或收费服务的场景，目的须为营销（MARKETING）"))
    if any(one.of_event for one in _features(scenario)) and scenario.exempt:
        faults.found.append(Fault(lines[StepId.IDENTIFY_MOMENT], "监管义务不得以事件的数额为条件"))


def _features(scenario: Scenario) -> list[Feature]:
    return [FEATURES[one.feature] for one in comparisons(scenario.moment.condition)]


def _weaker(scenario: Scenario, kind: EventKind) -> list[tuple[StepId, str]]:
    """Where the scenario asks less than the kind's duty: 无需联系 must be impossible."""
    duty = kind.duty
    if duty is None:
        return []
    action, assigned = scenario.action, scenario.assignment
    no_contact = [one.label for one in scenario.feedback.options if one.effect is Effect.DECLINED]
    told = [
        (not scenario.exempt, StepId.IDENTIFY_MOMENT, "须为监管义务（REGULATORY）"),
        (scenario.moment.condition != ALWAYS, StepId.IDENTIFY_MOMENT, "不得附加条件"),
        (scenario.moment.cooldown_days > 0, StepId.IDENTIFY_MOMENT, "不得设间隔"),
        (scenario.moment.window_days < kind.window_days, StepId.IDENTIFY_MOMENT, f"时限不得短于 {kind.window_days} 天"),
        (assigned.due_trading_days > duty.within, StepId.ASSIGN_ROLE, f"须在 {duty.within} 个交易日内联系（0 为当日）"),
        (duty.evidence and not action.evidence, StepId.EXECUTE, "须留证据"),
        (duty.compliance_copy and not action.compliance_copy, StepId.EXECUTE, "须抄送合规"),
        (bool(no_contact), StepId.COLLECT_FEEDBACK, f"必须联系，不能以“{'、'.join(no_contact)}”了结"),
    ]
    return [(step, f"{kind.name}{text}") for wrong, step, text in told if wrong]


@per_rules(maxsize=8)
def shipped(day: date) -> tuple[Scenario, ...]:
    """The scenarios that come with the product, by id. Raises ScenarioMalformed when one is wrong or an id stands
    twice."""
    folder = resources.files("mot").joinpath("rules", "scenarios")
    files = sorted((entry.name, entry) for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    found: dict[str, Scenario] = {}
    for name, entry in files:
        file = f"mot/rules/scenarios/{name}"
        scenario = parse_scenario(file, entry.read_text(encoding="utf-8"), day)
        if name != f"{scenario.id}.yaml" or scenario.id in found:
            raise ScenarioMalformed(file, (Fault(1, f"文件名应为 {scenario.id}.yaml，id 不得重复"),))
        found[scenario.id] = scenario
    return tuple(found.values())


def shipped_scenario(scenario_id: str, day: date) -> Scenario:
    """Raises UnknownScenario."""
    for scenario in shipped(day):
        if scenario.id == scenario_id:
            return scenario
    raise UnknownScenario(f"没有场景 {scenario_id!r}")
