"""Pages of callbacks, self-inspections, and the drafts of a rating and of a questionnaire, as two officers use them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import openpyxl
import pytest
import yaml

from kit.db import transaction
from suitability.questionnaire.loading import shipped
from suitability.questionnaire.service import QuestionnaireService
from tests.api.conftest import NOW, FormReader, Visitor, visiting
from tests.api.suitability.conftest import product
from tests.api.things import house_stamp

CALLBACKS = "/suitability/callbacks"
INSPECTIONS = "/suitability/inspections"
NEW = "/suitability/changes/new"
MINI = "natural-mini.1"


@pytest.fixture
def officer(book_url) -> Iterator[Visitor]:
    with transaction(book_url) as session:
        QuestionnaireService(session).install(house_stamp(NOW))
        session.add(product("P2", 2))
    with visiting(book_url, "compliance") as made:
        yield made


@pytest.fixture
def newcomer(book_url) -> Iterator[Visitor]:
    """An officer of a house that has published no form yet; the bands of the shipped ones are chosen already."""
    with visiting(book_url, "compliance") as made:
        yield made


def shown(page: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", " ", page))


def fault(page: str) -> str:
    return re.search(r'class="form-fault" role="alert">([^<]*)', page).group(1)


def test_a_year_of_callbacks_from_the_draw_to_the_call(officer):
    before = officer.page(CALLBACKS).text
    drawn = officer.submit(CALLBACKS, CALLBACKS, seed="七")
    place = drawn.headers["Location"].partition("?")[0]
    sample = officer.page(f"{place}?waiting=1").text
    record = re.search(rf'href="({place}/clients/[^"]+)"', sample).group(1)
    unsaid = officer.submit(record, record, outcome="")
    called = officer.submit(record, record, outcome="REACHED", problem="没有收到风险揭示书")
    year = shown(officer.page(CALLBACKS).text)

    assert "抽样范围55名，以2024-12-31的记录为准；除外：上年末以前没有购买产品或接受服务1名" in shown(before)
    assert "从55名中按10%抽中6名" in shown(sample)
    assert sample.count(">待回访<") == 6
    assert (unsaid.status_code, fault(unsaid.text)) == (422, "请选择回访结果")
    assert called.headers["Location"] == f"{place}?waiting=1&note=called"
    assert officer.page(called.headers["Location"]).text.count(">待回访<") == 5
    assert "没有收到风险揭示书" in officer.page(place).text
    assert "已回访1名还差5名" in year
    assert "客户反映问题1件" in year


def test_a_year_that_has_not_begun_is_not_drawn(officer):
    answer = officer.send(CALLBACKS, year="2026", seed="")

    assert (answer.status_code, "2026 年开始以后才能抽取" in fault(answer.text)) == (409, True)
    assert CALLBACKS not in FormReader.of(officer.page(f"{CALLBACKS}?year=2026").text)


def test_an_auditor_looks_and_does_nothing(officer, book_url):
    officer.submit(CALLBACKS, CALLBACKS)
    with visiting(book_url, "auditor") as auditor:
        assert CALLBACKS not in FormReader.of(auditor.page(CALLBACKS).text)
        assert "/clients/" not in auditor.page(f"{CALLBACKS}/1").text
        assert INSPECTIONS not in FormReader.of(auditor.page(INSPECTIONS).text)
        assert auditor.page(f"{NEW}/rating").status_code == 403


def test_a_half_year_is_made_listed_and_downloaded(officer):
    assert "还没有编制过自查报告" in officer.page(INSPECTIONS).text
    made, again = (officer.submit(INSPECTIONS, INSPECTIONS, half="2024H2") for _ in range(2))
    page = officer.page(INSPECTIONS).text
    pdf = officer.page(re.search(r'href="([^"]+\.pdf)"', page).group(1))
    book = officer.page(re.search(r'href="([^"]+\.xlsx)"', page).group(1))
    refused = officer.send(INSPECTIONS, half="2026H1")

    assert [one.headers["Location"].partition("note=")[2] for one in (made, again)] == ["filed", "same"]
    assert page.count(".pdf") == 1
    assert "2024年下半年" in shown(page)
    assert pdf.content.startswith(b"%PDF")
    assert openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames[0] == "自查结论"
    assert (refused.status_code, "还没有开始" in fault(refused.text)) == (409, True)


def test_a_rating_is_drafted_with_a_reason_and_goes_to_another(officer):
    place = f"{NEW}/rating"
    bare = officer.submit(place, place, product="P2", level="", reason="x")
    wrong = officer.submit(place, place, product="600519.SH", level="R1", reason="试")
    empty = officer.submit(place, place, product="P2", level="R5", reason="")
    made = officer.submit(place, place, product="P2", level="R5", reason="净值波动加大")
    change = officer.page(made.headers["Location"]).text

    assert (bare.status_code, "请填写产品代码" in fault(bare.text)) == (422, True)
    assert (wrong.status_code, FormReader.of(wrong.text)[place]["product"]) == (409, "600519.SH")
    assert empty.status_code == 422
    assert "P2 调整为 R5" in change
    assert "由您起草，须由另一人批准" in change
    assert "现行等级" in officer.page(f"{place}?product=600519.SH").text


def upload(visitor: Visitor, text: str, since: str = "2025-01-06"):
    place = f"{NEW}/questionnaire"
    given = FormReader.of(visitor.page(place).text)[place] | {"reason": "年度修订", "effective_from": since}
    files = {"file": ("form.yaml", text.encode(), "application/yaml")}
    given.pop("file", None)
    return visitor.client.post(
        place, data=given, files=files, headers={"Accept": "text/html"}, follow_redirects=False
    )  # fmt: skip


def form_text(edit, version=MINI):
    raw = yaml.safe_load(next(text for form, text in shipped() if form.version == MINI))
    raw["version"] = version
    edit(raw)
    return yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)


def test_what_is_no_form_is_refused_by_name(officer):
    refused = {
        "not chosen": upload(officer, ""),
        "no form": upload(officer, "- 1"),
        "fixed": upload(officer, form_text(lambda raw: raw.update(title="另一份"))),
        "no bands": upload(officer, form_text(dict, "natural-mini.2")),
    }

    assert {name: one.status_code for name, one in refused.items()} == {
        "not chosen": 422, "no form": 422, "fixed": 409, "no bands": 422,
    }  # fmt: skip
    assert "内容不能再改；请用新的版本号" in fault(refused["fixed"].text)
    assert "还没有为问卷 natural-mini.2 选定分数段" in fault(refused["no bands"].text)


def test_a_new_version_shows_how_its_sheets_spread_over_the_classes(newcomer):
    def flat(raw):
        for question in raw["questions"]:
            for option in question["options"].values():
                option["score"] = 0

    unreachable = upload(newcomer, form_text(flat))
    made = upload(newcomer, form_text(dict))
    change = shown(newcomer.page(made.headers["Location"]).text)

    assert (unreachable.status_code, "不能发布" in fault(unreachable.text)) == (422, True)
    assert "没有一种答法能得到 C5" in unreachable.text
    assert "全部答法的等级分布" in unreachable.text
    assert made.status_code == 303, made.text
    assert "发布检查全部答法的等级分布" in change
    assert re.search(r"C3稳健型[\d,]+\d+\.\d\d%", change)
    assert "不能发布" not in change
