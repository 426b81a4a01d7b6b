"""The rule book in words: rule sets with what they govern, a value that a person can read, and the days it held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from kit.rulebook import Rule, Rulebook, load_rulebook, per_rules
from market.products.types import ProductKind
from suitability.assessment.types import Consequence
from suitability.cases.types import Dimension, Severity
from suitability.category.types import TrialKind
from suitability.levels import AskedBy, Gate, IntendedTerm, Outcome

LIST: Final = "/suitability/rules"
FORMS: Final[Mapping[str, str]] = {
    "TELL": "告知", "WRITE": "书面", "CONFIRM": "客户确认", "WAIT": "冷静期", "RECORD": "录音录像", "CALL": "回访",
}  # fmt: skip
SHORTEST: Final = 70
ROOMS: Final[Mapping[str, str]] = {
    "suitability": "适当性", "mot": "关键时刻", "advisors": "投顾评级", "clients": "客户与人员", "market": "市场与产品",
    "diagnosis": "账户诊断", "reports": "报告", "kit": "平台", "jobs": "定时任务",
}  # fmt: skip
SETS: Final[Mapping[str, tuple[str, str]]] = {  # title, what it governs
    "suitability/matching": ("匹配规则", "什么客户不能买、须警示后才能买什么产品"),
    "suitability/matching_words": ("匹配用语", "每条匹配规则对客户、投资顾问、监管怎么说"),
    "suitability/duties": ("义务", "告知、书面警示、确认、冷静期、录音录像"),
    "suitability/cases": ("错配案件", "持续核对哪些规则，案件的轻重、期限、复核"),
    "suitability/floors": ("法定底线", "规则变更不得放宽的，各到哪里为止"),
    "suitability/assessment": ("评估规则", "测评的有效期、次数、矛盾与异常作答"),
    "suitability/bands": ("分数段", "得分对应的客户等级"),
    "suitability/category": ("投资者类别", "普通与专业投资者的条件与转化"),
    "suitability/access": ("准入条件", "科创板、创业板、北交所、融资融券、期权等权限的门槛"),
    "suitability/rating": ("产品评级规则", "十项因素的尺度、权重与底线"),
    "suitability/product_list": ("产品名录", "现行产品风险等级名录"),
    "suitability/profile": ("客户画像规则", "风险、收益、流动性与行为四个维度"),
    "suitability/retention": ("保存年限", "资料保存多久"),
    "suitability/callbacks": ("回访", "抽样比例、范围与时限"),
    "suitability/headings": ("导入文件的列名", "测评答卷等文件的列名与别名"),
    "suitability/subscriptions": ("服务订购", "五个工作日内解除、签约人员的登记、提前终止的退费"),
    "mot/contact": ("联系的限制", "什么时候不能、怎样才能联系客户"),
    "mot/derive": ("事件的推导", "从流水与持仓推出事件的参数"),
    "mot/events": ("事件", "关键时刻的事件种类"),
    "mot/event_words": ("事件用语", "每种事件怎么说"),
    "jobs/timetable": ("日程", "定时任务什么时候运行，错过时怎样补"),
    "mot/steps": ("场景的步骤", "关键时刻场景的七个步骤"),
    "mot/tasks": ("任务", "谁可以做、何时上报或过期、一次可提几只产品"),
    "mot/channels": ("发送渠道", "频率限制、是否认得重复、怎样算成功"),
    "mot/delivery": ("发送", "租约、批量、重试与时效"),
    "mot/effect": ("效果", "怎样比较、看哪些指标、何时下结论"),
    "mot/headings": ("导入文件的列名", "关键时刻事件文件的列名与别名"),
    "advisors/grading": ("服务人员考评", "板块与指标的权重、等级与准入、扣分与否决"),
    "advisors/periods": ("考评周期", "申诉期限与同组比较的最少人数"),
    "clients/household": ("家庭资产负债", "隐含资产与负债的折现、增长与死亡率"),
    "clients/staff": ("执业登记", "各类登记允许做什么"),
    "clients/complaints": ("投诉", "办理期限、复核、其间不营销"),
    "clients/grade_review": ("客户等级评定", "何时评定、哪些方案、回差与申诉"),
    "clients/records": ("资料质量", "每项检查扣几分"),
    "clients/service": ("服务等级", "哪个等级挣得哪一级服务、工时与容量"),
    "clients/headings": ("导入文件的列名", "客户、账户、成交等文件的列名与别名"),
    "clients/statement_types": ("交割单的业务种类", "各种业务名称如何入账"),
    "market/boards": ("板块", "申报数量与板块规则"),
    "market/codes": ("证券代码", "代码的写法与归属"),
    "market/fees": ("交易费用", "印花税、过户费、佣金"),
    "market/taxes": ("税", "股息红利个人所得税"),
    "market/venues": ("市场", "交易所与交易时段"),
    "market/services": ("服务产品", "为谁而设、可以怎样收费、价格信号与折扣"),
    "diagnosis/axes": ("同类与五项能力", "资产段与评分轴"),
    "diagnosis/behaviour": ("行为", "行为偏差的判定参数"),
    "diagnosis/findings": ("发现", "长处与短处何时成立"),
    "diagnosis/ledger": ("入账", "账务容差"),
    "diagnosis/measures": ("计量参数", "无风险利率等"),
    "diagnosis/metrics": ("指标", "每个指标的定义与口径"),
    "reports/agreement": ("投资共识", "共识的达成方式与期限"),
    "reports/inspection": ("自查报告", "半年自查的内容与格式"),
    "reports/notice": ("报告声明", "必须载明的提示"),
    "reports/wording": ("报告用语", "因市场而异的说法"),
    "kit/calendars": ("交易日历", "各市场的交易日"),
    "kit/identity": ("登录", "口令、会话与锁定"),
    "kit/notices": ("休市安排", "交易所的休市公告"),
}  # fmt: skip
_CODES: Final[Mapping[str, str]] = {
    one.value: one.label
    for codes in (AskedBy, Outcome, Gate, Dimension, Severity, IntendedTerm, ProductKind, Consequence, TrialKind)
    for one in codes
}  # fmt: skip
_KEYS: Final[Mapping[str, str]] = {
    "outcome": "结论", "duties": "义务", "dimension": "方面", "severity": "轻重", "acceptable": "可由客户确认了结",
    "share": "占比上限", "days": "天数", "months": "月数", "hours": "小时", "levels": "级数", "form": "形式",
    "items": "内容", "client": "对客户", "advisor": "对投资顾问", "regulator": "对监管", "clear": "没有命中时",
    "at_least": "不低于", "at_most": "不高于", "same": "须为", "is": "须为", "unlike": "不得为", "holds": "须含",
    "count": "项数不少于", "maps": "须对应", "conditions": "不得去掉、放宽的条件", "tests": "不得放宽的认定",
    "consequence": "后果", "required": "须办理", "categories": "类别", "answers": "回答", "facts": "登记的事实",
    "civil_capacity": "完全民事行为能力", "loss_accepted": "愿意承受损失", "bearable_loss": "可承受的损失",
    "other_lowest": "其他最低类别情形", "YES": "是", "NO": "否", "NO_LOSS": "不能承受任何损失",
    "new": "新发现", "backlog": "首次核对时已存在", "lockup_days": "锁定天数", "age": "年龄", "level": "等级",
}  # fmt: skip


def set_id(book: Rulebook) -> str:
    """suitability/matching for suitability/rules/matching.yaml"""
    package, _, file = book.name.partition("/rules/")
    return f"{package}/{file.removesuffix('.yaml')}"


def set_title(name: str) -> str:
    return SETS.get(name, (name, ""))[0]


@dataclass(frozen=True, slots=True)
class SetLine:
    """One rule set on a day."""

    id: str
    href: str
    room: str
    title: str
    governs: str
    rules: int
    waiting: int
    latest: str
    version: str
    changed: str  # since when an approved change stands in its place


def set_line(book: Rulebook, day: date, on: str, changed: Mapping[str, date]) -> SetLine:
    name = set_id(book)
    package = name.partition("/")[0]
    title, governs = SETS.get(name, (name, ""))
    days = [since for rule in book for since, _ in rule.values if since <= day]
    return SetLine(
        id=name, href=f"{LIST}?set={name}" + (f"&on={on}" if on else ""), room=ROOMS.get(package, package), title=title,
        governs=governs, rules=len(book.rules), waiting=sum(not rule.confirmed for rule in book),
        latest=str(max(days)) if days else "尚未生效", version=short_version(book.version),
        changed=str(changed[name]) if name in changed else "",
    )  # fmt: skip


def short_version(version: str) -> str:
    return version.removeprefix("sha256:")[:12]


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule on a day: what holds, since when, where it stands."""

    id: str
    href: str
    title: str
    value: str
    since: str
    source: str
    confirmed: bool
    set: str


def rule_line(book: Rulebook, rule: Rule, day: date, on: str) -> RuleLine:
    since, value = value_on(rule, day)
    return RuleLine(
        id=rule.id, href=rule_path(rule.id, on), title=rule.title, value=value, since=since, source=rule.source,
        confirmed=rule.confirmed, set=set_title(set_id(book)),
    )  # fmt: skip


def rule_path(rule_id: str, on: str = "") -> str:
    return f"{LIST}/{rule_id}" + (f"?on={on}" if on else "")


def value_on(rule: Rule, day: date) -> tuple[str, str]:
    """Since when, and the value in one line; in words before the first and after a repeal."""
    known = [(since, value) for since, value in rule.values if since <= day]
    if not known:
        return "", f"{rule.values[0][0]} 起才有取值"
    since, value = known[-1]
    return str(since), "已废止" if value is None else shortened(value)


def shortened(value: Any) -> str:
    text = _flat(_shares_as_percent(value))
    return text if len(text) <= SHORTEST else text[: SHORTEST - 1] + "…"


def _shares_as_percent(value: Any) -> Any:
    """The value with its shares of a client's assets as a reader says them: 0.3 is 30%."""
    if not isinstance(value, Mapping) or not isinstance(value.get("share"), Mapping):
        return value
    told = {key: f"{(Decimal(str(part)) * 100).normalize():f}%" for key, part in value["share"].items()}
    return {**value, "share": told}


def _flat(value: Any, between: str = "；") -> str:
    if isinstance(value, Mapping):
        return between.join(_named(key, part) for key, part in value.items())
    if isinstance(value, list):
        return "、".join(f"（{_flat(part, '，')}）" if isinstance(part, Mapping) else _flat(part) for part in value)
    return word(value)


def _named(key: Any, value: Any) -> str:
    if key == "outcome" and isinstance(value, Mapping):
        return _flat(value, "，")
    if isinstance(value, Mapping | list):
        return f"{key_word(key)}：{_flat(value, '，')}"
    told = FORMS.get(str(value)) if str(key).rpartition(".")[2] == "form" else None
    return f"{key_word(key)} {told or word(value)}"


def word(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "无" if value is None else _CODES.get(str(value)) or _titles().get(str(value)) or _said(str(value))


def _said(value: str) -> str:
    return _KEYS[value] if value in ("YES", "NO", "NO_LOSS") else value


@per_rules(4)
def _titles() -> Mapping[str, str]:
    """Titles of what other rules name by a code: duties, conditions of a gate."""
    duties = {rule.id.removeprefix("DUTY-"): rule.title for rule in load_rulebook("suitability", "duties")}
    gates = {rule.id: rule.title for rule in load_rulebook("suitability", "access")}
    return {**gates, **duties}


def key_word(key: Any) -> str:
    """A name of a value, or a path of names."""
    return " ".join(_KEYS.get(part, _CODES.get(part, part)) for part in str(key).split("."))


@dataclass(frozen=True, slots=True)
class Part:
    """A value for the page: a text, parts with names, or a table: its columns, and in each row a name and texts."""

    name: str
    text: str = ""
    parts: tuple[Part, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def parts_of(value: Any, name: str = "") -> Part:
    """A value as it is shown whole: alike things as a table."""
    value = _shares_as_percent(value)
    named = list(value.items()) if isinstance(value, Mapping) else _nameless(value)
    if len(named) > 1 and all(_alike(one, named[0][1]) for _, one in named):
        rows = tuple((key_word(key), *(_flat(part) for part in one.values())) for key, one in named)
        return Part(name, columns=tuple(key_word(key) for key in named[0][1]), rows=rows)
    if isinstance(value, Mapping):
        return Part(name, parts=tuple(parts_of(part, key_word(key)) for key, part in value.items()))
    if isinstance(value, list) and any(isinstance(part, Mapping | list) for part in value):
        return Part(name, parts=tuple(parts_of(part, str(place)) for place, part in enumerate(value, start=1)))
    return Part(name, _flat(value))


def leaves(value: Any, name: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every part of a value with the names that lead to it; nothing where there is no value."""
    value = _shares_as_percent(value)
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from leaves(part, (*name, key_word(key)))
    elif value is not None:
        yield name, _flat(value)


def _nameless(value: Any) -> list[tuple[str, Any]]:
    return [("", one) for one in value] if isinstance(value, list) else []


def _alike(one: Any, other: Any) -> bool:
    """Whether both are plain things with the same parts."""
    if not isinstance(one, Mapping) or not isinstance(other, Mapping) or list(one) != list(other):
        return False
    return len(one) > 1 and not any(isinstance(part, Mapping) for part in one.values())


@dataclass(frozen=True, slots=True)
class Held:
    """One value with the days on which it holds."""

    since: str
    until: str
    now: bool
    repealed: bool
    value: Part


def history(rule: Rule, day: date) -> list[Held]:
    """Every value, the latest first; `now` is the one in force on the day."""
    ends = [str(since) for since, _ in rule.values[1:]] + [""]
    in_force = [since for since, _ in rule.values if since <= day]
    current = in_force[-1] if in_force else None
    return [
        Held(str(since), end, since == current, value is None, parts_of(value))
        for (since, value), end in reversed(list(zip(rule.values, ends, strict=True)))
    ]  # fmt: skip


def matching(books: Sequence[Rulebook], chosen: str, search: str, waiting: bool) -> Iterator[tuple[Rulebook, Rule]]:
    """Rules of the set (all where none is chosen) whose id, title or source has the text."""
    wanted = search.casefold()
    for book in books:
        if chosen and set_id(book) != chosen:
            continue
        for rule in book:
            told = f"{rule.id} {rule.title} {rule.source}".casefold()
            if wanted in told and not (waiting and rule.confirmed):
                yield book, rule
