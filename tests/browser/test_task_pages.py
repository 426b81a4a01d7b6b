"""The adviser's day in a real browser: whole at every width, a task that comes by itself, a record in one step."""

from __future__ import annotations

import pytest

from jobs.gates import GATES
from kit.db import engine, transaction
from kit.identity.passwords import hashed
from kit.identity.tables import UserRow
from kit.identity.types import Door
from kit.migrate import upgrade
from kit.settings import settings
from mot.channels.addresses import AddressBook
from mot.delivery.dispatch import Dispatcher
from mot.delivery.outbox import DeliveryOutbox
from tests.api.people import PASSWORD, USERS, sign_in
from tests.browser.house import serving
from tests.mot.world import DAY, at, happened, make, settle

pytestmark = pytest.mark.browser

NOW = at(DAY, 10)
WARNING = {"exchange": "上交所", "measure": "口头警示", "security_name": "样例"}


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The small house on a trading day, one task with products on the adviser's desk."""
    folder = tmp_path_factory.mktemp("day")
    url = f"sqlite:///{folder / 'heshi.db'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HESHI_VAR_DIR", str(folder / "var"))
        patch.setenv("HESHI_LOG_LEVEL", "WARNING")
        settings.cache_clear()
        upgrade(url)
        with transaction(url) as session:
            settle(session)
            for name in ("advisor", "supervisor"):
                role, subject = USERS[name]
                session.add(UserRow(
                    id=f"u-{name}", name=name, role=role, subject=subject, password_hash=hashed(PASSWORD),
                    created_at=NOW,
                ))  # fmt: skip
            happened(session, "C05", "LARGE_INFLOW", ref="E1", amount_yuan=500_000.0)
            make(session)
        with serving(url, NOW) as origin:
            yield url, origin
        engine(url).dispose()
    settings.cache_clear()


@pytest.fixture
def opens(visit, day):
    """Opens a page as a user of the house."""
    url, origin = day

    def go(path, who="advisor", **how):
        return visit(origin + path, cookie=sign_in(url, who, NOW, Door.PAGE).cookie, **how)

    return go


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_pages_are_whole_under_the_strict_policy(opens, width, scheme):
    for path, who in (("/tasks", "advisor"), ("/tasks/T0000001", "advisor"), ("/team", "supervisor")):
        opened = opens(path, who, width=width, scheme=scheme)
        if "T0" in path:
            opened.page.wait_for_selector("#now .fit >> text=今天：可以")
        assert (opened.errors, opened.page.locator("h1").count()) == ([], 1), path
        assert opened.overflow() <= 0, path


def test_a_task_comes_by_itself_and_is_recorded_in_one_step(opens, day):
    page = opens("/tasks").page
    page.evaluate("window.stayed = true")
    with transaction(day[0]) as session:
        happened(session, "C01", "EXCHANGE_WARNING", ref="W1", **WARNING)
        make(session, client_no="C01", outbox=DeliveryOutbox(AddressBook([])))
    Dispatcher(day[0], "w", addresses=AddressBook([]), clock=lambda: NOW, gates=GATES).turn()

    page.wait_for_selector("tr.fresh >> text=交易所警示联系")
    assert page.inner_text(".news").startswith("有 1 项新任务，已列入")
    assert page.inner_text(".topnav .waiting") == "2"
    assert page.evaluate("window.stayed") is True, "the page was not loaded anew"

    page.click("tr.fresh .step")
    page.fill("#content", "已告知并核实")
    page.check("input[name=feedback][value=TOLD]")
    page.fill("#next_step", "下周回访")
    page.fill("#client_words", "是我本人下的单")
    page.set_input_files("[data-digest-of=evidence]", {"name": "c.wav", "mimeType": "audio/wav", "buffer": b"hello"})
    page.wait_for_function("document.getElementById('evidence').value !== ''")
    page.click("#record button.primary")
    page.wait_for_url("**/tasks/T0000001?note=next")

    assert "这是下一项" in page.inner_text(".flash")
    assert page.inner_text(".topnav .waiting") == "1"


def test_without_script_a_task_is_picked_and_skipped(opens):
    page = opens("/tasks", script=False).page
    page.check("input[name=pick]")
    page.fill("input[name=note]", "客户在国外")
    page.click("button[value=SKIP]")

    assert "1 项已跳过" in page.inner_text("#book")
    assert "现在没有待办" in page.inner_text("#book")
