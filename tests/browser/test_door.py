"""Locking at once and going on in place; the second factor from the picture to the next sign-in."""

import re

import pytest
from playwright.sync_api import expect

from tests.accounts.codes import code_of
from tests.browser.visits import DESK, PHONE, faults

pytestmark = [pytest.mark.browser, pytest.mark.real_time, pytest.mark.xdist_group("browser")]


def test_esc_twice_hides_the_page_here_and_in_the_other_tab(visitors):
    page = visitors.open("headteacher")
    other = page.context.new_page()
    other.goto(page.locator("main a[href*='/listening/new/?student=']").first.get_attribute("href"))
    other.locator("textarea[name=note]").fill("写到一半")
    page.goto("/listening/")

    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    page.wait_for_url("**/accounts/unlock/**")
    expect(page.get_by_role("heading", name="已锁屏")).to_be_visible()
    expect(other.locator("body")).to_be_hidden()
    assert faults(page) == []
    page.go_back()
    expect(page.locator("main")).not_to_contain_text("我的倾听")

    page.goto("/accounts/unlock/?next=/listening/")
    page.get_by_role("button", name="是我本人，继续").click()

    page.wait_for_url("**/listening/")
    expect(other.locator("textarea[name=note]")).to_have_value("写到一半")
    expect(other.locator("body")).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_button_locks_without_scripts(visitors, size):
    page = visitors.open("headteacher", size, java_script_enabled=False)

    page.get_by_role("button", name="锁屏").click()
    page.wait_for_url("**/accounts/unlock/**")
    page.go_back()
    page.wait_for_url("**/accounts/unlock/**")
    page.get_by_role("button", name="是我本人，继续").click()

    page.wait_for_url("**/")
    expect(page.get_by_role("button", name="锁屏")).to_be_visible()


def test_second_factor_from_the_picture_to_the_next_sign_in(visitors):
    page = visitors.open("otherschool", PHONE)
    page.goto("/accounts/second-factor/")
    page.get_by_role("link", name="现在开启").click()
    picture = page.get_by_role("img", name="二维码")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0
    page.locator("summary").click()
    secret = page.locator("p.q-mono").inner_text().replace(" ", "")
    assert faults(page) == []

    page.get_by_label("动态码").fill(code_of(secret))
    page.get_by_role("button", name="开启").click()

    codes = page.locator(".q-codes li")
    expect(codes).to_have_count(10)
    spare = codes.first.inner_text()
    with page.expect_download() as saved:
        page.get_by_role("link", name="下载").click()
    assert spare in saved.value.path().read_text("utf-8")
    assert faults(page) == []

    elsewhere = visitors.open(size=PHONE)
    elsewhere.goto("/accounts/login/")
    elsewhere.locator("form:has(input[name=login][value=otherschool]) button").click()
    elsewhere.wait_for_url("**/accounts/login/code/")
    assert faults(elsewhere) == []
    elsewhere.get_by_label("动态码或备用码").fill(spare)
    elsewhere.get_by_role("button", name="登录", exact=True).click()
    elsewhere.wait_for_url(re.compile(r"/$"))

    elsewhere.goto("/accounts/sessions/")
    assert faults(elsewhere) == []
    expect(elsewhere.locator("[data-row]")).to_have_count(1)
    elsewhere.get_by_role("button", name="退出其他").click()
    page.goto("/accounts/profile/")
    page.wait_for_url("**/accounts/login/**")

    elsewhere.goto("/accounts/second-factor/remove/")
    elsewhere.get_by_role("button", name="停用").click()
    expect(elsewhere.get_by_text("还没有开启")).to_be_visible()
