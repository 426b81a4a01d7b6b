"""Pages for compliance: mismatches and their cases, decisions and their replay, the rule book, changes of rules."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from types import SimpleNamespace

import openpyxl
import orjson
import pytest

from api.pages.suitability_change_view import sentence
from api.pages.suitability_decision_view import replayed, value_words
from api.pages.suitability_export import HEADINGS, written
from api.pages.suitability_list import Asked, asked_of
from api.pages.suitability_rule_view import parts_of, shortened
from kit.access import everything
from kit.db import engine, transaction
from kit.rulebook import load_rulebook
from suitability.cases.filters import CaseFilter, CaseSort
from suitability.cases.types import CaseStatus, Severity
from suitability.desk import matching_desk
from tests.api.conftest import FormReader, counted, visiting
from tests.api.mismatches import DAY, EXPIRED, GRAVE, HELD, MILD, decide, observe

LIST = "/suitability/cases"
MOST_QUERIES, MOST_BYTES = 15, 300_000
PROVEN = "a" * 64


@pytest.fixture(scope="module")
def watched(databases, tiny_book):
    """The URL of a book with cases, for tests that only look, and the decisions on it."""
    url = databases.copy(tiny_book)
    with transaction(url) as session:
        observe(session)
        made = [decide(session), decide(session, "C0002")]
    yield SimpleNamespace(url=url, decision=made[0], other=made[1])
    databases.drop(url)


@pytest.fixture(scope="module")
def officer(watched, var_dir):
    with visiting(watched.url, "compliance") as made:
        yield made


@pytest.fixture
def desk(databases, watched):
    """A copy of it, to work on as whom one likes."""
    url = databases.copy(watched.url)
    yield lambda name: visiting(url, name)
    databases.drop(url)


def numbers(page: str) -> list[str]:
    return re.findall(r'class="who-cell"><a href="/suitability/cases/(M\d+)"', page)


def chips(page: str) -> dict[str, tuple[str, str]]:
    found = re.findall(r'<a href="([^"]+)"(?: aria-current="true")?>([^<]+)<small>([\d,]+)</small></a>', page)
    return {label: (unescape(href), count) for href, label, count in found}


# the address


ADDRESSES = [  # query, what the desk is asked for, order
    ("", CaseFilter(unsettled=True), CaseSort.DUE),
    ("status=ALL", CaseFilter(), CaseSort.DUE),
    ("status=CLOSING&sort=VALUE", CaseFilter(status=CaseStatus.CLOSING), CaseSort.VALUE),
    ("severity=SEVERE&overdue=1&q=+600519+", CaseFilter(
        unsettled=True, severity=Severity.SEVERE, overdue=True, text="600519"), CaseSort.DUE),
    ("owner=S2&branch=B1&level=R4&client_class=C2&escalated=1", CaseFilter(
        unsettled=True, owner_no="S2", branch_no="B1", product_level="R4", client_class="C2", escalated=True),
        CaseSort.DUE),
    ("severity=WORST&sort=up&cursor=x&colour=red", CaseFilter(unsettled=True), CaseSort.DUE),
]  # fmt: skip


@pytest.mark.parametrize(("query", "wanted", "order"), ADDRESSES)
def test_an_address_is_a_filter_and_an_order(query, wanted, order):
    asked = asked_of(query)

    assert (asked.filter(), asked.order()) == (wanted, order)
    assert asked_of(asked.query()) == asked


def test_a_toggle_goes_off_where_it_is_on():
    assert Asked(overdue="1", q="茅台").toggled("overdue", "1") == f"{LIST}?q=%E8%8C%85%E5%8F%B0"


# the list


def test_the_head_counts_and_the_nearest_deadline_is_first(officer):
    page = officer.page(LIST).text
    figures = dict(re.findall(r'kpi-label">([^<]+)</span>\s*<a [^>]*><b[^>]*>([\d,]+) 件', page))

    assert figures == {"未了结": "4", "其中严重": "1", "其中逾期": "1", "待复核了结": "0"}
    assert numbers(page)[0] == GRAVE
    assert set(numbers(page)) == {GRAVE, MILD, EXPIRED, HELD}
    assert "逾期" in page
    assert "甲C0001" not in page, "names are masked"


def test_each_chip_leads_to_as_many_cases_as_it_says(officer):
    found = chips(officer.page(LIST).text)

    assert {"未了结", "严重", "买入造成", "逾期"} <= set(found)
    for label, (href, count) in found.items():
        assert len(numbers(officer.page(href).text)) == int(count), label


SEARCHES = [("600519", {GRAVE, HELD}), ("C0002", {MILD}), (EXPIRED, {EXPIRED}), ("100%", set())]


@pytest.mark.parametrize(("text", "found"), SEARCHES)
def test_a_case_is_found_by_client_product_or_number(officer, text, found):
    page = officer.page(f"{LIST}?q={text.replace('%', '%25')}").text

    assert set(numbers(page)) == found
    assert found or "没有符合这些条件的案件" in page


def test_the_list_keeps_to_its_budget(officer, watched):
    with counted(engine(watched.url)) as seen:
        answer = officer.page(f"{LIST}?severity=SEVERE")

    assert len(seen) <= MOST_QUERIES, "\n".join(seen)
    assert len(answer.content) < MOST_BYTES
    assert answer.headers["HX-Push-Url"] == f"{LIST}?severity=SEVERE"


def test_each_reader_sees_the_own_clients_only(watched):
    shown = {}
    for name in ("advisor", "colleague", "stranger"):
        with visiting(watched.url, name) as reader:
            shown[name] = set(numbers(reader.page(LIST).text))

    assert shown == {"advisor": {GRAVE, MILD, EXPIRED, HELD}, "colleague": set(), "stranger": set()}


# saved views


def test_a_view_is_saved_named_anew_and_removed_by_its_owner_alone(desk):
    with desk("compliance") as officer, desk("supervisor") as other:
        narrowed = f"{LIST}?severity=SEVERE&overdue=1"
        answer = officer.submit(narrowed, f"{LIST}/views", name="  要紧的 ")
        officer.submit(f"{LIST}?overdue=1", f"{LIST}/views", name="要紧的")
        page = officer.page(LIST).text
        remove = next(action for action in FormReader.of(page) if action.endswith("/remove"))
        foreign = other.send(remove, query="")

        assert answer.headers["Location"] == f"{narrowed}&note=saved"
        assert page.count(">要紧的</a>") == 2, "a chip, and a line to remove it"
        assert f'href="{LIST}?overdue=1">要紧的' in page
        assert "要紧的" not in other.page(LIST).text
        assert foreign.status_code == 404
        assert officer.submit(LIST, remove).status_code == 303
        assert "要紧的" not in officer.page(LIST).text


@pytest.mark.parametrize(("name", "said"), [(" ", "请给视图起一个"), ("名" * 21, "不超过 20 个字")])
def test_a_view_without_a_fit_name_is_refused(desk, name, said):
    with desk("compliance") as officer:
        answer = officer.send(f"{LIST}/views", name=name, query="overdue=1")

        assert answer.status_code == 422
        assert said in answer.text


# the file


def test_the_files_hold_what_the_list_shows_and_no_formula(officer):
    text = officer.page(f"{LIST}/export.csv?sort=CLIENT").content.decode("utf-8-sig")
    heading, *rows = csv.reader(io.StringIO(text))
    book = openpyxl.load_workbook(io.BytesIO(officer.page(f"{LIST}/export.xlsx?sort=CLIENT").content))
    lines = list(book.active.values)

    assert tuple(heading) == HEADINGS == lines[0]
    assert [row[0] for row in rows] == [line[0] for line in lines[1:]] == [GRAVE, MILD, EXPIRED, HELD]
    assert rows[0][HEADINGS.index("产品")] == lines[1][HEADINGS.index("产品")] == "'=贵州茅台"
    assert lines[1][HEADINGS.index("市值（元）")] == 86250
    assert rows[0][HEADINGS.index("期限")] == lines[1][HEADINGS.index("期限")].date().isoformat()


@pytest.mark.parametrize("cell", ["=1+1", "+1+cmd", "-2+3", "@SUM(A1)", "\t=1"])
def test_no_cell_of_a_file_runs(cell):
    row = (cell,) * len(HEADINGS)
    (told,) = list(csv.reader(io.StringIO(written("csv", iter([row])).decode("utf-8-sig"))))[1:]

    assert set(told) == {f"'{cell}"}


# the case


def test_a_case_says_the_article_first_then_the_fact(officer):
    page = officer.page(f"{LIST}/{GRAVE}").text
    article, fact = page.index("第十九条"), page.index("客户 C2 谨慎型，持有产品 R4 中高风险，高 2 级")

    assert article < fact
    assert "发现并立案" in page
    assert "11.34%" in page
    assert "逾期" in page


FORMS = {  # who may press what in a case that waits for a call
    "compliance": {"assign", "contact", "resolve", "note"},
    "supervisor": {"assign", "contact", "resolve", "note", "escalate"},
    "advisor": {"contact", "resolve", "note", "escalate"},
    "auditor": set(),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_page_offers_what_its_reader_may_do(watched, name):
    with visiting(watched.url, name) as reader:
        offered = {action.rpartition("/")[2] for action in FormReader.of(reader.page(f"{LIST}/{GRAVE}").text)}

    assert offered == FORMS[name]


FAULTS = [  # deed, what is typed, what is said
    ("contact", {"note": "已告知"}, 422, "请选择联系方式"),
    ("contact", {"channel": "PHONE", "note": " "}, 422, "请写明与客户沟通的内容"),
    ("contact", {"channel": "PHONE", "note": "已告知", "evidence": "录音.mp3"}, 422, "证据摘要须为文件的 SHA-256"),
    ("contact", {"channel": "PHONE", "note": "已告知", "happened_on": "2025-01-07"}, 422, "晚于今天"),
    ("assign", {"staff_no": ""}, 422, "请填写办理人的工号"),
    ("assign", {"staff_no": "S99"}, 404, "S99"),
    ("resolve", {"note": "客户已同意"}, 422, "请选择了结的方式"),
    ("resolve", {"note": "已卖出", "resolution": "CURED"}, 409, "仍不匹配"),
    ("resolve", {"note": "客户已同意", "resolution": "ACCEPTED"}, 422, "须附证据摘要"),
]


@pytest.mark.parametrize(("deed", "typed", "status", "said"), FAULTS)
def test_a_fault_is_told_where_it_was_made_and_what_was_typed_stays(officer, deed, typed, status, said):
    action = f"{LIST}/{GRAVE}/{deed}"
    answer = officer.submit(f"{LIST}/{GRAVE}", action, **typed)
    kept = FormReader.of(answer.text)[action]

    assert (answer.status_code, kept["note"]) == (status, typed.get("note", ""))
    assert said in re.search(r'class="form-fault" role="alert">([^<]*)', answer.text).group(1)
    assert kept["version"] == "1"
    assert f'open id="act-{deed}"' in answer.text


def test_two_officers_on_one_case(desk):
    action = f"{LIST}/{GRAVE}/contact"
    with desk("compliance") as officer, desk("advisor") as adviser:
        late = FormReader.of(officer.page(f"{LIST}/{GRAVE}").text)[action] | {"channel": "PHONE", "note": "我的记录"}
        adviser.submit(f"{LIST}/{GRAVE}", action, channel="COUNTER", note="客户到柜台来过")
        answer = officer.send(action, **{name: late[name] for name in ("version", "channel", "note", "happened_on")})
        kept = FormReader.of(answer.text)[action]

        assert answer.status_code == 412
        assert re.search(r'id="meanwhile">.*?联系客户</b>.*?advisor.*?客户到柜台来过', answer.text, re.S)
        assert (kept["note"], kept["version"]) == ("我的记录", "2")

        again = officer.send(action, **{**kept, "channel": "PHONE"})
        assert again.headers["Location"] == f"{LIST}/{GRAVE}?note=contact"
        assert "联系 2 次" in officer.page(f"{LIST}/{GRAVE}").text


def test_a_severe_case_is_closed_by_two_and_reopened(desk):
    place = f"{LIST}/{GRAVE}"
    with desk("advisor") as adviser, desk("supervisor") as second:
        proposed = adviser.submit(
            place, f"{place}/resolve", resolution="ACCEPTED", note="客户书面确认", evidence=PROVEN.upper()
        )
        waiting = adviser.page(place).text

        assert proposed.headers["Location"] == f"{place}?note=propose"
        assert "须由另一人复核" in waiting
        assert f"{place}/approve" not in FormReader.of(waiting)
        assert f"sha256:{PROVEN}" in waiting
        assert adviser.send(f"{place}/approve", note="同意", version="2").status_code == 403

        closed = second.submit(place, f"{place}/approve", note="材料齐全")
        assert closed.headers["Location"] == f"{place}?note=approve"
        assert "由 advisor 提议" in second.page(place).text
        assert GRAVE not in numbers(second.page(LIST).text)

        reopened = adviser.submit(place, f"{place}/reopen", note="客户反悔")
        assert "已重开" in adviser.page(reopened.headers["Location"]).text


def test_a_case_given_away_and_reported_leaves_its_adviser_to_look_on(desk):
    place = f"{LIST}/{MILD}"
    with desk("supervisor") as head, desk("advisor") as adviser:
        head.submit(place, f"{place}/assign", staff_no="S3", note="请接手")
        adviser.submit(place, f"{place}/escalate", note="客户拒绝")
        page = adviser.page(place).text

        assert "S2 → S3" in page
        assert "已上报合规，由合规了结" in page
        assert f"{place}/resolve" not in FormReader.of(page)


# the decision


def test_a_decision_is_listed_and_shown_with_every_rule(officer, watched):
    listed = officer.page("/suitability/decisions?client=C0001").text
    page = officer.page(f"/suitability/decisions/{watched.decision}").text

    assert f"/suitability/decisions/{watched.decision}" in listed
    assert f"/suitability/decisions/{watched.other}" not in listed
    assert "不得销售" in page
    assert len(re.findall(r'href="/suitability/rules/SUIT-\d+\?on=2025-01-06"', page)) >= 12
    assert re.search(r"<span>投资者类别</span> 普通投资者", page)
    assert "客户一侧" in page


def test_a_replay_says_identical_and_files_nothing(officer, watched):
    with counted(engine(watched.url)) as sent:
        page = officer.page(f"/suitability/decisions/{watched.decision}?replay=1").text

    assert "重演一致" in page
    assert not any(statement.startswith(("INSERT", "UPDATE", "DELETE")) for statement in sent)


def test_a_replay_says_where_it_differs(watched):
    with transaction(watched.url) as session:
        matching = matching_desk(session, everything(DAY))
        row, again = matching.row(watched.decision), matching.answer_again(watched.decision)
        facts, content = orjson.loads(row.facts), orjson.loads(row.content)
    facts["client"]["lowest"] = True
    content["verdicts"][0]["outcome"] = "WARN"
    forged = SimpleNamespace(facts=orjson.dumps(facts), content=orjson.dumps(content), digest="sha256:other")

    found = replayed(forged, again)

    assert not found.same
    assert set(found.differences) == {
        ("facts.client.lowest", "True", "False"),
        (f"verdicts[{again.verdicts[0].rule}].outcome", "WARN", again.verdicts[0].outcome.value),
    }


def test_an_adviser_reads_own_clients_on_the_product_side_in_the_words_for_them(watched):
    place = f"/suitability/decisions/{watched.decision}"
    with visiting(watched.url, "advisor") as adviser, visiting(watched.url, "colleague") as other:
        page = adviser.page(place).text

        assert "客户一侧" not in page
        assert "对监管" not in page
        assert adviser.page(f"{place}?words=regulator").status_code == 403
        assert other.page(place).status_code == 404


WORDS = [
    ("client.level", "C2", "C2 谨慎型"), ("client.level", None, "没有评估"), ("client.lowest", False, "否"),
    ("client.birth_date", "1956-03-01", "1956 年"), ("request.amount", "50000.00", "5.00 万元"),
    ("client.gates", {"STAR": "2024-01-02"}, "科创板（2024-01-02 起）"), ("client.gates", {}, "无"),
    ("product.term_days", None, "不定期"), ("holding.total_value", None, "未登记"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "words"), WORDS)
def test_a_fact_in_words(field, value, words):
    assert value_words(field, value) == words


# the rule book


def test_the_rule_book_lists_every_set_and_marks_what_nobody_confirmed(officer):
    page = officer.page("/suitability/rules").text
    waiting = officer.page("/suitability/rules?set=suitability/category&unconfirmed=1").text
    own = [rule for rule in load_rulebook("suitability", "category") if not rule.confirmed]

    assert {"suitability/matching", "market/fees", "diagnosis/metrics"} <= set(re.findall(r"\?set=([\w/]+)", page))
    assert waiting.count('class="step-cell"') == 0
    assert waiting.count(">待核</span>") == len(own)


def test_a_rule_shows_its_value_on_the_day_and_every_other(officer):
    now = officer.page("/suitability/rules/FEE-STAMP?on=2024-06-03").text
    before = officer.page("/suitability/rules/FEE-STAMP?on=2023-08-25").text
    found = officer.page("/suitability/rules?q=印花税&on=2024-06-03").text

    assert "2024-06-03 在用" in now
    assert re.findall(r'class="held( now)?"', now)[0] == " now", "the latest stands first"
    assert re.findall(r'class="held( now)?"', before)[:2] == ["", " now"]
    assert "FEE-STAMP?on=2024-06-03" in found


@pytest.mark.parametrize(("path", "status", "said"), [
    ("/suitability/rules/FEE-STAMPS", 404, "FEE-STAMP"), ("/suitability/rules?q=nothing-like-it", 200, "没有找到"),
    ("/suitability/rules?on=1889-01-01", 422, ""),
])  # fmt: skip
def test_what_is_not_in_the_rule_book(officer, path, status, said):
    answer = officer.page(path)

    assert answer.status_code == status
    assert said in answer.text


def test_values_in_words():
    assert shortened({"outcome": {"FIRM": "REFUSE", "CLIENT": "WARN"}, "duties": ["TELL_SIX"]}) == (
        "公司主动推介 不得销售，客户主动要求 须特别警示后由客户确认；义务：六项告知"
    )
    assert parts_of([{"a": 1, "b": True}, {"a": 2, "b": False}]).rows == (("", "1", "是"), ("", "2", "否"))
    assert [one.name for one in parts_of({"share": {"R1": 1.0}}).parts] == ["占比上限"]


# changes of rules


def narrower(since: str) -> str:
    """The matching rules with a lower limit of concentration from a day on."""
    before = "share: {R1: 1.0, R2: 1.0, R3: 0.5, R4: 0.3, R5: 0.2}\n"
    text = load_rulebook("suitability", "matching").text
    assert before in text
    duties = "duties: [TELL_CONCENTRATION, CLIENT_CONFIRM]"
    value = f"{{outcome: {{FIRM: REFUSE, CLIENT: WARN}}, {duties}, {before[:-1].replace('R4: 0.3', 'R4: 0.25')}}}"
    return text.replace(before, f"{before}    - from: {since}\n      value: {value}\n")


def test_a_change_is_drafted_previewed_and_approved_by_another(desk):
    new = "/suitability/changes/new?file=matching"
    with desk("compliance") as officer, desk("checker") as checker:
        given = {"title": "集中度收紧", "reason": "年度检视", "effective_from": "2025-02-03"}
        bad = officer.submit(new, "/suitability/changes", **given, text="- id: X")
        drafted = officer.submit(new, "/suitability/changes", **given, text=narrower("2025-02-03"))
        place = drafted.headers["Location"].partition("?")[0]
        previewed = officer.submit(place, f"{place}/preview")
        own = officer.page(previewed.headers["Location"]).text

        assert bad.status_code == 422
        assert "草稿不是有效的规则文件" in bad.text
        assert FormReader.of(bad.text)["/suitability/changes"]["title"] == "集中度收紧"
        assert re.search(r"占比上限 · R4</th><td>30%</td><td><b>25%</b>", own)
        assert "由您起草，须由另一人批准" in own
        assert f"{place}/approve" not in FormReader.of(own)

        stale = checker.send(f"{place}/approve", reason="同意", shown="sha256:0")
        assert (stale.status_code, "请先看最近的一次" in stale.text) == (409, True)
        approved = checker.submit(place, f"{place}/approve", reason="同意")
        assert approved.headers["Location"] == f"{place}?note=approved"
        assert "已批准" in officer.page("/suitability/changes").text
        assert "自 2025-02-03 按已批准的变更" in officer.page("/suitability/rules?on=2025-02-03").text
        assert "25%" in officer.page("/suitability/rules/SUIT-130?on=2025-02-03").text


def test_a_preview_in_one_sentence():
    result = {
        "levels": {"changed": 4, "down": 3, "up": 1}, "holdings": {"appear": 12, "heal": 0}, "offers": {"change": -106},
    }

    assert sentence(result) == (
        "4 位客户等级会变（下调 3，上调 1），新增错配 12 件，不消除错配，可推介的客户与产品组合减少 106 个。"
    )
