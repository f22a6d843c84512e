"""A registrar brings in a roster as an old office program writes it, and once more by mistake."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.real_time, pytest.mark.xdist_group("browser")]

# Class numbers without a grade, in the encoding of Chinese Windows; 㛃 is in GB18030 and not in GBK's first set.
ROSTER = (
    "班级,姓名,学号,性别\r\n"
    "5,龚雨㛃,20260501,女\r\n"
    "5,邹明远,20260502,男\r\n"
    "5,褚思齐,20260503,女\r\n"
    "6,娄一鸣,20260601,男\r\n"
).encode("gb18030")
FILE = {"name": "七年级新生.csv", "mimeType": "text/csv", "buffer": ROSTER}
STUDENTS = "students_student"


def upload(page: Page) -> None:
    """Choose the file and say which grade its classes are of; ends at the preview."""
    page.goto("/students/import/")
    page.get_by_label("名册文件").set_input_files(FILE)
    page.get_by_role("button", name="下一步：认列").click()
    page.get_by_label("年级", exact=True).first.select_option(label="七年级")
    page.get_by_role("button", name="下一步：核对").click()
    page.wait_for_url("**/preview/")


def test_roster_is_written_once(site, visitors):
    page = visitors.open("registrar")
    before = site.count(STUDENTS)

    upload(page)
    preview = page.locator("main").inner_text()
    assert site.count(STUDENTS) == before
    assert "龚雨㛃" in preview
    assert "会新建 2 个班：七年级(5)班、七年级(6)班" in preview
    page.get_by_role("button", name="确认，写入 4 位").click()
    page.wait_for_url("**/done/")
    expect(page.get_by_role("heading", name="新增 4 位，更新 0 位")).to_be_visible()
    assert site.count(STUDENTS) == before + 4

    upload(page)
    expect(page.get_by_role("link", name="没有要写的，看名单")).to_be_visible()
    assert page.get_by_role("button", name="确认").count() == 0
    assert site.count(STUDENTS) == before + 4

    page.goto("/students/?q=龚雨")
    expect(page.locator("main")).to_contain_text("七年级(5)班")
