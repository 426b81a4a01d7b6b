"""Issuing, the register, a report as filed, and the form of an agreement, as a browser does it."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.api.conftest import FormReader, row_counts
from tests.api.tiny import BUSY, SINGLE

LIVE = f"/accounts/{BUSY}"
REGISTER = f"/accounts/{BUSY}/reports"
AGREE = f"/accounts/{BUSY}/agreements"


@pytest.fixture
def filed(visitor) -> str:
    """Number of an issued report."""
    answer = visitor.submit(LIVE, REGISTER)
    return re.fullmatch(r"/reports/(R\w+)\?note=issued", answer.headers["Location"]).group(1)


def test_the_button_issues_once_and_leads_to_the_report(visitor, book_url, filed):
    again = visitor.submit(LIVE, REGISTER)

    assert (again.status_code, again.headers["Location"]) == (303, f"/reports/{filed}?note=same")
    assert row_counts(book_url)["report"] == 1
    assert "没有重复登记" in visitor.page(again.headers["Location"]).text


def test_a_filed_report_says_who_issued_it_and_when(visitor, filed):
    page = visitor.page(f"/reports/{filed}").text
    told = visitor.api(f"/reports/{filed}").json()

    assert "2025-01-06 10:00" in page
    assert f"出具人 {told['register']['issued_by']}" in page
    assert told["digest"] in page
    assert told["summary"]["why"] in unescape(page)
    assert f'href="/reports/{filed}/report.pdf" download' in page


def test_a_filed_report_stays_when_the_diagnosis_goes_on(visitor, filed):
    before = visitor.page(f"/reports/{filed}/report.json").content
    visitor.submit(f"{AGREE}/new?finding=OVERTRADING", AGREE, agreed_how="面谈")

    assert visitor.page(f"/reports/{filed}/report.json").content == before
    assert "进行中的共识" in visitor.page(LIVE).text


def test_the_register_shows_the_report_and_finds_it_by_account(visitor, filed):
    other = visitor.submit(f"/accounts/{SINGLE}", f"/accounts/{SINGLE}/reports").headers["Location"]
    whole, one = visitor.page("/reports").text, visitor.page(f"/reports?account={BUSY}").text

    assert f'href="/reports/{filed}"' in whole
    assert other.partition("?")[0] in whole
    assert f'href="/reports/{filed}"' in one
    assert other.partition("?")[0] not in one
    assert f'href="/reports/{filed}"' in visitor.page(REGISTER).text
    assert "账户 nobody 还没有出具过报告" in visitor.page("/reports?account=nobody").text


def test_the_issued_period_is_the_one_on_the_page(visitor):
    answer = visitor.submit(f"{LIVE}?from=2024-03-01&to=2024-06-28", REGISTER)

    assert "2024-03-01 至 2024-06-28" in visitor.page(answer.headers["Location"]).text


def test_the_form_proposes_what_the_report_says(visitor, filed):
    page = visitor.page(f"{AGREE}/new?finding=OVERTRADING").text
    fields = FormReader.of(page)[AGREE]

    assert "换手过快" in page
    assert fields["report"] == filed
    assert "三个月内" in fields["target_text"]
    assert fields["target"]
    assert (fields["agreed_on"], fields["due_on"]) == ("2025-01-06", "2025-04-06")
    assert "agreed_how" not in fields, "how it was agreed is never guessed"


def test_without_a_report_the_form_offers_to_issue_one_and_comes_back(visitor):
    place = f"{AGREE}/new?finding=OVERTRADING"
    assert "先出具报告，再约定目标" in visitor.page(place).text

    answer = visitor.submit(place, REGISTER)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{place}&report=R")
    assert AGREE in FormReader.of(visitor.page(answer.headers["Location"]).text)


def test_an_agreement_is_recorded_and_seen(visitor, filed):
    answer = visitor.submit(
        f"{AGREE}/new?finding=OVERTRADING", AGREE, agreed_how="电话", target_text="月均不超过 8 笔", target=" 8 "
    )
    register = visitor.page(answer.headers["Location"]).text

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{REGISTER}?note=agreed")
    assert "共识已记录" in register
    assert "月均不超过 8 笔" in register
    assert "2025-01-06 电话" in register
    assert "进行中" in register
    assert "共识 2025-04-06 到期" in visitor.page(LIVE).text
    assert "共识 2025-04-06 到期" in visitor.page(f"/accounts?q={BUSY}").text


def test_a_percentage_is_typed_as_one_reads_it(visitor, filed):
    fields = FormReader.of(visitor.page(f"{AGREE}/new?finding=FEES_EXCEED_PROFIT").text)[AGREE]
    visitor.submit(f"{AGREE}/new?finding=FEES_EXCEED_PROFIT", AGREE, agreed_how="面谈", target="2.5%")
    (made,) = visitor.api(f"/accounts/{BUSY}/agreements").json()

    assert float(fields["target"]) > 0.5, "shown in per cent"
    assert made["target"] == "0.025000"


FAULTS = [  # what is typed, the field, what stands beside it
    ({"target_text": "  "}, "target_text", "请写明目标"),
    ({"target_text": "降" * 257}, "target_text", "目标文字不超过 256 字"),
    ({"target": "很少"}, "target", "须为数字"),
    ({"target": "NaN"}, "target", "须为数字"),
    ({"target": "1e40"}, "target", "目标值过大"),
    ({"due_on": ""}, "due_on", "须为日期"),
    ({"due_on": "31/03/2025"}, "due_on", "须为日期"),
    ({"due_on": "2025-01-06"}, "due_on", "到期日须晚于约定日"),
    ({"due_on": "2027-01-07"}, "due_on", "期限不超过 24 个月"),
    ({"agreed_on": "2025-01-07"}, "agreed_on", "约定日不能晚于今天"),
    ({"agreed_on": "2024-12-30"}, "agreed_on", "约定日不能早于报告截止日 2024-12-31"),
    ({"agreed_how": ""}, "agreed_how", "请选择达成方式"),
    ({"agreed_how": "短信"}, "agreed_how", "达成方式须为以下之一"),
]


@pytest.mark.parametrize(("typed", "field", "said"), FAULTS)
def test_a_fault_stands_beside_its_field_and_what_was_typed_stays(visitor, filed, book_url, typed, field, said):
    answer = visitor.submit(
        f"{AGREE}/new?finding=OVERTRADING", AGREE, **{"agreed_how": "面谈", "target_text": "少做一点", **typed}
    )
    fault = re.search(rf'<p class="fault" id="fault-{field}">([^<]*)</p>', answer.text)
    kept = FormReader.of(answer.text)[AGREE]

    assert answer.status_code == 422
    assert fault is not None
    assert said in fault.group(1)
    assert f'aria-describedby="fault-{field}"' in answer.text
    assert kept["target_text"] == typed.get("target_text", "少做一点")
    assert row_counts(book_url)["agreement"] == 0


def test_several_faults_are_told_at_once(visitor, filed):
    page = visitor.submit(
        f"{AGREE}/new?finding=OVERTRADING", AGREE, agreed_how="", due_on="x", target="x", target_text=""
    ).text

    assert sorted(re.findall(r'id="fault-(\w+)"', page)) == ["agreed_how", "due_on", "target", "target_text"]


def test_a_running_agreement_is_told_above_the_form(visitor, filed):
    for _ in range(2):
        answer = visitor.submit(f"{AGREE}/new?finding=OVERTRADING", AGREE, agreed_how="面谈")

    assert answer.status_code == 409
    assert "2025-04-06 到期" in answer.text


def test_a_finding_that_the_report_has_not_is_refused(visitor, filed, book_url):
    answer = visitor.submit(f"{AGREE}/new?finding=OVERTRADING", AGREE, agreed_how="面谈", finding="CHASING<b>")

    assert answer.status_code == 422
    assert "这份报告里没有短处" in answer.text
    assert "CHASING<b>" not in answer.text
    assert row_counts(book_url)["agreement"] == 0


def test_a_report_of_another_account_is_no_ground(visitor, filed):
    other = visitor.page(f"/accounts/{SINGLE}/agreements/new?report={filed}")

    assert other.status_code == 404
    assert f"不是账户 {SINGLE} 的报告" in other.text
