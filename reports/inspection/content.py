"""From the counts to the report: figures first, what was found by rule data, then section by section. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from clients.staff.types import Post
from kit.digest import canonical
from kit.labels import Labelled
from kit.problems import BadInput
from kit.rulebook import NotInForce, Rulebook, load_rulebook
from reports.inspection.model import Inspection, InspectionSection
from reports.model import Cell, Column, Figure, Item, Table, Tone
from suitability.cases.types import Dimension, Resolution
from suitability.category.types import Direction
from suitability.changes.types import RULE_FILES, ChangeKind
from suitability.gates.permissions import RecordKind
from suitability.levels import AskedBy, ClientLevel, InvestorCategory, Outcome, ProductLevel
from suitability.sampling.repository import CallOutcome
from suitability.tally import Counts, Period, Tally

NOTHING: Final = "本期没有发生"
_HALVES: Final = {"H1": ("上半年", (1, 1), (6, 30)), "H2": ("下半年", (7, 1), (12, 31))}


def period_of(half: str) -> tuple[Period, str]:
    """`2026H1` as its days and its name. Raises BadInput."""
    year, part = half[:4], half[4:].upper()
    if not (year.isascii() and year.isdigit() and part in _HALVES) or int(year) < 2000:
        raise BadInput(f"半年写作 2026H1 或 2026H2，不是 {half}")
    name, first, last = _HALVES[part]
    return Period(date(int(year), *first), date(int(year), *last)), f"{int(year)} 年{name}"


def inspection(
    half: str, tally: Tally, firm: str, titles: Mapping[str, str], versions: Mapping[str, str]
) -> Inspection:
    """The whole report, sealed. titles: of rules by id; versions: of the rule files that were in force.

    A half-year that was not over when it was counted says so.
    """
    whole, name = period_of(half)
    period = tally.period
    if period.last < whole.last:
        name = f"{name}（截至 {period.last.month} 月 {period.last.day} 日）"
    book = load_rulebook("reports", "inspection")
    problems = tuple(_problems(tally, book, period.last))
    sections = (
        _people(tally, titles), _products(tally), _matching(tally, titles), _cases(tally), _calling(tally),
        _changes(tally), _staff(tally),
    )  # fmt: skip
    found = f"有 {len(problems)} 类事项需要整改" if problems else "各项指标均在内部控制标准以内"
    return Inspection(
        half=f"{period.first.year}{half[4:].upper()}", title=book.on("INSPECT-DUTY", period.last)["title"], period=name,
        first=period.first, last=period.last, firm=firm, conclusion=f"{name}自查：{found}。", figures=_figures(tally),
        problems=problems,
        sections=tuple(
            InspectionSection(number, title, lead, tables)
            for number, (title, lead, tables) in enumerate(sections, start=1)
        ),
        numbers=canonical(asdict(tally)), versions=dict(sorted({**versions, book.name: book.version}.items())),
    ).sealed()  # fmt: skip


def _figures(tally: Tally) -> tuple[Figure, ...]:
    decisions = tally.deciding.by_outcome
    total = sum(decisions.values())
    refused, professional = _outcome(decisions, Outcome.REFUSE), sum(tally.people.professional.values())
    assessed, calling, changes = sum(tally.assessing.by_form.values()), tally.calling, len(tally.changes)
    return (
        Figure("客户", _n(tally.people.clients), tally.people.clients, note=f"专业投资者 {_n(professional)}"),
        Figure("风险测评", _n(assessed), assessed, note=f"期末已过期 {_n(tally.people.expired)}"),
        Figure("适当性检查", _n(total), total, note=f"不得销售 {_n(refused)}"),
        Figure(
            "错配案件新立", _n(tally.cases.opened), tally.cases.opened, note=f"期末未了结 {_n(tally.cases.unsettled)}",
            tone=Tone.WARN if tally.cases.overdue else Tone.PLAIN,
        ),
        Figure("产品评级", _n(tally.rating.filed), tally.rating.filed, note=f"人工调整 {_n(tally.rating.overridden)}"),
        Figure(
            "本年回访", _n(calling.done), calling.done,
            note=f"应回访 {_n(calling.needed)}" if calling.frame else "尚未抽取样本",
            tone=Tone.WARN if calling.done < calling.needed or not calling.frame else Tone.PLAIN,
        ),
        Figure("规则变更", _n(changes), changes, note="均有预演或回滚记录" if changes else "本期没有生效的变更"),
        Figure(
            "告知与警示义务", _n(tally.deciding.duties_due), tally.deciding.duties_due,
            note=f"已完成 {_n(tally.deciding.duties_done)}",
            tone=Tone.WARN if tally.deciding.waiting else Tone.PLAIN,
        ),
    )  # fmt: skip


def _problems(tally: Tally, book: Rulebook, day: date) -> Iterator[Item]:
    """What the limits of the rule data call a problem, with what is to be done."""
    numbers = asdict(tally)
    numbers["calling"] |= {
        "short": max(tally.calling.needed - tally.calling.done, 0), "undrawn": int(not tally.calling.frame),
    }  # fmt: skip
    for rule in book:
        figure = rule.applies_to.get("figure")
        if figure is None:
            continue
        try:
            terms = rule.on(day)
        except NotInForce:
            continue
        part, _, key = figure.partition(".")
        value = int(numbers[part].get(key, 0))
        if terms is not None and value > int(terms["limit"]):
            yield Item(terms["found"].format(value=_n(value)), "须整改", f"整改：{terms['remedy']}。", Tone.WARN)


def _people(tally: Tally, titles: Mapping[str, str]) -> tuple[str, str, tuple[Table, ...]]:
    people, assessing = tally.people, tally.assessing
    ordinary = sum(people.by_class.values())
    names = {one.value: f"{one.value} {one.label}" for one in ClientLevel}
    names |= {"NONE": "未测评", "C1_LOWEST": "C1（最低类别）"}
    rows = [(names[name], count, _share(count, ordinary)) for name, count in people.by_class.items()]
    kinds = [(InvestorCategory(name).label, count) for name, count in people.professional.items()]
    forms = [(f"问卷 {name}", count) for name, count in assessing.by_form.items()]
    steps = [
        ("测评结果送复核", assessing.under_review), ("复核通过", assessing.accepted),
        ("复核不通过", assessing.rejected), ("客户确认等级", assessing.confirmed),
        *((f"作答被拒：{titles.get(rule, rule)}", count) for rule, count in assessing.refused.items()),
    ]  # fmt: skip
    opened = [(RecordKind(name).label, count) for name, count in tally.permissions.items()]
    moves = [(_direction(name), count) for name, count in tally.categories.items() if count]
    lead = (
        f"期末客户 {_n(people.clients)} 名，其中普通投资者 {_n(ordinary)} 名、专业投资者 "
        f"{_n(sum(people.professional.values()))} 名；{_n(people.expired)} 名普通投资者的测评已过有效期。"
    )
    return "了解客户", lead, (
        _table("普通投资者的风险承受能力等级（期末）", ("等级", "人数", "占比"), rows),
        _table("专业投资者（期末）", ("类别", "人数"), kinds, "期末没有专业投资者"),
        _table("风险测评与复核", ("事项", "件数"), (*forms, *steps)),
        _table("投资者类别的申请与决定", ("事项", "件数"), moves),
        _table("交易权限", ("事项", "件数"), opened),
    )  # fmt: skip


def _products(tally: Tally) -> tuple[str, str, tuple[Table, ...]]:
    rating = tally.rating
    rows = [(f"{one.value} {one.label}", rating.by_level[one.value], _share(rating.by_level[one.value], rating.rated))
            for one in ProductLevel]  # fmt: skip
    lead = (
        f"期末登记评级的产品与服务 {_n(rating.rated)} 个；本期评级 {_n(rating.filed)} 次，其中人工调整 "
        f"{_n(rating.overridden)} 次，均有理由和第二人复核；{_n(rating.review_due)} 个到了复核的时候。"
    )
    return "了解产品", lead, (_table("产品与服务的风险等级（期末）", ("等级", "个数", "占比"), rows),)


def _matching(tally: Tally, titles: Mapping[str, str]) -> tuple[str, str, tuple[Table, ...]]:
    deciding = tally.deciding
    total = sum(deciding.by_outcome.values())
    rows = []
    for who in AskedBy:
        counts = [deciding.by_outcome.get(f"{who.value}/{outcome.value}", 0) for outcome in Outcome]
        rows.append((who.label, *counts, sum(counts)))
    hits = sorted(deciding.by_rule.items(), key=lambda one: (-one[1], one[0]))
    named = [(rule, titles.get(rule, ""), count) for rule, count in hits]
    refused, warned = (_outcome(deciding.by_outcome, one) for one in (Outcome.REFUSE, Outcome.WARN))
    lead = (
        f"本期作出适当性决定 {_n(total)} 笔，不得销售 {_n(refused)} 笔，须警示后确认 {_n(warned)} 笔；随之产生的告知、"
        f"警示等义务 {_n(deciding.duties_due)} 项，完成 {_n(deciding.duties_done)} 项。每一笔都登记了依据，可以重演。"
    )
    heads = ("由谁提出", *(outcome.label for outcome in Outcome), "合计")
    return "适当性匹配", lead, (
        _table("决定的结论", heads, rows if total else []),
        _table("警示或拒绝所依据的规则", ("规则", "内容", "笔数"), named),
    )  # fmt: skip


def _cases(tally: Tally) -> tuple[str, str, tuple[Table, ...]]:
    cases = tally.cases
    flow = [
        ("新立", cases.opened), ("重开", cases.reopened),
        *((f"了结：{Resolution(name).label}" if name else "了结", count) for name, count in cases.resolved.items()),
        ("期末未了结", cases.unsettled), ("其中：严重", cases.severe), ("其中：已过期限", cases.overdue),
    ]  # fmt: skip
    kinds = [(one.label, cases.by_dimension[one.value]) for one in Dimension if cases.by_dimension.get(one.value)]
    lead = (
        f"本期新立错配案件 {_n(cases.opened)} 件，了结 {_n(sum(cases.resolved.values()))} 件；期末未了结 "
        f"{_n(cases.unsettled)} 件，其中严重 {_n(cases.severe)} 件，已过期限 {_n(cases.overdue)} 件。"
    )
    any_case = any((cases.opened, cases.reopened, cases.unsettled, *cases.resolved.values()))
    return "错配的发现与处理", lead, (
        _table("案件的进出", ("事项", "件数"), flow if any_case else []),
        _table("期末未了结的案件，按错配的方面（一件可有几方面）", ("方面", "件数"), kinds, "期末没有未了结的案件"),
    )  # fmt: skip


def _calling(tally: Tally) -> tuple[str, str, tuple[Table, ...]]:
    calling = tally.calling
    if not calling.frame:
        lead = f"{calling.year} 年尚未抽取回访样本。"
    else:
        lead = (
            f"{calling.year} 年回访范围 {_n(calling.frame)} 名，应回访不少于 {_n(calling.needed)} 名，已抽 "
            f"{_n(calling.sampled)} 名；截至期末已回访 {_n(calling.done)} 名。样本的范围与种子均已登记，可以重抽核对。"
        )
    results = [(CallOutcome(name).label, count) for name, count in calling.in_period.items()]
    return "客户回访", lead, (
        _table("本期回访", ("结果", "次数"), results),
        _table("客户反映的问题", ("日期", "问题"), calling.problems, empty="客户没有反映问题"),
    )  # fmt: skip


def _changes(tally: Tally) -> tuple[str, str, tuple[Table, ...]]:
    rows = [
        (
            one["from"], RULE_FILES.get(one["target"], one["target"]) if one["kind"] == ChangeKind.RULES.value
            else ChangeKind(one["kind"]).label, one["title"], one["drafted_by"], one["decided_by"],
        )
        for one in tally.changes
    ]  # fmt: skip
    lead = (
        f"本期生效的规则、评级与问卷变更 {_n(len(rows))} 项，生效前均预演了对全部客户的影响，由起草人以外的人批准；"
        "回滚恢复的是此前批准过的内容。"
    )
    lead = lead if rows else "本期没有生效的规则、评级或问卷变更。"
    return "制度与规则的变更", lead, (_table("生效的变更", ("生效日", "对象", "内容", "起草", "批准"), rows),)


def _staff(tally: Tally) -> tuple[str, str, tuple[Table, ...]]:
    posts = [(one.label, tally.staff.get(one.value, 0)) for one in Post if tally.staff.get(one.value)]
    missing = tally.staff.get("UNREGISTERED", 0)
    told = "均有有效的投资顾问登记" if not missing else f"其中 {_n(missing)} 名没有有效的投资顾问登记"
    branches, advisors = (_n(tally.staff.get(name, 0)) for name in ("BRANCHES", Post.ADVISOR.value))
    lead = f"期末营业部 {branches} 家；投资顾问岗位 {advisors} 名，{told}。"
    return "人员", lead, (_table("在岗人员（期末）", ("岗位", "人数"), posts, empty="没有登记人员"),)


def _direction(name: str) -> str:
    plain = {"GRANTED": "同意", "REFUSED": "不同意", "REVOKED": "撤销"}
    return plain[name] if name in plain else f"申请：{Direction(name.partition('/')[2]).label}"


def _outcome(counts: Counts, outcome: Outcome) -> int:
    return sum(counts.get(f"{who.value}/{outcome.value}", 0) for who in AskedBy)


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], empty: str = NOTHING) -> Table:
    """Numbers on the right, words on the left."""
    columns = tuple(
        Column(head, "right" if rows and all(isinstance(row[place], int) or head == "占比" for row in rows) else "left")
        for place, head in enumerate(heads)
    )
    return Table(title, columns, tuple(tuple(_cell(value) for value in row) for row in rows), empty=empty)


def _cell(value: Any) -> Cell:
    if isinstance(value, int):
        return Cell(_n(value), value, Tone.PLAIN if value else Tone.MUTED)
    return Cell(value.label if isinstance(value, Labelled) else str(value))


def _n(value: int) -> str:
    return f"{value:,}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "—"
