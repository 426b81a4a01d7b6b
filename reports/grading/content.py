"""From grades on two days to the report: what a reader would repeat first, then scheme by scheme. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from clients.grading.book import NOT_GRADED, Basis, BookGrades
from clients.grading.migration import Migration, migration
from clients.grading.review.types import Review, ReviewScheme, ReviewState, Summary
from clients.grading.schemes import NO_GRADE, Scheme
from diagnosis.wording import DASH, percent, yuan
from reports.grading.concentration import Concentration, concentration
from reports.grading.model import GradingReport
from reports.model import Cell, Chart, Column, Figure, Item, Items, Paragraph, Section, Table, Tone

MAIN: Final = ("ABCD", "TIER", "VIP")
"""Schemes that the first sections show as pictures, where they are there."""
RIGHT: Final = "right"
WIDEST, LARGEST_MOVES = 7, 10


def grading_report(
    after: BookGrades, before: BookGrades | None, schemes: Sequence[Scheme], firm: str,
    review: tuple[Review, Summary] | None = None,
) -> GradingReport:  # fmt: skip
    """The whole report, sealed. schemes: as in force on the day, for what a number rests on; before: an earlier day."""
    known = {one.code: one for one in schemes}
    spread = concentration(after.assets)
    moves = [] if before is None else [
        migration(before, after, one.code, ordered=one.code in known and known[one.code].ordered)
        for one in after.schemes if before.scheme(one.code) is not None
    ]  # fmt: skip
    blocks = [
        _structure(after), _spread(spread), *([_moves(moves, before)] if before is not None else []),
        _schemes(after, known), *([_review(*review)] if review else []),
    ]
    sections = tuple(Section(at, id_, title, lead, found) for at, (id_, title, lead, found) in enumerate(blocks, 1))
    verdict, accent = _verdict(after, spread)
    return GradingReport(
        day=after.day, since=None if before is None else before.day, firm=firm, verdict=verdict, accent=accent,
        why=_why(after, moves), figures=_figures(after, spread, moves), sections=sections,
        limits=tuple(_limits(after, spread, known)), numbers=_numbers(after, spread, moves),
        versions={one.code: one.version for one in after.schemes},
    ).sealed()  # fmt: skip


# what is said first


def _verdict(book: BookGrades, spread: Concentration) -> tuple[str, str]:
    """One sentence with the two figures that carry it."""
    if not len(book):
        return "还没有登记过分级。", ""
    if spread.gini is None:
        return f"{len(book):,} 位客户已评级，资产尚不可知。", f"{len(book):,} 位"
    part, count, share = spread.tops[2]
    accent = percent(share, 1)
    return f"{len(book):,} 位客户，前 {part:.0%}（{count:,} 位）持有全部资产的 {accent}。", accent


def _why(book: BookGrades, moves: Sequence[Migration]) -> str:
    told = []
    main = book.scheme(MAIN[0])
    if main is not None:
        counts = _counts(book, main)
        each = "、".join(f"{label} {count:,} 位" for (_, label), count in zip(main.classes, counts, strict=False))
        told.append(f"{_short(main)}：{each}（{book.basis[main.code].label}）")
    moved = next((one for one in moves if one.scheme == MAIN[0]), None)
    if moved is not None:
        told.append(f"期间升级 {moved.better:,} 位，降级 {moved.worse:,} 位")
    return "；".join(told) + "。" if told else ""


def _figures(book: BookGrades, spread: Concentration, moves: Sequence[Migration]) -> tuple[Figure, ...]:
    main = book.scheme(MAIN[0])
    top = _counts(book, main)[0] if main else 0
    moved = next((one for one in moves if one.scheme == MAIN[0]), None)
    assets = Figure("客户资产", yuan(spread.total), spread.total, note=f"已知 {spread.clients:,} 位")
    if spread.gini is None:
        assets = Figure("客户资产", "尚不可知", note="没有资产完整的客户")
    gini = Figure("资产基尼系数", DASH, note="没有资产可算")
    if spread.gini is not None:
        gini = Figure("资产基尼系数", f"{spread.gini:.2f}", spread.gini, note="0 为均等，1 为集中于一人", section=2)
    label = main.classes[0][1] if main else DASH
    change = Figure("等级变动", DASH, note="没有更早的登记可比")
    if moved is not None:
        change = Figure(
            "等级变动", f"{moved.better + moved.worse:,}", moved.better + moved.worse,
            note=f"升 {moved.better:,}，降 {moved.worse:,}", section=3,
        )  # fmt: skip
    return (
        Figure("客户", f"{len(book):,}", len(book), note=f"{len(book.schemes)} 个方案"), assets,
        Figure(f"{label}客户", f"{top:,}", top, note=f"占 {_share(top, len(book))}", section=1), change, gini,
    )  # fmt: skip


# sections


def _structure(book: BookGrades) -> tuple[str, str, str, tuple[Any, ...]]:
    shown = [one for code in MAIN if (one := book.scheme(code)) is not None]
    blocks: list[Any] = []
    for scheme in shown:
        blocks += [_pairs(book, scheme), _table(book, scheme, title=f"{_short(scheme)}：客户与资产")]
    lead = "各级有多少客户、持有多少资产：人少而资产多的一级，服务资源应当先保证。"
    return "structure", "等级与资产", lead, tuple(blocks)


def _spread(spread: Concentration) -> tuple[str, str, str, tuple[Any, ...]]:
    if spread.gini is None:
        return "spread", "集中度", "没有资产完整的客户，暂不计算。", ()
    rows = [
        (Cell(f"前 {part:.0%}"), _n(count), Cell(percent(share, 1), share)) for part, count, share in spread.tops
    ]
    chart = Chart(
        "grading-tops", "bars", "最大的客户持有多少资产", "占全部资产",
        f"资产基尼系数 {spread.gini:.2f}：前 {spread.tops[0][0]:.0%} 的客户持有 {percent(spread.tops[0][2], 1)}。",
        "；".join(f"前 {part:.0%} 持有 {percent(share, 1)}" for part, _, share in spread.tops),
        {"horizontal": True, "name": "占全部资产", "items": [
            {"label": f"前 {part:.0%}（{count:,} 位）", "value": share, "text": percent(share, 1), "tone": "PLAIN"}
            for part, count, share in spread.tops
        ]},
    )  # fmt: skip
    table = Table(
        "前列客户的资产份额",
        (Column("客户（按资产由大到小）"), Column("位数", RIGHT), Column("占全部资产", RIGHT)), tuple(rows),
        collapsed=True,
    )  # fmt: skip
    curve = Table(
        "洛伦茨曲线", (Column("客户（按资产由小到大）"), Column("占全部资产", RIGHT)),
        tuple((Cell(f"{part:.0%}"), Cell(percent(share, 1), share)) for part, share in spread.curve), collapsed=True,
    )  # fmt: skip
    lead = "资产集中在少数客户手里时，一位大客户的去留就会改变全年的结果。"
    return "spread", "集中度", lead, (chart, table, curve)


def _moves(moves: Sequence[Migration], before: BookGrades | None) -> tuple[str, str, str, tuple[Any, ...]]:
    assert before is not None
    changed = [one for one in moves if one.moved]
    still = [one.title for one in moves if not one.moved]
    blocks: list[Any] = [_overview(moves)] if moves else []
    for one in sorted(changed, key=lambda each: (each.scheme not in MAIN, -each.moved)):
        blocks.append(_matrix(one) if len(one.columns) <= WIDEST else _main_moves(one))
    if still:
        blocks.append(Paragraph(f"没有变动的方案：{'、'.join(still)}。", Tone.MUTED))
    lead = (
        f"自 {before.day} 以来 {len(changed)} 个方案有客户变动。行为当时的等级，列为现在的等级；"
        "括号内为这些客户现在的资产。"
    )
    return "moves", "迁移", lead, tuple(blocks)


def _overview(moves: Sequence[Migration]) -> Table:
    rows = tuple(
        (Cell(one.title), _n(one.same), Cell(f"{one.better:,}", one.better, Tone.UP if one.better else Tone.MUTED)
         if one.ordered else Cell(DASH, tone=Tone.MUTED),
         Cell(f"{one.worse:,}", one.worse, Tone.DOWN if one.worse else Tone.MUTED) if one.ordered
         else Cell(DASH, tone=Tone.MUTED), _n(one.moved), _n(int(one.counts[-1].sum())))
        for one in moves if one.moved or one.scheme in MAIN
    )  # fmt: skip
    columns = (Column("方案"), Column("未变", RIGHT), Column("升级", RIGHT), Column("降级", RIGHT),
               Column("变动合计", RIGHT), Column("新客户", RIGHT))  # fmt: skip
    return Table("各方案的变动", columns, rows, note="变动合计含评为“不评”与由“不评”转入；无高下的方案不分升降。")


def _matrix(one: Migration) -> Table:
    columns = (Column("当时＼现在"), *(Column(name, RIGHT) for name in one.columns), Column("合计", RIGHT))
    rows = []
    for at, name in enumerate(one.rows):
        total = int(one.counts[at].sum())
        if not total:
            continue
        cells = [_moved_cell(one, at, to) for to in range(len(one.columns))]
        rows.append((Cell(name), *cells, _n(total)))
    totals = tuple(_n(int(count)) for count in one.counts.sum(axis=0))
    rows.append((Cell("合计"), *totals, _n(int(one.counts.sum()))))
    return Table(one.title, columns, tuple(rows))


def _main_moves(one: Migration) -> Table:
    """Of a scheme with many classes the moves that most clients made: a matrix of it nobody can read."""
    k = len(one.columns)
    cells = [
        (int(one.counts[at, to]), float(one.assets[at, to]), name, one.columns[to])
        for at, name in enumerate(one.rows[:k]) for to in range(k) if at != to and one.counts[at, to]
    ]  # fmt: skip
    largest = sorted(cells, key=lambda cell: (-cell[0], -cell[1]))[:LARGEST_MOVES]
    rows = tuple((Cell(was), Cell(now), _n(count), Cell(yuan(assets), assets)) for count, assets, was, now in largest)
    columns = (Column("当时"), Column("现在"), Column("客户", RIGHT), Column("资产", RIGHT))
    rest = sum(cell[0] for cell in cells) - sum(cell[0] for cell in largest)
    note = f"只列客户最多的 {len(largest)} 个去向，其余变动 {rest:,} 位。" if rest else ""
    return Table(one.title, columns, rows, note=note)


def _moved_cell(one: Migration, at: int, to: int) -> Cell:
    count, assets = int(one.counts[at, to]), float(one.assets[at, to])
    if not count:
        return Cell("·", 0, Tone.MUTED)
    k = len(one.columns) - 1
    tone = Tone.PLAIN
    if one.ordered and at < k and to < k and at != to:
        tone = Tone.UP if to < at else Tone.DOWN
    return Cell(f"{count:,}（{yuan(assets)}）" if assets else f"{count:,}", count, tone)


def _schemes(book: BookGrades, known: Mapping[str, Scheme]) -> tuple[str, str, str, tuple[Any, ...]]:
    blocks = []
    for one in book.schemes:
        if one.code not in MAIN:
            mark = "" if one.code not in known or known[one.code].confirmed else "　待核"
            blocks.append(_table(book, one, title=f"{one.title}{mark}", mean=False))
    lead = "同一位客户在每个方案里各有一个等级；缺数据的客户不评，不按一部分评。“待核”的界限不称为官方规定。"
    return "schemes", "各方案", lead, tuple(blocks)


def _review(review: Review, summary: Summary) -> tuple[str, str, str, tuple[Any, ...]]:
    kind = f"{review.kind.label} {review.number}"
    state = f"{kind}，{review.state.label}，等级截至 {review.day}，{review.clients:,} 位客户。"
    rows = []
    for scheme in review.schemes:
        counts = summary.counts.get(scheme.code, {})
        for code, label in (*scheme.classes, ("", NOT_GRADED)):
            if counts.get(code) or code:
                rows.append((Cell(_short(scheme)), Cell(label), _n(counts.get(code, 0))))
    lists = (
        ("A类客户与服务计划", len(summary.plan), f"还缺服务计划 {len(summary.without_plan):,} 位"),
        ("享有特殊政策的客户", len(summary.policy), ""),
        ("资信审定与特殊结算", len(summary.credit), ""),
    )
    items = Items("三类名单", tuple(
        Item(title, f"{count:,} 位", note, Tone.WARN if note and summary.without_plan else Tone.PLAIN)
        for title, count, note in lists
    ))  # fmt: skip
    table = Table("评定后的等级", (Column("方案"), Column("等级"), Column("客户", RIGHT)), tuple(rows))
    moved = Paragraph(f"与系统结果不同、经评定改动的客户 {summary.moved:,} 位，每一处都记有理由。")
    done = " 已生效。" if review.state is ReviewState.APPROVED else ""
    return "review", "评定", state + done, (items, table, moved)


def _pairs(book: BookGrades, scheme: ReviewScheme) -> Chart:
    """Clients against assets, class by class, as shares of the whole book: those of the table below it."""
    counts, assets = _counts(book, scheme), _assets(book, scheme)
    labels = [label for _, label in scheme.classes]
    people, money = len(book), sum(assets) + _without(book, scheme)
    shares = [count / max(people, 1) for count in counts], [one / (money or 1.0) for one in assets]
    texts = [_share(count, people) for count in counts], [_share(one, money) for one in assets]
    said = "；".join(f"{label} {a} 的客户持有 {b} 的资产" for label, a, b in zip(labels, *texts, strict=True))
    best = max(range(len(labels)), key=lambda at: shares[1][at] - shares[0][at])
    message = f"{labels[best]}：{texts[0][best]} 的客户，{texts[1][best]} 的资产。" if sum(assets) else "资产尚不可知。"
    return Chart(
        f"grading-{scheme.code.lower()}", "pairs", _short(scheme), book.basis[scheme.code].label, message, said,
        {"labels": labels, "series": [
            {"name": "资产占比", "values": [round(one, 4) for one in shares[1]], "texts": texts[1]},
            {"name": "客户占比", "values": [round(one, 4) for one in shares[0]], "texts": texts[0]},
        ]},
    )  # fmt: skip


def _table(book: BookGrades, scheme: ReviewScheme, *, title: str = "", mean: bool = True) -> Table:
    counts, assets = _counts(book, scheme), _assets(book, scheme)
    missing = int((book.grades[scheme.code] == NO_GRADE).sum())
    whole, money = len(book), sum(assets) + _without(book, scheme)
    rows = []
    for (_, label), count, held in zip(scheme.classes, counts, assets, strict=True):
        each = Cell(yuan(held / count), held / count) if count and held else Cell(DASH, tone=Tone.MUTED)
        rows.append((
            Cell(label), _n(count), Cell(_share(count, whole), count / whole if whole else None),
            Cell(yuan(held), held) if held else Cell(DASH, tone=Tone.MUTED), Cell(_share(held, money)), each,
        ))  # fmt: skip
    if missing:
        held = _without(book, scheme)
        rows.append((
            Cell(NOT_GRADED, tone=Tone.MUTED), _n(missing), Cell(_share(missing, whole)),
            Cell(yuan(held), held) if held else Cell(DASH, tone=Tone.MUTED), Cell(_share(held, money)),
            Cell(DASH, tone=Tone.MUTED),
        ))  # fmt: skip
    columns = (Column("等级"), Column("客户", RIGHT), Column("占比", RIGHT), Column("资产", RIGHT),
               Column("资产占比", RIGHT), Column("户均", RIGHT))  # fmt: skip
    width = len(columns) if mean else len(columns) - 1  # without the mean two such tables stand in a row
    return Table(title or scheme.title, columns[:width], tuple(row[:width] for row in rows))


# small things


def _limits(book: BookGrades, spread: Concentration, known: Mapping[str, Scheme]) -> Iterator[str]:
    if spread.unknown:
        yield f"{spread.unknown:,} 位客户的资产不全（缺资金流水、近期行情，或有外币账户），不计入资产与集中度。"
    if spread.negative:
        yield f"{spread.negative:,} 位客户的资产为负（融资负债大于资产），计入客户数，不计入集中度。"
    pending = [one.title for one in book.schemes if book.basis[one.code] is Basis.PENDING]
    if pending:
        yield f"{'、'.join(pending)}须经评定批准，目前没有批准的等级，所列为系统初评。"
    unread = sum(not one.confirmed for one in known.values())
    if unread:
        yield f"{unread} 个方案的界限待公司核定，不称为官方规定。"
    if book.run_day is not None and book.run_day != book.day:
        yield f"等级截至 {book.run_day} 的登记。"
    yield "资产为客户等级最近一次变动登记时的总资产。"


def _numbers(book: BookGrades, spread: Concentration, moves: Sequence[Migration]) -> dict[str, Any]:
    schemes = {
        one.code: {
            "title": one.title, "basis": book.basis[one.code].value,
            "classes": [
                {"grade": code, "label": label, "clients": count, "assets": round(held, 2)}
                for (code, label), count, held in zip(
                    one.classes, _counts(book, one), _assets(book, one), strict=True
                )
            ],
            "not_graded": int((book.grades[one.code] == NO_GRADE).sum()),
        }
        for one in book.schemes
    }  # fmt: skip
    return {
        "clients": len(book), "schemes": schemes,
        "concentration": {
            "clients": spread.clients, "total": round(spread.total, 2), "unknown": spread.unknown,
            "negative": spread.negative, "gini": None if spread.gini is None else round(spread.gini, 6),
            "tops": [[part, count, round(share, 6)] for part, count, share in spread.tops],
            "curve": [[part, round(share, 6)] for part, share in spread.curve],
        },
        "migration": {
            one.scheme: {
                "rows": list(one.rows), "columns": list(one.columns), "counts": one.counts.tolist(),
                "assets": np.round(one.assets, 2).tolist(), "better": one.better, "worse": one.worse,
                "same": one.same, "moved": one.moved,
            }
            for one in moves
        },
    }  # fmt: skip


def _counts(book: BookGrades, scheme: ReviewScheme) -> list[int]:
    grades = book.grades[scheme.code].astype(np.int64) + 1
    return [int(one) for one in np.bincount(grades, minlength=len(scheme.classes) + 1)[1:]]


def _assets(book: BookGrades, scheme: ReviewScheme) -> list[float]:
    grades = book.grades[scheme.code].astype(np.int64) + 1
    weights = np.maximum(np.nan_to_num(book.assets), 0)
    return [float(one) for one in np.bincount(grades, weights, minlength=len(scheme.classes) + 1)[1:]]


def _without(book: BookGrades, scheme: ReviewScheme) -> float:
    missing = book.grades[scheme.code] == NO_GRADE
    return float(np.maximum(np.nan_to_num(book.assets[missing]), 0).sum())


def _n(count: int) -> Cell:
    return Cell(f"{count:,}", count, Tone.PLAIN if count else Tone.MUTED)


def _share(part: float, whole: float) -> str:
    return percent(part / whole, 1) if whole else DASH


def _short(scheme: ReviewScheme) -> str:
    return scheme.title.partition("（")[0]
