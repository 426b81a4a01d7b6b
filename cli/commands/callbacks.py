"""`heshi callbacks draw|list|record|quota`: who is called this year, what they said, how far the year is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console

from cli.commands.changes import AsJson, print_json, stamp_of
from cli.signin import AsUser, operation
from kit.access import Verb
from kit.clock import today
from suitability.sampling.drawing import Excluded
from suitability.sampling.repository import CallOutcome
from suitability.sampling.service import SamplingService

app = typer.Typer(help="回访：抽样、登记、进度。", no_args_is_help=True)

Year = Annotated[int, typer.Argument(metavar="年份", help="回访年份")]


@app.command()
def draw(
    year: Year,
    seed: Annotated[str | None, typer.Option(help="种子；默认新取一个并入库，同一种子抽得同一名单")] = None,
    as_user: AsUser = None,
    as_json: AsJson = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看抽样范围，不抽")] = False,
) -> None:
    """抽取当年的回访样本：范围是上年末以前购买过产品或接受过服务的普通投资者。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.CALLBACK_RUN, today())
        desk = SamplingService(work.session)
        if dry_run:
            frame = desk.frame(year)
        else:
            sample = desk.draw(year, stamp_of(work), seed=seed)
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if dry_run:
        console.print(f"截至 {frame.basis}，抽样范围 {len(frame.members):,} 人；{excluded(frame.excluded)}")
        return
    if as_json:
        print_json({
            "id": sample.id, "year": year, "frame_size": sample.frame_size, "frame_digest": sample.frame_digest,
            "excluded": sample.excluded, "seed": sample.seed, "digest": sample.digest,
            "clients": list(sample.members),
        })  # fmt: skip
        return
    console.print(f"第 {sample.id} 号样本：范围 {sample.frame_size:,} 人，抽中 {sample.size:,} 人；种子 {sample.seed}")
    console.print(excluded(sample.excluded))
    console.print(f"范围摘要 {sample.frame_digest}\n样本摘要 {sample.digest}")


@app.command("list")
def list_samples(year: Year, as_user: AsUser = None) -> None:
    """列出当年样本中的客户与回访结果。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.CALLBACK_RUN, today())
        desk = SamplingService(work.session)
        samples = desk.samples(year)
        results = {(one.sample_id, one.client_no): one for one in desk.results(year)}
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for sample in samples:
        console.print(f"第 {sample.id} 号样本，{sample.drawn_by} 于 {sample.drawn_at:%Y-%m-%d} 抽取")
        for client in sample.members:
            found = results.get((sample.id, client))
            told = f"{found.called_on} {found.outcome.label} {found.problem}" if found else "待回访"
            console.print(f"  {client}  {told.rstrip()}")


@app.command()
def record(
    sample: Annotated[int, typer.Argument(metavar="样本号", help="样本号")],
    client: Annotated[str, typer.Argument(metavar="客户号", help="客户号")],
    outcome: Annotated[CallOutcome, typer.Argument(metavar="结果", help="REACHED、NO_ANSWER、DECLINED、WRONG_NUMBER")],
    problem: Annotated[str, typer.Option(help="客户反映的问题")] = "",
    note: Annotated[str, typer.Option(help="说明")] = "",
    channel: Annotated[str, typer.Option(help="PHONE、VISIT、APP、LETTER")] = "PHONE",
    evidence: Annotated[str, typer.Option(help="录音或回执的摘要")] = "",
    on: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="回访日期，默认今天")] = None,
    as_user: AsUser = None,
) -> None:
    """登记一次回访或未接通的尝试。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.CALLBACK_RUN, today())
        SamplingService(work.session).record(
            sample, client, outcome, stamp_of(work), called_on=on.date() if on else today(), channel=channel,
            problem=problem, note=note, evidence=evidence,
        )  # fmt: skip
    typer.echo(f"已登记 {client}：{outcome.label}")


@app.command()
def quota(year: Year, as_user: AsUser = None, as_json: AsJson = False) -> None:
    """当年的回访进度；不足则退出码 1。"""
    with operation(as_user) as work:
        work.actor.scope(Verb.CALLBACK_RUN, today())
        told = SamplingService(work.session).quota(year, last=date.max)
    if as_json:
        print_json({**{name: getattr(told, name) for name in told.__slots__}, "met": told.met})
    else:
        typer.echo(
            f"{year} 年应回访不少于 {told.needed:,} 人（范围 {told.frame_size:,} 人），已抽 {told.sampled:,}，"
            f"已回访 {told.done:,}，未联系上 {told.tried:,}，反映问题 {told.problems:,} 件"
        )
    if not told.met:
        raise typer.Exit(1)


def excluded(counts: Mapping[str, int]) -> str:
    return "除外：" + "，".join(f"{Excluded(name).label} {count:,}" for name, count in counts.items())
