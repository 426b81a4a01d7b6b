"""The values that cross the diagnosis: positions → history → metrics, habits, findings → one `Diagnosis`.

Array-first: A accounts, K slots (one slot is one security in one account), T points of the grid. One account is a
batch of one. A float is never NaN in a result: a measure that cannot be given is a `Metric` with `withheld`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from clients.types import AccountFacts
from kit.labels import Labelled
from market.types import BenchmarkSeries, BoolArray, FloatArray, Grid, IntArray

UNKNOWN_COST = float("nan")


class IssueKind(Labelled):
    """数据质量问题"""

    OPENING_UNKNOWN = "OPENING_UNKNOWN", "期初持仓未知"
    OVERSOLD = "OVERSOLD", "卖出多于持有"
    PRICE_BREAK = "PRICE_BREAK", "价格断点"
    PRICE_MISSING = "PRICE_MISSING", "缺少行情"
    SUSPENDED = "SUSPENDED", "停牌估值"
    UNEXPLAINED_FLOW = "UNEXPLAINED_FLOW", "无法解释的资金变动"
    INFERRED_FLOW = "INFERRED_FLOW", "推定的银证转账"
    NO_CASH_STATEMENT = "NO_CASH_STATEMENT", "没有资金流水"
    CASH_NOT_CLOSED = "CASH_NOT_CLOSED", "资金流水不闭合"
    HOLDING_DIFFERENCE = "HOLDING_DIFFERENCE", "持仓核对差异"
    FEE_DIFFERENCE = "FEE_DIFFERENCE", "费用与规则不符"
    FEE_ESTIMATED = "FEE_ESTIMATED", "费用按规则估算"
    TPLUS1_BREACH = "TPLUS1_BREACH", "不符合T+1"
    LOT_BREACH = "LOT_BREACH", "不符合申报单位"
    ACTION_DERIVED = "ACTION_DERIVED", "按公告推算的权益"
    ACTION_DIFFERENCE = "ACTION_DIFFERENCE", "权益与公告不符"
    DIVIDEND_TAX_DERIVED = "DIVIDEND_TAX_DERIVED", "按持有期推算的红利税"
    PRICE_OUT_OF_RANGE = "PRICE_OUT_OF_RANGE", "成交价超出当日范围"
    ZERO_QUANTITY = "ZERO_QUANTITY", "数量为零的记录"
    NON_TRADING_DAY = "NON_TRADING_DAY", "非交易日记录"
    DELISTED = "DELISTED", "已退市"
    NO_BENCHMARK = "NO_BENCHMARK", "没有可用基准"
    OTHER_CURRENCY = "OTHER_CURRENCY", "其他币种"
    NOT_COUNTED = "NOT_COUNTED", "未计入的记录"


@dataclass(frozen=True, slots=True)
class DataIssue:
    """One thing that the data could not say, or said twice. `text` is for the reader; `count` rows are concerned."""

    kind: IssueKind
    text: str
    count: int = 1
    security: str | None = None
    day: date | None = None
    amount: float | None = None  # yuan at stake, where known


@dataclass(frozen=True)
class Lots:
    """Closed (sale matched to purchase) or open FIFO lots, in columns. Money in millionths, exact.

    A lot whose purchase is not on file has open_day = UNKNOWN and cost = UNKNOWN.
    """

    slot: IntArray  # (L,)
    open_day: IntArray  # date ordinal
    open_at: IntArray  # epoch seconds, UNKNOWN
    close_day: IntArray  # date ordinal, UNKNOWN for an open lot
    close_at: IntArray
    quantity: IntArray
    cost: IntArray  # purchase money with its fees
    proceeds: IntArray  # sale money after its fees; UNKNOWN for an open lot
    buy_trade: IntArray  # row id, -1 when not a trade on file
    sell_trade: IntArray


@dataclass(frozen=True)
class History:
    """What A accounts held and were worth at T points: the one thing all measures read.

    Slots of account a are slot_offsets[a]:slot_offsets[a+1]. All money in the account's currency, float64.
    Invariant per slot: pnl[k,t] = quantity[k,t]*price - quantity[k,t-1]*price_prev - bought + sold + income - fees.
    Flow convention (DAY): money in at the start of the point, money out at its end, so
    returns = (value + outflow) / (value_prev + inflow) - 1. MARK: flows at the end of the point,
    returns = (value - inflow + outflow) / value_prev - 1; each trade is its own flow.
    """

    accounts: tuple[AccountFacts, ...]
    grid: Grid
    has_cash: BoolArray  # (A,) False: trades alone, value is of securities only and each trade is a flow
    first: IntArray  # (A,) first point with a value or flow
    last: IntArray  # (A,) last point
    slot_offsets: IntArray  # (A+1,)
    slot_security: IntArray  # (K,) index into grid.securities
    quantity: FloatArray  # (K, T) shares at the end of the point
    price: FloatArray  # (K, T) valuation price (last known; NaN only where never known)
    stale: BoolArray  # (K, T) True where the price is carried forward while held
    average_cost: FloatArray  # (K, T) cost per share by moving average with commissions; NaN unknown or none held
    bought: FloatArray  # (K, T) money of purchases before fees, >= 0
    sold: FloatArray  # (K, T) money of sales before fees, >= 0
    fees: FloatArray  # (K, T) commission + duty + transfer + other
    income: FloatArray  # (K, T) dividends less dividend tax
    moved_in: FloatArray  # (K, T) value of shares transferred in (or opening positions), >= 0
    moved_out: FloatArray  # (K, T) value of shares transferred out
    cash: FloatArray  # (A, T) 0 where has_cash is False
    other_income: FloatArray  # (A, T) interest and fees that belong to no security
    inflow: FloatArray  # (A, T) external money and securities in
    outflow: FloatArray  # (A, T)
    value: FloatArray  # (A, T)
    returns: FloatArray  # (A, T) NaN before `first` + where nothing was at stake; 0 when flat in between
    closed: Lots
    open: Lots
    issues: tuple[tuple[DataIssue, ...], ...]  # per account


class Unit(Labelled):
    """单位"""

    RATIO = "ratio", "比例"  # 0.0287 is 2.87 %
    YUAN = "money", "元"
    DAYS = "days", "天"
    COUNT = "count", "次"
    TIMES = "times", "倍"
    NUMBER = "number", "数值"


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure: a value with unit and convention, or the reason (Chinese, for the reader) why it is withheld."""

    value: float | None
    unit: str
    convention: str  # one line; the full definition stands in docs/metrics.md under the id
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class Drawdown:
    """One fall from a peak: depth is a ratio below 0; recovered_on is None while under water."""

    peak_on: date
    trough_on: date
    recovered_on: date | None
    depth: float
    days_to_trough: int
    days_to_recover: int | None


@dataclass(frozen=True, slots=True)
class HoldingLine:
    """One holding at the end of the period."""

    code: str
    name: str
    kind: str
    industry: str | None
    quantity: float
    price: float | None
    value: float | None
    weight: float | None
    average_cost: float | None
    unrealised: float | None
    held_days: int | None
    days_to_sell: float | None  # at a fifth of the mean daily volume of 20 days
    stale: bool


@dataclass(frozen=True, slots=True)
class SecurityLine:
    """What one security brought over the period: realised, unrealised and income together."""

    code: str
    name: str
    industry: str | None
    profit: float
    contribution: float | None  # to the return, ratio
    trades: int
    fees: float


@dataclass(frozen=True, slots=True)
class IndustryPart:
    """One industry's line of the Brinson-Fachler attribution, linked over the period."""

    industry: str
    weight: float
    benchmark_weight: float
    portfolio_return: float | None
    benchmark_return: float | None
    allocation: float
    selection: float
    interaction: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """Parts of the excess return; allocation + selection + interaction + cash + trading + costs = excess, exactly."""

    portfolio_return: float
    benchmark_return: float
    excess: float
    allocation: float
    selection: float
    interaction: float
    cash: float  # holding cash instead of the benchmark
    trading: float  # buying and selling inside the day against the close
    costs: float  # commission, duty, fees
    other: float  # interest and what belongs to no security
    linking: str
    industries: tuple[IndustryPart, ...]
    withheld: str | None = None
    selection_t: float | None = None  # t value of the mean of the periods' selection + interaction
    months: tuple[dict[str, float | str], ...] = ()  # month (YYYY-MM) or year (YYYY), excess, allocation, ...


@dataclass(frozen=True, slots=True)
class TimingFit:
    """择时回归 TM or HM: r_p - r_f = a + b (r_m - r_f) + gamma * f(r_m - r_f)."""

    model: str  # "TM", "HM"
    alpha: float | None
    beta: float | None
    gamma: float | None
    gamma_t: float | None
    n: int
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """一笔平仓: one sale against its FIFO purchases, as evidence."""

    code: str
    name: str
    opened_on: date | None
    closed_on: date
    quantity: float
    cost: float
    proceeds: float
    profit: float
    profit_ratio: float | None
    held_days: int | None
    trade_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TradeQuality:
    """交易质量"""

    buys: int
    sells: int
    best: tuple[RoundTrip, ...]
    worst: tuple[RoundTrip, ...]
    holding_histogram: tuple[tuple[str, int, int], ...]  # (label, winners, losers)
    months: tuple[tuple[str, int, float], ...]  # (YYYY-MM, trades, money traded)
    commission: float
    stamp_duty: float
    transfer_fee: float
    other_fee: float
    dividend_tax: float
    minimum_commission_trades: int  # orders at which the 5 yuan minimum was charged
    minimum_commission_excess: float  # yuan paid above what the rate alone would have cost
    gross_profit: float  # profit before fees


class HabitId(Labelled):
    """行为习惯"""

    DISPOSITION = "DISPOSITION", "处置效应"
    CHASING = "CHASING", "追涨"
    OVERTRADING = "OVERTRADING", "过度交易"
    CONCENTRATION = "CONCENTRATION", "持仓集中"
    INDUSTRY_CONCENTRATION = "INDUSTRY_CONCENTRATION", "行业集中"
    LOTTERY = "LOTTERY", "彩票型股票偏好"
    AVERAGING_DOWN = "AVERAGING_DOWN", "亏损补仓"
    SMALL_ORDERS = "SMALL_ORDERS", "小单吃最低佣金"
    PANIC_SELLING = "PANIC_SELLING", "杀跌"
    TIME_OF_DAY = "TIME_OF_DAY", "下单时段集中"
    LEVERAGE = "LEVERAGE", "杠杆产品占比高"
    PATIENCE = "PATIENCE", "耐心持有"
    DIVERSIFIED = "DIVERSIFIED", "分散持有"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One trade or fact that shows the habit."""

    day: date
    code: str
    name: str
    text: str  # Chinese, one line
    trade_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """What the habit cost, against a stated alternative: point and interval in yuan (above 0 is money lost)."""

    yuan: float
    low: float
    high: float
    level: float  # of the interval, 0.9
    text: str  # the alternative, in one Chinese sentence
    n: int


@dataclass(frozen=True, slots=True)
class Habit:
    """One habit: seen (True), looked for and not seen (False), or withheld with the reason."""

    id: HabitId
    seen: bool | None
    statistic: float | None
    unit: str
    se: float | None
    t: float | None
    n: int
    text: str  # what was seen, in a client's words
    figures: dict[str, float]  # e.g. {"pgr": .., "plr": .., "rg": .., ...}
    evidence: tuple[Evidence, ...] = ()
    cost: Counterfactual | None = None
    withheld: str | None = None


class Side(Labelled):
    """长处或短处"""

    STRENGTH = "STRENGTH", "做得好的"
    SHORTCOMING = "SHORTCOMING", "值得改的"


@dataclass(frozen=True, slots=True)
class Finding:
    """发现: one sentence with its evidence, ranked; a shortcoming comes with the next action and a target."""

    id: str  # stable, e.g. "OVERTRADING", "GOOD_SELECTION"
    side: Side
    title: str
    tag: str  # the figure that carries it
    text: str
    weight: float  # for ranking within its side; yuan at stake over assets where known
    section: int  # of the report (1 to 12) that shows the ground
    cost_yuan: float | None = None
    action: str | None = None  # what to do next, in words
    target_metric: str | None = None  # id in metrics or habit statistic
    target_value: float | None = None
    target_text: str | None = None  # "三个月内月均交易不超过 12 笔"


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of the radar 收益 风控 选股 择时 交易纪律: score 0-100 or the reason why there is none."""

    id: str  # RETURN RISK SELECTION TIMING DISCIPLINE
    label: str
    score: int | None
    basis: str  # what it is computed from, and against whom
    withheld: str | None = None


@dataclass(frozen=True)
class Series:
    """Curves of one account, all of length n. Days as ISO text (DAY) or moments (MARK)."""

    points: tuple[str, ...]
    index: tuple[float, ...]  # unit value, 1 at the start
    benchmark: tuple[float, ...]  # empty without benchmark
    value: tuple[float, ...]
    invested: tuple[float, ...]  # cumulative net money in
    drawdown: tuple[float, ...]
    position: tuple[float, ...]  # securities over value; empty without cash statement
    months: tuple[tuple[str, float], ...]  # (YYYY-MM, return)
    benchmark_months: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Peers:
    """同资产段: percentiles (0-100) of this account among n accounts of one asset band over the same period."""

    band: str
    n: int
    percentile: dict[str, float]
    withheld: str | None = None


@dataclass(frozen=True)
class Diagnosis:
    """Everything about one account (or all accounts of a client) over a period, ready to be told."""

    account_no: str
    client_no: str
    client_name: str
    accounts: tuple[str, ...]
    currency: str
    venue_note: str  # "上海、深圳证券交易所，人民币" or "意大利证券交易所，欧元"
    first: date
    last: date
    points: int
    granularity: str  # DAY, MARK
    has_cash: bool
    benchmark: BenchmarkSeries | None
    metrics: dict[str, Metric]
    series: Series
    drawdowns: tuple[Drawdown, ...]
    holdings: tuple[HoldingLine, ...]
    securities: tuple[SecurityLine, ...]
    attribution: Attribution
    timing: tuple[TimingFit, ...]
    trades: TradeQuality
    habits: dict[str, Habit]
    findings: tuple[Finding, ...]
    axes: tuple[Axis, ...]
    peers: Peers
    issues: tuple[DataIssue, ...]
    industry_weights: tuple[tuple[str, float], ...]  # at the end, of securities
    cash_share: float | None
    opening_value: Decimal
    closing_value: Decimal
    versions: dict[str, str]  # rule sets by name
    notes: tuple[str, ...] = field(default=())
