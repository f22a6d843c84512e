"""A talk in four taps, without typing, and every figure that follows from it."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.visits import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.real_time, pytest.mark.xdist_group("browser")]
TALKS = "listening_conversation"


@dataclass
class Finger:
    """Counts its taps; it cannot type."""

    taps: int = 0

    def tap(self, what: Locator) -> None:
        what.click()
        self.taps += 1


def waiting(page: Page) -> tuple[str, str]:
    """The first one of the list whom nobody has asked in vain: name and address of the form."""
    row = page.locator("main li.q-li:has(a.q-name):has(a.q-btn-soft[href*='?student='])").first
    return row.locator("a.q-name").inner_text(), row.locator("a.q-btn-soft").get_attribute("href") or ""


def board_figure(page: Page) -> int:
    return int(re.match(r"\d+", page.locator(".q-sum-1 .q-num").inner_text())[0])


def school_figure(page: Page) -> int:
    page.goto("/")
    return int(re.search(r"\d+", page.locator("[data-part=met]").inner_text())[0])


def cell(board: Page, student: str) -> Locator:
    """The state of a student under the first requirement of the board."""
    row = board.locator("table.q-board tbody tr", has=board.get_by_role("rowheader").filter(has_text=student))
    return row.locator("td").first


def save_button(page: Page) -> Locator:
    return page.get_by_role("button", name="保存", exact=True)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_talk_is_logged_in_four_taps_and_counts_once_everywhere(site, visitors, scripts):
    phone = visitors.open("headteacher", PHONE, java_script_enabled=scripts)
    board = visitors.open("headteacher")
    principal = visitors.open("principal")
    board.goto(phone.locator("main a[href*='/listening/classes/']:has-text('看板')").get_attribute("href"))
    name, url = waiting(phone)
    before = (board_figure(board), school_figure(principal), site.count(TALKS))
    expect(cell(board, name)).not_to_contain_text("已谈")

    finger = Finger()
    finger.tap(phone.locator(f"a.q-btn-soft[href='{url}']").first)
    finger.tap(save_button(phone))
    phone.wait_for_url(lambda address: "/new/" not in address)

    assert finger.taps <= 4
    assert f"已保存。{name}" in phone.get_by_role("status").first.inner_text()
    phone.goto("/")
    assert phone.locator(f"a.q-btn-soft[href='{url}']").count() == 0
    phone.locator("main a[href*='/listening/conversations/']", has_text=name).first.click()
    expect(phone.locator("main dl")).to_contain_text("15 分钟")
    board.reload()
    expect(cell(board, name)).to_contain_text("已谈")
    assert (board_figure(board), school_figure(principal), site.count(TALKS)) == tuple(one + 1 for one in before)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_two_presses_make_one_talk(site, visitors, scripts):
    phone = visitors.open("headteacher", PHONE, java_script_enabled=scripts)
    _, url = waiting(phone)
    phone.goto(url)
    before = site.count(TALKS)

    save_button(phone).dblclick()
    phone.wait_for_url(lambda address: "/new/" not in address)

    assert site.count(TALKS) == before + 1


def test_refused_form_keeps_what_was_typed(site, visitors):
    phone = visitors.open("headteacher", PHONE)
    _, url = waiting(phone)
    phone.goto(url)
    before = site.count(TALKS)
    phone.get_by_label("记几句").fill("他说起了家里的小狗。")
    phone.locator("summary", has_text="日期、时间、地点").click()
    phone.get_by_label("地点").fill("操场")
    phone.get_by_label("日期", exact=True).fill("2001-09-01")

    with phone.expect_response(lambda said: said.request.method == "POST" and "/new/" in said.url) as answered:
        save_button(phone).click()
    phone.wait_for_load_state()

    assert answered.value.status == 422
    expect(phone.get_by_label("记几句")).to_have_value("他说起了家里的小狗。")
    expect(phone.get_by_label("地点")).to_have_value("操场")
    expect(phone.get_by_label("地点")).to_be_visible()
    assert "最早只能补记到" in phone.locator("main").inner_text()
    assert site.count(TALKS) == before
    # The browser itself notes every answer above 399; nothing else may stand there.
    assert [said for said in visitors.noticed if "422" not in said] == []
    visitors.noticed.clear()

    phone.goto(url)
    phone.get_by_role("button", name="放弃草稿").click()
    expect(phone.get_by_label("记几句")).to_have_value("")
