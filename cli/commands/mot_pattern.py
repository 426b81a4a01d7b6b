"""`heshi mot false-alarms`: how often the change of trading habits would be told where nobody has changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import numpy as np
import typer

from cli.commands.suitability import print_json
from cli.signin import AsUser, operation
from kit.access import Verb
from kit.clock import today
from mot.assembly.derived import weeks_on
from mot.assembly.span import SpanReader
from mot.derive.pattern import false_alarms, judge
from mot.derive.span import limits, one_day


def alarms(
    last: Annotated[datetime, typer.Argument(metavar="日期", formats=["%Y-%m-%d"], help="最近一周的末日")],
    rounds: Annotated[int, typer.Option(min=1, max=10_000, help="打乱多少轮")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="随机种子；同一种子同一结果")] = 1,
    as_user: AsUser = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """在这本账簿上测“买卖交易异常变化”的误报率：把每位客户的各周打乱（必然没有变化），看有多少轮仍会提示。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.EVENT_READ, today())
        weeks = weeks_on(SpanReader(work.session, one_day(last.date())).read(), last.date())
        rule = limits("PATTERN", last.date())
        judged = int((~np.isnan(judge(weeks, rule).p)).sum())
        found = false_alarms(weeks, rule, rounds, seed)
    if as_json:
        print_json({
            "last": last.date().isoformat(), "clients": len(weeks), "judged": judged, "rounds": found.rounds,
            "any_alarm": found.any_alarm, "per_client": found.per_client,
        })  # fmt: skip
        return
    typer.echo(
        f"{last.date()} 止：{len(weeks)} 位客户，可判断 {judged} 位，{found.rounds} 轮；"
        f"一周内有任何误报 {found.any_alarm:.1%}，每位客户每周误报 {found.per_client:.2%}"
    )
