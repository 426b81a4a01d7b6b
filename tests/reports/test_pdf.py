"""The report as PDF: the same bytes each time, one page of summary, real text, nothing lost in silence."""

from __future__ import annotations

import io
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from reports import fonts, pdf
from reports.model import Callout, Cell, Column, Report, Section, Table
from reports.pages import FONTS
from reports.plain import report_from_json
from reports.svg import render_charts

GOLDEN = Path(__file__).parents[1] / "golden"
FULL = report_from_json((GOLDEN / "report-full.json").read_text(encoding="utf-8"))
CHARTS = render_charts(FULL)
GB2312 = "".join(
    bytes((lead, trail)).decode("gb2312", "ignore")
    for lead in range(0xB0, 0xF8)
    for trail in range(0xA1, 0xFF)
)
FOOTER = "根据历史数据计算"


def made(report: Report) -> PdfReader:
    return PdfReader(io.BytesIO(pdf.render_pdf(report, CHARTS)))


def squeezed(text: str) -> str:
    """Text without the spaces and line ends that setting adds."""
    return "".join(text.split())


def pages(report: Report) -> list[str]:
    return [squeezed(page.extract_text()) for page in made(report).pages]


def with_table(rows: int, **table: str) -> Report:
    columns = (Column("证券"), Column("盈亏", "right"))
    cells = tuple((Cell(f"证券{i}"), Cell(f"{i}元")) for i in range(rows))
    block = Table("长表", columns, cells, **table)
    return replace(FULL, sections=(Section(1, "summary", "一节", "一句", (block,)), *FULL.sections[1:2]))


def widths(path: Path) -> dict[str, int]:
    """Advance width by character of one font file."""
    with TTFont(path, lazy=True) as face:
        return {chr(code): face["hmtx"][name][0] for code, name in face.getBestCmap().items()}


def test_the_same_report_gives_the_same_bytes():
    first = pdf.render_pdf(FULL, CHARTS)
    time.sleep(1.1)

    assert pdf.render_pdf(FULL) == first


def test_title_author_day_and_standard_come_from_the_report():
    reader = made(FULL)
    info = reader.metadata

    assert info is not None
    assert info.title == f"{FULL.header.title} {FULL.header.account} {FULL.header.period}"
    assert info.author == FULL.header.firm
    assert str(info["/CreationDate"]).startswith("D:" + FULL.last.replace("-", ""))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("zh")
    assert b"pdfaid:part>2<" in root["/Metadata"].get_object().get_data()


@pytest.mark.parametrize("name", ["full", "mark", "empty"])
def test_the_first_page_is_the_summary_and_every_page_has_its_number(name):
    report = report_from_json((GOLDEN / f"report-{name}.json").read_text(encoding="utf-8"))
    found = [squeezed(page.extract_text()) for page in PdfReader(io.BytesIO(pdf.render_pdf(report))).pages]

    assert squeezed(report.summary.verdict)[:12] in found[0]
    assert squeezed(report.summary.limits)[-8:] in found[0]
    assert squeezed(report.sections[0].lead)[:8] in found[1]
    for number, text in enumerate(found, 1):
        assert f"第{number}页，共{len(found)}页" in text
        assert FOOTER in text
        assert (squeezed(report.header.account) in text) is True
    assert squeezed(report.risk_notice) in "".join(found)
    assert report.digest in "".join(found)


@pytest.mark.parametrize("times", [1, 3, 8])
def test_a_long_summary_still_fills_one_page_only(times):
    long = Callout("上次的共识", "2024-07-05 面谈确认", "月均交易不超过二十笔，结果尚未达到。" * times)
    summary = replace(
        FULL.summary,
        verdict=FULL.summary.verdict * min(times, 2),
        why=FULL.summary.why * times,
        follow_up=(long,) * min(times, 3),
    )
    found = pages(replace(FULL, summary=summary))

    assert squeezed(summary.limits)[-8:] in found[0]
    assert squeezed(FULL.sections[0].lead)[:8] in found[1]
    assert len(found) == len(pages(FULL))


def test_every_section_table_and_chart_title_is_real_text():
    whole = "".join(pages(FULL))

    for section in FULL.sections:
        assert squeezed(section.title) in whole
        for block in section.blocks:
            if isinstance(block, Table):
                assert squeezed(block.title) in whole
    assert "风控55" in whole, "text inside a chart can be selected too"


def test_a_long_table_repeats_its_head():
    found = pages(with_table(120))
    holding = [text for text in found if "证券1" in text and "盈亏" in text]

    assert len(holding) >= 2
    assert all("证券盈亏" in text for text in holding)


def test_a_collapsed_table_is_whole_on_paper():
    assert "证券39" in "".join(pages(replace(with_table(40), risk_notice="完")))


def test_an_empty_table_says_what_would_fill_it():
    assert "导入成交后列出" in "".join(pages(with_table(0, empty="导入成交后列出")))


@pytest.mark.parametrize(
    "hostile",
    [
        '#panic("x")',
        "*粗* _斜_ $x^2$",
        "= 标题",
        "`raw` <label> @ref",
        "// 注释 /* 注释 */",
        "\\u{41} [方] {花}",
        "https://x.test",
    ],
)
def test_text_is_never_markup(hostile):
    report = replace(
        FULL, header=replace(FULL.header, client=hostile, firm=hostile), risk_notice=hostile + "。"
    )

    assert squeezed(hostile) in "".join(pages(report))


def test_a_rare_name_is_drawn():
    found = pages(replace(FULL, header=replace(FULL.header, advisor="镕喆堃䶮")))[0]

    assert "镕喆堃䶮" in found
    assert fonts.GETA not in found


def test_a_character_without_glyph_is_marked_and_named():
    found = pages(replace(FULL, header=replace(FULL.header, advisor="李😀")))

    assert "李" + fonts.GETA in found[0]
    assert "U+1F600" in found[-1]


def test_a_missing_font_is_an_error_and_not_an_empty_page(monkeypatch, tmp_path):
    pdf._fonts.cache_clear()
    monkeypatch.setattr(pdf, "FONTS", tmp_path)
    with pytest.raises(pdf.FontMissing, match="Noto Sans SC"):
        pdf._fonts()
    pdf._fonts.cache_clear()


def test_what_typst_refuses_is_named(monkeypatch):
    monkeypatch.setattr(pdf, "drawable", lambda text: (text, ()))
    with pytest.raises(pdf.PdfFailed):
        pdf.render_pdf(replace(FULL, risk_notice="😀"), CHARTS)


def test_threads_get_their_own_reports():
    reports = [replace(FULL, header=replace(FULL.header, account=f"6001****{i:04d}")) for i in range(6)]
    alone = [pdf.render_pdf(one, CHARTS) for one in reports]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda one: pdf.render_pdf(one, CHARTS), reports))

    assert together == alone


def test_coverage_is_what_the_fonts_draw():
    drawn = {char for path in FONTS.glob("*.ttf") for char in widths(path)}

    assert drawn == fonts.coverage()


@pytest.mark.parametrize(
    ("characters", "source"),
    [
        ("−·％±→①⑳，。、：；（）《》“”…—〓€£¥￥≈≤≥×÷‰℃", "symbols of our reports"),
        (GB2312, "GB2312"),
        ("喆堃昇犇燚玥", "characters of names outside GB2312"),
        ("".join(map(chr, range(0x20, 0x7F))), "ASCII"),
    ],
)
def test_the_fonts_cover(characters, source):
    assert fonts.missing(characters) == (), source


def test_bold_covers_what_regular_covers_and_figures_are_tabular():
    regular, bold = (widths(FONTS / f"NotoSansSC-{weight}.ttf") for weight in ("Regular", "Bold"))

    assert set(regular) == set(bold)
    for face in (regular, bold):
        assert len({face[figure] for figure in "0123456789+−"}) == 1


def test_the_licence_stands_beside_the_fonts():
    assert "SIL Open Font License" in (FONTS / "OFL.txt").read_text(encoding="utf-8")
