"""Pages of staff and relations: what each reader is offered, forms under the version one has seen, handover as seen."""

from __future__ import annotations

import re

import pytest
from sqlmodel import Session

from kit.db import engine
from kit.trail.service import history
from tests.api.conftest import NOW, FormReader, visiting

TODAY = NOW.date().isoformat()


def shown(page: str) -> str:
    """The words of a page, without markup and gaps."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", " ", page))


OFFERED = [  # who, what the page of S2 offers: hand over, new relation, keep the staff, end a relation
    ("supervisor", (True, True, False, True)),
    ("administrator", (True, True, True, True)),
    ("compliance", (False, False, False, False)),
    ("auditor", (False, False, False, False)),
    ("advisor", (False, False, False, False)),
]


@pytest.mark.parametrize(("name", "offered"), OFFERED)
def test_a_page_offers_what_its_reader_may_do(name, offered, shelf_url):
    with visiting(shelf_url, name) as visitor:
        people, page = visitor.page("/staff").text, visitor.page("/staff/S2").text

    assert ('aria-current="page">人员</a>' in people, "/staff/S2" in people) == (True, True)
    assert ("/staff/S3" in people) == (name != "advisor"), "an adviser sees the own page alone"
    found = tuple(part in page for part in ("/S2/handover", "/S2/relations/new", "/S2/edit", 'href="/relations/'))
    assert found == offered


def test_the_list_is_narrowed_by_branch_post_and_words(reader):
    branch, post, words = (
        re.findall(r'href="/staff/(S\d)"', reader.page(f"/staff?{query}").text)
        for query in ("branch=B1", "post=SUPERVISOR", "q=S3")
    )

    assert [sorted(set(one)) for one in (branch, post, words)] == [["S1", "S2", "S3"], ["S1"], ["S3"]]
    assert "没有符合这些条件的人员" in reader.page("/staff?q=nobody").text
    assert reader.page("/staff?post=NONSENSE").status_code == 200


def test_a_person_with_all_that_is_on_file(book_url):
    with visiting(book_url, "administrator") as visitor:
        for action, fields in (
            ("qualifications", {"licence": "INVESTMENT_ADVISER", "number": "S099962001", "valid_from": "2020-01-02"}),
            ("qualifications", {"licence": "FUND", "valid_from": "2020-01-02", "valid_to": "2024-12-31"}),
            ("absences", {"kind": "SICK", "valid_from": "2025-01-02", "valid_to": "2025-02-28", "note": "手术"}),
        ):
            done = visitor.submit(f"/staff/S3/{action}/new", f"/staff/S3/{action}", **fields)
            assert (done.status_code, done.headers.get("location")) == (303, "/staff/S3?note=saved"), done.text
        page, other = shown(visitor.page("/staff/S3").text), shown(visitor.page("/staff/S2?all=1").text)

    assert "证券投资顾问编号S0999620012020-01-02起客户服务与回访、经纪业务营销、提供投资建议有效" in page
    assert "2020-01-02至2024-12-31销售基金已到期" in page
    assert "病假现在2025-01-02至2025-02-28代岗没有手术" in page
    assert "C0001" in other
    assert "主办2024-01-02起" in other
    assert "没有允许提供投资建议的执业登记" in other


def test_what_is_saved_names_the_version_that_was_seen(book_url):
    with visiting(book_url, "administrator") as visitor:
        seen = FormReader.of(visitor.page("/staff/S2/edit").text)["/staff/S2/edit"]
        first = visitor.send("/staff/S2/edit", **seen | {"name": "新名", "capacity": "60"})
        late = visitor.send("/staff/S2/edit", **seen | {"name": "旧名", "idempotency_key": "another"})
        bad = visitor.submit("/staff/S2/edit", "/staff/S2/edit", capacity="许多")
    with Session(engine(book_url)) as session:
        (told,) = history(session, "staff", "S2")

    assert (first.status_code, late.status_code, bad.status_code) == (303, 412, 422)
    again = FormReader.of(late.text)["/staff/S2/edit"]
    assert (again["version"], again["name"], again["capacity"]) == ("2", "新名", "60"), "what stands on file now"
    assert FormReader.of(bad.text)["/staff/S2/edit"]["capacity"] == "许多", "what was typed stays"
    assert (told["action"], told["record_version"], told["user_id"]) == ("staff.change", "2", "u-administrator")


def test_a_relation_is_ended_and_another_begun(book_url):
    with visiting(book_url, "supervisor") as visitor:
        without = visitor.submit("/relations/1", "/relations/1/end", last_day=TODAY)
        done = visitor.submit("/relations/1", "/relations/1/end", last_day=TODAY, reason="客户要求")
        again, nobody = (
            visitor.submit("/staff/S2/relations/new", "/staff/S2/relations", client_no=client_no)
            for client_no in ("C0001", "C9999")
        )

    assert (without.status_code, "请写明结束服务关系的事由" in without.text) == (422, True)
    assert (done.status_code, done.headers["location"]) == (303, "/staff/S2?note=ended")
    assert "没有允许提供投资建议的执业登记" in again.text
    assert (nobody.status_code, "没有客户 C9999" in nobody.text) == (404, True)


def test_a_handover_is_done_as_it_was_seen(book_url):
    place, action = "/staff/S2/handover", "/staff/S2/handover"
    with visiting(book_url, "administrator") as keeper:
        asked = {"to_staff": "S3", "day": "2025-01-20", "clients": "C0001，C0002"}
        unfit = keeper.submit(place, f"{action}/preview#preview", **asked)
        keeper.submit("/staff/S3/qualifications/new", "/staff/S3/qualifications", licence="INVESTMENT_ADVISER",
                      valid_from="2020-01-02")  # fmt: skip
        plan = keeper.submit(place, f"{action}/preview#preview", **asked)
        form = FormReader.of(plan.text)[action]
        unsaid = keeper.send(action, **form)
        keeper.submit("/relations/2", "/relations/2/end", last_day="2025-06-30", reason="到期")
        changed = keeper.send(action, **form | {"reason": "调岗", "idempotency_key": "second"})
        form = FormReader.of(changed.text)[action]
        done = keeper.send(action, **form | {"reason": "调岗"})
        after = keeper.page("/staff/S3?all=1").text

    assert "暂时不能办理" in unfit.text
    assert action not in FormReader.of(unfit.text), "what cannot be done is not offered"
    assert "2位客户自2025-01-20起由S3员工S3服务" in shown(plan.text)
    assert (unsaid.status_code, "请写明交接事由" in unsaid.text) == (422, True)
    assert (changed.status_code, "请重新预览" in changed.text) == (412, True)
    assert (done.status_code, done.headers["location"]) == (303, "/staff/S2?note=handed")
    assert ("C0001" in after, "C0002" in after) == (True, True)
