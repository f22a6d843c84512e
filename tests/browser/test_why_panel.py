"""Why a state is what it is: beside the board at a desk, a page of its own on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.visits import PHONE, faults

pytestmark = [pytest.mark.browser, pytest.mark.real_time, pytest.mark.xdist_group("browser")]


def test_state_opens_the_panel_at_the_side_and_esc_gives_the_focus_back(visitors):
    page = visitors.open("headteacher")
    page.get_by_role("link", name="班级看板").first.click()
    board = page.url
    state = page.locator("table.q-board a[data-panel]").first

    state.click()

    panel = page.get_by_role("dialog")
    expect(panel).to_be_visible()
    expect(panel).to_have_accessible_name(page.locator("dialog h2").first.inner_text())
    expect(panel.locator("dl.q-facts")).to_contain_text("到期日")
    box = panel.bounding_box()
    assert (box["x"] > 720, round(box["x"] + box["width"])) == (True, 1440)
    assert page.url == board
    assert panel.evaluate("panel => panel.contains(document.activeElement)")
    assert faults(page) == []

    page.keyboard.press("Escape")

    expect(page.locator("dialog")).to_have_count(0)
    expect(state).to_be_focused()
    assert page.url == board


def test_panel_closes_by_its_button_and_by_a_click_beside_it(visitors):
    page = visitors.open("headteacher")
    page.get_by_role("link", name="班级看板").first.click()
    state = page.locator("table.q-board a[data-panel]").first

    state.click()
    page.get_by_role("dialog").get_by_role("button", name="关闭").click()
    expect(page.locator("dialog")).to_have_count(0)
    expect(state).to_be_focused()

    state.click()
    expect(page.get_by_role("dialog").locator("dl.q-facts")).to_be_visible()
    page.mouse.click(200, 450)
    expect(page.locator("dialog")).to_have_count(0)
    expect(state).to_be_focused()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_on_a_phone_it_is_a_page_of_its_own(visitors, scripts):
    page = visitors.open("headteacher", PHONE, java_script_enabled=scripts)
    page.goto(page.locator("main a[href*='/listening/classes/']:has-text('看板')").get_attribute("href"))
    board = page.url

    page.locator("table.q-board a[data-panel]").first.click()
    page.wait_for_url("**/listening/checkins/**")

    assert page.locator("dialog").count() == 0
    assert page.locator("h1").inner_text().startswith("为什么是")
    page.get_by_role("link", name="返回看板").click()
    page.wait_for_url(board)
