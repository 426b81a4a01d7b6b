"""今日、任务、团队 as pages: who sees what, a record in one step, refusals told, several at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlmodel import Session, col, select

from clients.staff.tables import AbsenceRow, StaffRow
from kit.access import Role
from kit.db import engine, transaction
from mot.tasks.tables import ServiceRecordRow, TaskRow
from tests.api.conftest import FormReader, counted
from tests.api.small_house import browsing, small_house
from tests.databases import Databases
from tests.mot.world import DAY, ordinary

USERS = {
    "advisor": (Role.ADVISOR, "staff:S2"), "colleague": (Role.ADVISOR, "staff:S3"),
    "stranger": (Role.ADVISOR, "staff:S5"), "supervisor": (Role.SUPERVISOR, "staff:S1"),
    "compliance": (Role.COMPLIANCE, ""), "auditor": (Role.AUDITOR, ""), "administrator": (Role.ADMINISTRATOR, ""),
    "client": (Role.CLIENT, "client:C01"),
}  # fmt: skip
EVENTS = (  # client, kind, facts; who serves C01, C05 … is S2, C02 … S3
    ("C01", "EXCHANGE_WARNING", {"exchange": "上交所", "measure": "口头警示", "security_name": "样例"}),
    ("C13", "LARGE_OUTFLOW", {"amount_yuan": 500_000.0}), ("C05", "LARGE_INFLOW", {"amount_yuan": 500_000.0}),
    ("C17", "BIRTHDAY", {}), ("C21", "FIRST_DEPOSIT", {"amount_yuan": 500_000.0}), ("C02", "BIRTHDAY", {}),
)  # fmt: skip
WARNING, INFLOW, BIRTHDAY, DEPOSIT, OTHERS = "C01", "C05", "C17", "C21", "C02"
PAPER = "a" * 64


@pytest.fixture(scope="module")
def desks_url(databases: Databases) -> Iterator[str]:
    """The small house with tasks of the day, made once a backend."""
    told = [(client_no, kind, {"ref": "E1", **facts}) for client_no, kind, facts in EVENTS]
    with small_house(databases, USERS, told) as url:
        yield url


@pytest.fixture
def url(databases: Databases, desks_url: str) -> Iterator[str]:
    made = databases.copy(desks_url)
    yield made
    databases.drop(made)


def task(url: str, client_no: str) -> TaskRow:
    """The client's first task as it stands."""
    with Session(engine(url)) as session:
        asked = select(TaskRow).where(col(TaskRow.client_no) == client_no).order_by(col(TaskRow.id))
        return session.exec(asked).first()


def place(url: str, client_no: str) -> str:
    return f"/tasks/T{task(url, client_no).id:07d}"


SEES = [  # who, page, status, what stands there, what does not
    ("advisor", "/tasks", 200, ("客户C01", "必做", "添加任务", "/tasks/bulk"), ("客户C02",)),
    ("colleague", "/tasks", 200, ("客户C02",), ("客户C01",)),
    ("stranger", "/tasks", 200, ("现在没有待办", "交易所警示"), ("客户C0",)),
    ("supervisor", "/tasks", 200, ("客** C01", "客** C02", "员工S2"), ("客户C01", "/tasks/bulk")),
    ("supervisor", "/team", 200, ("员工S2", "/team/assign", "客** C01"), ("客户C01",)),
    ("compliance", "/team", 200, ("全部营业部",), ("客户C01",)),
    ("auditor", "/tasks", 200, ("客** C01",), ("客户C01", "/tasks/bulk", "/tasks/own")),
    ("administrator", "/team", 200, ("客** C01",), ("客户C01", "/tasks/T")),
    ("administrator", "/tasks", 403, (), ()), ("auditor", "/team", 403, (), ()), ("advisor", "/team", 403, (), ()),
    ("client", "/tasks", 403, (), ()),
]  # fmt: skip


def test_who_sees_what(desks_url):
    for name, page, status, there, absent in SEES:
        with browsing(desks_url, name) as visitor:
            got = visitor.page(page)
            assert got.status_code == status, (name, page)
            assert [one for one in there if one not in got.text] == [], (name, page)
            assert [one for one in absent if one in got.text] == [], (name, page)


def test_the_day_begins_where_the_work_is(desks_url):
    firsts = {"advisor": "/tasks", "supervisor": "/team", "compliance": "/accounts"}
    for name, first in firsts.items():
        with browsing(desks_url, name) as visitor:
            assert visitor.page("/").headers["location"] == first


def test_mandatory_stands_first_and_filters_narrow_by_address(desks_url):
    with browsing(desks_url, "advisor") as visitor:
        whole = visitor.page("/tasks").text
        queries = ("", "must=1", "must=0", "family=LIFE_EVENT", "q=C21", "when=late", "state=DONE")
        named = [re.findall(r'data-task="(T\d+)"', visitor.page(f"/tasks?{query}").text) for query in queries]

    assert whole.index("必做 <small>") < whole.index("选做 <small>")
    assert [len(one) for one in named] == [5, 2, 3, 1, 1, 0, 0]
    assert named[0] == named[1] + named[2]
    assert '<small class="waiting" id="waiting">5</small>' in whole


def test_the_page_tells_the_story_and_what_must_not_be_offered(url):
    with browsing(url, "advisor") as visitor:
        page = visitor.page(place(url, INFLOW)).text
        now = visitor.page(f"{place(url, INFLOW)}/suitability").text
        with transaction(url) as session:
            ordinary(session, INFLOW)
        later = visitor.page(f"{place(url, INFLOW)}/suitability").text

    assert all(told in page for told in (
        "净转入500,000元", "为什么现在", "客户C05，您好", "不能说，不能做", "现金产品M1", "可以联系",
        "/clients/C05/household", "20:30 至次日 09:00", 'hx-get="/tasks/T',
    ))  # fmt: skip
    assert now.count("今天：可以") == 2
    assert "专业投资者" in now
    assert "今天不能推介" in later
    assert "不得推介 R1、R2、R3、R4、R5 等级的产品" in later


def test_a_contact_is_recorded_in_one_step_and_leads_to_the_next_task(url):
    said = {"content": "已说明风险与费用", "feedback": "LATER", "next_step": "月底再谈", "product": "M1"}
    with browsing(url, "advisor") as visitor:
        path = place(url, INFLOW)
        options = re.findall(r'name="feedback" value="(\w+)"', visitor.page(path).text)
        assert 2 <= len(options) <= 4
        done = visitor.submit(path, f"{path}/record", **{**said, "feedback": options[0]})
        onward = visitor.page(done.headers["location"])
        again = visitor.page(path).text

    assert (done.status_code, onward.status_code) == (303, 200)
    assert done.headers["location"] == f"{place(url, WARNING)}?note=next"
    assert "这是下一项" in onward.text
    assert "已说明风险与费用" in again
    with Session(engine(url)) as session:
        (record,) = session.exec(select(ServiceRecordRow)).all()
    assert (record.way, record.next_step, [one["code"] for one in record.products]) == ("PHONE", "月底再谈", ["M1"])
    assert task(url, INFLOW).state == "DONE"


def test_what_the_record_lacks_is_told_on_the_form_that_keeps_the_words(url):
    path = place(url, WARNING)
    with browsing(url, "advisor") as visitor:
        told = {"content": "已告知并核实", "feedback": "TOLD", "next_step": "回访", "client_words": "本人下单"}
        bare = visitor.submit(path, f"{path}/record", **told)
        promise = visitor.submit(path, f"{path}/record", **{**told, "content": "这只产品稳赚", "evidence": PAPER})
        done = visitor.submit(path, f"{path}/record", **told, evidence=PAPER, evidence_name="录音")

    assert (bare.status_code, promise.status_code, done.status_code) == (422, 422, 303)
    assert "附件" in bare.text
    assert FormReader.of(bare.text)[f"{path}/record"]["content"] == "已告知并核实"
    assert "不得使用的词语：稳赚" in promise.text
    assert task(url, WARNING).state == "DONE"


def test_a_mandatory_task_cannot_be_skipped_and_the_page_says_why(url):
    path, mild = place(url, WARNING), place(url, BIRTHDAY)
    with browsing(url, "advisor") as visitor:
        page = visitor.page(path).text
        forced = visitor.send(f"{path}/skip", version="1", note="客户很忙")
        bare = visitor.submit(mild, f"{mild}/skip", note=" ")
        skipped = visitor.submit(mild, f"{mild}/skip", note="客户在国外")

    assert f"{path}/skip" not in FormReader.of(page)
    assert "必须联系客户" in page
    assert (forced.status_code, task(url, WARNING).state) == (409, "ASSIGNED")
    assert "必须联系客户" in forced.text
    assert (bare.status_code, skipped.status_code) == (422, 303)
    assert task(url, BIRTHDAY).state == "SKIPPED"


def test_a_task_that_moved_on_is_told_with_what_happened_and_keeps_the_words(url):
    path = place(url, BIRTHDAY)
    with browsing(url, "advisor") as visitor:
        seen = FormReader.of(visitor.page(path).text)[f"{path}/record"]
        assert visitor.submit(path, f"{path}/accept").status_code == 303
        option = re.findall(r'name="feedback" value="(\w+)"', visitor.page(path).text)[0]
        words = {"content": "祝福已送到", "feedback": option, "next_step": "无"}
        stale = visitor.send(f"{path}/record", **(seen | words))
        form = FormReader.of(stale.text)[f"{path}/record"]
        again = visitor.send(f"{path}/record", **form)

    assert stale.status_code == 412
    assert "您填写期间，任务有了变动，尚未提交" in stale.text
    assert (form["version"], form["content"]) == ("2", "祝福已送到")
    assert (again.status_code, task(url, BIRTHDAY).state) == (303, "DONE")


def test_another_ones_task_is_as_if_it_were_not_there(url):
    path = place(url, OTHERS)
    with browsing(url, "advisor") as visitor:
        asked = [visitor.page(path), visitor.page(f"{path}/suitability")]
        asked += [visitor.send(f"{path}/{deed}", version="1", note="x") for deed in ("accept", "skip", "record")]
    with browsing(url, "supervisor") as visitor:
        form = FormReader.of(visitor.page(path).text)
        refused = visitor.send(f"{path}/accept", version="1")

    assert {one.status_code for one in asked} == {404}
    assert set(form) == {f"{path}/owner", f"{path}/cancel"}
    assert refused.status_code == 403


def picked(url: str, *clients: str) -> list[str]:
    return [f"T{row.id:07d}.{row.version}" for row in (task(url, one) for one in clients)]


def test_several_are_accepted_or_skipped_and_each_refusal_is_named(url):
    with browsing(url, "advisor") as visitor:
        none = visitor.submit("/tasks", "/tasks/bulk", deed="ACCEPT", pick=[])
        accepted = visitor.submit("/tasks", "/tasks/bulk", deed="ACCEPT", pick=picked(url, BIRTHDAY, WARNING))
        some = picked(url, DEPOSIT, WARNING, OTHERS)
        mixed = visitor.submit("/tasks", "/tasks/bulk", deed="SKIP", note="客户在国外", pick=some)

    assert (none.status_code, "还没有选中任务" in none.text) == (422, True)
    assert "2 项已接收。" in accepted.text
    assert "1 项已跳过。" in mixed.text
    assert "有 2 项没有办成" in mixed.text
    assert "没有任务" in mixed.text
    states = [task(url, one).state for one in (BIRTHDAY, WARNING, DEPOSIT, OTHERS)]
    assert states == ["ACCEPTED", "ACCEPTED", "SKIPPED", "ASSIGNED"]


def test_a_task_of_ones_own_is_added_for_a_client_of_ones_own(url):
    told = {"client_no": "C09", "name": "送达季度报告", "note": "约好月初", "due_on": "2026-03-06"}
    with browsing(url, "advisor") as visitor:
        strange = visitor.submit("/tasks", "/tasks/own", **{**told, "client_no": "C02"})
        past = visitor.submit("/tasks", "/tasks/own", **{**told, "due_on": "2026-03-01"})
        made = visitor.submit("/tasks", "/tasks/own", **told)
        page = visitor.page(made.headers["location"]).text

    assert (strange.status_code, past.status_code, made.status_code) == (404, 422, 303)
    assert FormReader.of(past.text)["/tasks/own"]["name"] == "送达季度报告"
    assert "任务已添加" in page
    assert "书面函件" in page, "any way of contact"


def test_the_supervisor_sees_who_is_away_and_gives_tasks_away_together(url):
    with transaction(url) as session:
        ids = {row.staff_no: row.id for row in session.exec(select(StaffRow))}
        session.add(AbsenceRow(staff_id=ids["S4"], kind="LEAVE", valid_from=DAY, valid_to=DAY, stand_in_id=ids["S6"]))
        waiting = session.get_one(TaskRow, task(url, OTHERS).id)
        waiting.owner_no, waiting.owner_name, waiting.state = "", "", "CREATED"
    with browsing(url, "supervisor") as visitor:
        page = visitor.page("/team").text
        given = visitor.submit("/team", "/team/assign", staff_no="S6", pick=picked(url, OTHERS, BIRTHDAY))
        away = visitor.submit("/team", "/team/assign", staff_no="S4", pick=picked(url, OTHERS))

    assert "未分派<small>1</small>" in page
    assert "休假 至 03-02 周一，由 员工S6 代岗" in page
    assert "代 员工S4" in page
    assert [task(url, one).owner_no for one in (OTHERS, BIRTHDAY)] == ["S6", "S6"]
    assert "2 项已分派。" in given.text
    assert ("没有一项办成" in away.text, "离岗" in away.text) == (True, True)


def test_no_page_asks_more_than_fifteen_questions(desks_url):
    pages = {"advisor": ("/tasks", place(desks_url, WARNING), place(desks_url, INFLOW)),
             "supervisor": ("/team", "/tasks", place(desks_url, INFLOW))}  # fmt: skip
    for name, some in pages.items():
        with browsing(desks_url, name) as visitor:
            for page in some:
                with counted(engine(desks_url)) as asked:
                    assert visitor.page(page).status_code == 200
                assert len(asked) <= 15, (page, len(asked))
