"""docs/mot-events.md and docs/mot-scenarios.md, made from the rule data: what is written is what runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from kit.rulebook import Rule, load_rulebook
from mot.derive.registry import DERIVED
from mot.events.kinds import event_kinds
from mot.events.types import EventKind, Family
from mot.features import FEATURES, Feature, Holds
from mot.matching.gate import contact_book, gate_ids
from mot.scenario.loading import shipped, step_names
from mot.scenario.predicate import words
from mot.scenario.types import Purpose, Scenario

AS_OF: Final = date(2026, 11, 27)
"""The day whose rules are written down; a later value shows when this day is moved."""
KEYS: Final = {
    "days": "天数", "limit": "上限", "start": "起", "end": "止", "yuan": "金额（元）", "share": "比例", "loss": "亏损",
    "move": "涨跌幅", "exposure": "占比", "ages": "周岁", "quiet": "不重复（交易日）", "weeks": "周数",
    "min_weeks": "至少周数", "min_active": "至少有交易的周数", "bands": "分组界限（周笔数）",
    "band_clients": "每组至少客户数", "min_change": "至少倍数",
}  # fmt: skip

EVENTS_HEAD: Final = """# 关键时刻：事件

由 `python -m cli.documents` 生成，请勿手改。规则数据是 `mot/rules/` 的 `events.yaml`、`event_words.yaml`、
`derive.yaml`，代码在 `mot/events/` 与 `mot/derive/`。

- **大类互不混用**：一种事件只属于一个大类；告知时写了别的大类，拒绝；场景不得使用别的大类的事件。
- **告知**（客户、投顾、接口、文件）与**推算**（账本、分级、适当性、日历、行情）分开记来源和把握程度。
  把握不足 100% 的为暂定，提示里写“待核实”，先向客户核实再说。
- **没有来源的不编造**：登录异常、政策、公司公告只由接口或文件告知。
- **同一事件只有一个身份**：客户、种类、日期、业务编号。说两次、由两处说，都是同一件。
- 拒绝都有名字：没有这种事件、大类不对、日期在将来、已过期、来源不许、要素不对。
- **时限**：事件后多少个自然日内还可以生成任务；**失效**：多少个自然日后不再提起。优先级 1 最急。
"""

PATTERN: Final = """## 买卖交易异常变化怎样判断

代码在 `mot/derive/pattern.py`。每位客户只与**自己的历史**比：以周为单位，看成交笔数与成交金额。

1. 笔数取 2·√(n+3/8)，金额取 log(1+金额/自己活跃周的中位数)；各减去自己全部周（含本周）的中位数，除以 MAD×1.4826
   （笔数不小于 1，金额不小于 0.5）。同一活跃程度的客户那一周都有的变化不算某个人的变化：
   原距离与扣除同组变化后的距离取小者。笔数、金额两个距离取大者，作为这一周的得分。
2. 如果没有变化，一位客户的各周可以互换次序，本周得分只是同组全部周得分中的一个：
   p =（1 + 同组以往得分不小于它的个数）/（1 + 个数）。
3. 全部客户的 p 一起用 Benjamini-Hochberg 法，q 见下表；并要求变化达到一定倍数。
4. 历史不足或交易太少的客户不判断，并说明是哪一种；结果是暂定的事件。

**误报率**：把每位客户的周各自打乱（必然没有变化），重复判断，看多少周会有任何一条提示。
由 `heshi mot false-alarms 2024-12-27 --rounds 200` 测得，同一种子同一结果；检出率由 `detections(...)` 测得。

| 账簿 | 客户 | 可判断 | 轮数 | 一周内有任何误报 | 每位客户每周误报 |
| --- | ---: | ---: | ---: | ---: | ---: |
| 演示账簿（2024-12-27 止的 53 周） | 293 | 253 | 200 | 10.5% | 0.05% |
| 模拟：笔数过度离散、金额重尾 | 2,000 | 1,989 | 30 | 13.3% | 0.01% |

这是按 q=0.1 应有的水平：没有人变化时，约十周里有一周会出现误报；有人变化时，提示中误报的期望占比约不超过一成。
演示账簿截至 2024-12-27 的 52 周里共提示 20 条，落在 8 周。

**检出率**：演示账簿里一成客户的本周放大 20 倍，检出 38% 到 100%（三次抽样）；放大 10 倍，11% 到 67%；
放大 3 倍，检不出。它找的是明显的变化，不是轻微的。

来源：Anscombe（1948）方差稳定变换；Benjamini 与 Hochberg（1995）；Vovk 等（2005）、
Bates 等（2023）的一致性 p 值（均凭记忆）。
"""

SCENARIOS_HEAD: Final = """# 关键时刻：场景

由 `python -m cli.documents` 生成，请勿手改。一个场景一个文件，在 `mot/rules/scenarios/`，
代码在 `mot/scenario/` 与 `mot/matching/`。

七个步骤：{steps}。名称是数据（`mot/rules/steps.yaml`），其中三个由行业培训题《客户分级分类管理》确定，其余为拟定。

## 文件怎样读

- 七个步骤缺一不可，次序固定。所有错误连同行号一次列出；条件里的特征、话术里的变量、事件、诊断发现项都必须是已有的。
- 条件只有比较（`is is_not in not_in above at_least below at_most`）与 `all any not`，不执行任何代码。答案有三种：是、
  否、不知道；
  只有“是”才触发，“不知道”的否定仍是不知道。
- 版本是内容的哈希；改一个字就是另一个版本，注释与空格不算。
- 有必须履行的联系（交易所警示、投诉、担保比例、产品评级变化）的事件：场景须为监管义务与必做，不附条件、
  不设间隔与对照组，期限、证据、
  抄送都不得低于该事件的要求，反馈里不得有“客户不需要”。
- 提供产品或收费服务的场景，目的须为营销，且任务须有当日结论为“可以”的适当性决定（MOT-G15）。
- 话术不得含禁用词语（MOT-WORDS），中间插空格也算。

## 怎样匹配

依次判断，每一步只看前一步放行的：时间 → 条件 → 间隔 → 同一事件更要紧的场景 → 对照组 → 联系的闸门 → 同一客户同日合并。
因此对照组的客户不会被转给下一个场景；闸门挡下的不占位置。每一对事件与场景都有一个结果和原因。

更要紧的场景被闸门挡下时：时限内还会开闸的（次数、非交易日、静默期），它保留次序，其余让位并写明让给谁、等到何时；
时限内不会开闸的（没有合适的产品、没有营销同意、静默期长过时限），轮到同一事件的下一个场景，按它自己的对照组与闸门判断。

- **一个事件一个任务**：必做在先，其次优先级，其次编号。
- **合并**：一位客户一天的选做任务并为一个，由最要紧的领头；每个必做场景各自成一个任务。每个事件都留有永久键（客户、
  场景、版本、事件）。
- **对照组**：按密钥散列，同一客户在同一场景的各个版本里位置不变；监管义务与必做不设对照组。全局对照组占 {holdout:.0%}。
- **期限**：按交易日；必须履行的联系从事件日算起，其余从任务日算起。
"""


def events_document() -> str:
    """docs/mot-events.md"""
    kinds = list(event_kinds(AS_OF).values())
    parts = [EVENTS_HEAD, f"## 事件一览\n\n共 {len(kinds)} 种。\n"]
    for family in Family:
        own = [kind for kind in kinds if kind.family is family]
        parts.append(f"### {family.label} `{family.value}`\n\n" + table(
            ("事件", "代码", "得知", "来源", "时限/失效（天）", "把握", "优先", "必做", "必须履行", "提示", "依据",
             "已核对"),
            [_event_row(kind) for kind in own],
        ))  # fmt: skip
    parts += [_notices(kinds), _derivations(), PATTERN, _limits()]
    return "\n".join(parts)


def _event_row(kind: EventKind) -> tuple[str, ...]:
    duty = ""
    if kind.duty is not None:
        within = "当日" if kind.duty.within == 0 else f"{kind.duty.within} 个交易日内"
        duty = "、".join([within, *(["留证据"] * kind.duty.evidence), *(["抄送合规"] * kind.duty.compliance_copy)])
    return (
        kind.name, f"`{kind.id}`", "、".join(how.label for how in kind.hows),
        "、".join(one.label for one in kind.sources),
        f"{kind.window_days}/{kind.expires_days}", f"{kind.confidence}%", str(kind.priority),
        "是" if kind.mandatory else "", duty, f"`{kind.template}`", kind.basis, "是" if kind.confirmed else "否",
    )  # fmt: skip


def _notices(kinds: list[EventKind]) -> str:
    book = load_rulebook("mot", "event_words")
    used = sorted({kind.template for kind in kinds})
    rows = [(f"`{one}`", f"`{book.on(f'NOTICE-{one}', AS_OF)}`") for one in used]
    return "## 一句话提示\n\n给服务人员看；要素不全时只说客户与事件名称。\n\n" + table(("提示", "文字"), rows)


def _limits() -> str:
    rows = [_rule_row(rule) for rule in load_rulebook("mot", "derive")]
    text = "全部为本公司规则，没有官方数字。以上、达到含本数。"
    return f"## 推算的界限\n\n{text}\n\n{table(('规则', '内容', '取值', '来源'), rows)}"


def _derivations() -> str:
    names = {kind.id: kind.name for kind in event_kinds(AS_OF).values()}
    rows = [
        (names[kind], f"`{one.name}`", one.reads, str(one.before) if one.before else "")
        for kind, one in DERIVED.items()
    ]
    text = "这里没有的事件只由人或接口、文件告知。一段日子的结果等于其中每一天各自的结果之和。"
    return f"## 推算什么、看什么\n\n{text}\n\n{table(('事件', '函数', '读取', '此前须有的交易日'), rows)}"


def _rule_row(rule: Rule) -> tuple[str, ...]:
    return f"`{rule.id}`", rule.title, shown(rule.on(AS_OF)), rule.source


def shown(value: Any) -> str:
    """A rule's value in a cell."""
    if isinstance(value, dict):
        return "，".join(f"{_named(key)} {shown(one)}" for key, one in value.items())
    return "、".join(map(shown, value)) if isinstance(value, list) else str(value)


def _named(key: str) -> str:
    """What a key of a rule's value means."""
    kinds = event_kinds(AS_OF)
    return kinds[key].name if key in kinds else KEYS.get(key, key)


def scenarios_document() -> str:
    """docs/mot-scenarios.md"""
    found = shipped(AS_OF)
    share = contact_book().on("MOT-HOLDOUT", AS_OF)["share"]
    parts = [SCENARIOS_HEAD.format(steps=" → ".join(step_names(AS_OF).values()), holdout=share), _gates()]
    parts.append(f"## 场景一览\n\n共 {len(found)} 个。\n")
    for family in Family:
        own = [_scenario_row(one) for one in found if one.family is family]
        heads = (
            "场景", "编号", "事件", "条件", "目的", "必做", "期限", "优先", "间隔", "指标与时限", "对照组", "复核日"
        )  # fmt: skip
        parts.append(f"### {family.label}\n\n" + table(heads, own))
    parts.append(_features())
    return "\n".join(parts)


def _scenario_row(one: Scenario) -> tuple[str, ...]:
    names = {kind.id: kind.name for kind in event_kinds(AS_OF).values()}
    due, review = one.assignment.due_trading_days, one.review
    return (
        one.name, f"`{one.id}`", "、".join(names[kind] for kind in one.moment.events), words(one.moment.condition),
        one.purpose.label, "是" if one.assignment.mandatory else "", "当日" if due == 0 else f"{due} 个交易日",
        str(one.assignment.priority), f"{one.moment.cooldown_days} 天" if one.moment.cooldown_days else "无",
        f"{review.metric.label}，{review.window_days} 天", f"{review.holdout:.0%}" if review.holdout else "无",
        review.review_on.isoformat(),
    )  # fmt: skip


def _gates() -> str:
    book, rows = contact_book(), []
    for rule_id in gate_ids(book):
        rule = book[rule_id]
        value = dict(rule.on(AS_OF))
        concerned = "、".join(Purpose(one).label for one in value.pop("purposes"))
        exempt = "不受限" if value.pop("exempt") else "同样适用"
        concerned += "（仅选做）" * value.pop("optional_only", False)
        rows.append((f"`{rule_id}`", rule.title, shown(value), concerned, exempt, rule.source,
                     "是" if rule.confirmed else "否"))  # fmt: skip
    heads = ("规则", "内容", "数值", "适用于", "监管义务", "来源", "已核对")
    text = "全部规则都判断，任何一条挡下即不联系；生成任务时看一次，发送前再看一次。同意须已知，其他只在已知时起作用。"
    return f"## 联系的闸门\n\n{text}\n\n{table(heads, rows)}"


def _features() -> str:
    rows = [(f"`{one.name}`", one.label, _holds(one), one.owner) for one in FEATURES.values()]
    text = "条件与话术能用的事实；没有人填的，对所有客户都是不知道。"
    return f"## 客户特征\n\n{text}\n\n{table(('特征', '含义', '取值', '由谁填'), rows)}"


def _holds(feature: Feature) -> str:
    if feature.holds is Holds.CODE:
        return "、".join(feature.codes)
    return f"{feature.holds.label}{f'（{feature.unit}）' if feature.unit else ''}"


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "／") for cell in line) + " |" for line in lines) + "\n"
