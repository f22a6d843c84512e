"""What is typed is never lost: not with the tab, the browser, the session, the server or the network."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_log_a_talk import TALKS, save_button, waiting
from tests.browser.visits import DESK, PHONE, Site, Visitors, faults, served, today
from tests.flows.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.real_time, pytest.mark.xdist_group("browser")]

DRAFTS = "students_draft"
WORDS = "他说想去看海，又怕没有时间。"
AGE = """
from django.contrib.sessions.models import Session
for row in Session.objects.all():
    data = row.get_decoded()
    if "door" in data:
        data["door"]["{moment}"] -= {seconds}
        row.session_data = Session.objects.encode(data)
        row.save()
"""


PLACES = """
from django.urls import reverse
from accounts.models import User
from schools.models import SchoolClass
from students.models import Student, TierProposal
held = User.objects.get(username="headteacher").memberships.get(role="head_teacher")
klass = SchoolClass.objects.get(pk=held.school_class_id)
waiting = TierProposal.objects.waiting().values("student")
child = Student.objects.filter(enrolments__school_class=klass).exclude(pk__in=waiting).order_by("pk").last()
answer = {
    "sheet": reverse("listening:sheet", args=[klass.uid]),
    "peers": reverse("listening:peers", args=[klass.uid]),
    "card": reverse("students:card-edit", args=[child.uid]),
    "proposal": reverse("students:care-propose", args=[child.uid]),
    "label": reverse("students:care-label-new", args=[child.uid]),
}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A county of its own: much is written here, and drafts stay until they are asked for."""
    folder = tmp_path_factory.mktemp("drafts")
    house = Installation(folder)
    house.seed(today())
    with served(house, folder) as site:
        yield site


@pytest.fixture(autouse=True)
def _no_drafts(site) -> None:
    """A page that closes with words in it leaves a draft: no test begins with that of another."""
    with closing(sqlite3.connect(site.folder / "db.sqlite3", timeout=20)) as database, database:
        database.execute(f"DELETE FROM {DRAFTS}")


@pytest.fixture(scope="module")
def places(site) -> dict[str, str]:
    """The addresses of the other forms."""
    return site.house.ask(PLACES)


def note(page: Page):
    return page.get_by_label("记几句")


def form_of(page: Page) -> str:
    """The form for somebody of the list."""
    page.goto("/")
    return waiting(page)[1]


def write(page: Page, url: str, words: str = WORDS) -> None:
    """Type, and wait until it is kept."""
    page.goto(url)
    note(page).fill(words)
    expect(page.get_by_text("草稿已保存")).to_be_visible()


def restored(page: Page, words: str = WORDS) -> None:
    expect(note(page)).to_have_value(words)
    expect(page.get_by_text("未保存完的内容")).to_be_visible()


def save(page: Page) -> None:
    save_button(page).click()
    page.wait_for_url(lambda address: "/new/" not in address)


def let_pass(site, moment: str, *, minutes: int) -> None:
    """As if everybody had begun, clicked or proved something that much earlier."""
    site.house.shell(AGE.format(moment=moment, seconds=60 * minutes))


def forgive(visitors: Visitors) -> None:
    """The browser itself notes every refused or failed request; nothing else may stand there."""
    known = ("422", "409", "403", "ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET")
    assert [said for said in visitors.noticed if not any(one in said for one in known)] == []
    visitors.noticed.clear()


@pytest.fixture
def page(visitors) -> Page:
    return visitors.open("headteacher", PHONE)


def test_closed_tab_and_killed_browser(site, visitors, page):
    url, before = form_of(page), site.count(TALKS)
    write(page, url)
    page.close()

    page = visitors.contexts[0].new_page()
    page.goto(url)
    restored(page)
    note(page).fill(WORDS + "再约一次。")
    page.goto("/listening/")  # at once: the page says its last words while it goes
    cookies = page.context.storage_state()
    page.context.close()

    elsewhere = visitors.open(size=DESK, storage_state=cookies)
    elsewhere.goto(url)
    restored(elsewhere, WORDS + "再约一次。")
    assert faults(elsewhere) == []
    save(elsewhere)

    assert (site.count(TALKS), site.count(DRAFTS)) == (before + 1, 0)
    forgive(visitors)


@pytest.mark.long
def test_list_of_drafts_continues_and_discards(site, visitors, page):
    url = form_of(page)
    write(page, url)

    page.goto("/accounts/profile/")
    page.get_by_role("link", name="我的草稿").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    assert faults(page) == []
    page.get_by_role("link", name="接着写").click()
    restored(page)
    page.get_by_role("button", name="放弃草稿").click()
    expect(page.get_by_text("未保存完的内容")).to_be_hidden()
    expect(note(page)).to_have_value("")
    assert site.count(DRAFTS) == 0

    write(page, url)
    page.goto("/students/drafts/")
    page.locator("[data-row] a").first.click()
    expect(page.get_by_text(WORDS)).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="放弃草稿").click()
    expect(page.get_by_text("没有草稿")).to_be_visible()
    forgive(visitors)


def test_session_that_ran_out_goes_on_in_place(site, visitors, page):
    url, before = form_of(page), site.count(TALKS)
    write(page, url)
    let_pass(site, "seen", minutes=31)

    note(page).fill(WORDS + "后来又说了几句。")
    expect(page.get_by_text("这里的字还在")).to_be_visible()
    save_button(page).click()
    expect(page.get_by_text("已自动退出")).to_be_visible()
    page.get_by_role("button", name="是我本人，继续").click()
    page.wait_for_url(lambda address: "/new/" not in address)

    assert (site.count(TALKS), site.count(DRAFTS)) == (before + 1, 0)
    page.locator("main").get_by_text("已保存").first.wait_for()
    forgive(visitors)


@pytest.mark.long
def test_signed_out_in_another_tab_nothing_is_sent_away(site, visitors, page):
    url, before = form_of(page), site.count(TALKS)
    write(page, url)
    other = page.context.new_page()
    other.goto("/accounts/profile/")
    other.get_by_role("button", name="退出登录").click()
    other.wait_for_url("**/accounts/login/**")

    save_button(page).click()
    expect(page.get_by_text("已退出登录，这里的字还在")).to_be_visible()
    expect(note(page)).to_have_value(WORDS)
    other.locator("form:has(input[name=login][value=headteacher]) button").click()
    other.wait_for_url("**/")
    save(page)

    assert (site.count(TALKS), site.count(DRAFTS)) == (before + 1, 0)
    forgive(visitors)


@pytest.mark.long
def test_words_wait_for_a_proof_after_a_quarter_of_an_hour(site, visitors, page):
    url = form_of(page)
    write(page, url)
    let_pass(site, "confirmed", minutes=16)

    page.goto(url)
    expect(page.get_by_text("确认是您本人，就放回这里")).to_be_visible()
    expect(note(page)).to_have_value("")
    page.get_by_role("link", name="确认是我本人").click()
    page.get_by_role("button", name="是我本人，继续").click()
    restored(page)
    page.get_by_role("button", name="放弃草稿").click()
    expect(note(page)).to_have_value("")
    forgive(visitors)


def test_second_tab_is_told_and_sees_both(site, visitors, page):
    url, before = form_of(page), site.count(TALKS)
    page.goto(url)
    other = page.context.new_page()
    other.goto(url)
    write_here = "第一页写的。"
    note(page).fill(write_here)
    expect(page.get_by_text("草稿已保存")).to_be_visible()

    note(other).fill("第二页写的。")
    told = other.get_by_role("alert")
    expect(told.get_by_role("heading", name="另一处也在写")).to_be_visible()
    expect(told).to_contain_text(write_here)
    expect(told).to_contain_text("第二页写的。")
    assert faults(other) == []
    other.get_by_role("button", name="用这里的").click()
    expect(other.get_by_text("草稿已保存")).to_be_visible()

    save_button(page).click()
    expect(page.get_by_role("heading", name="另一处也在写")).to_be_visible()
    page.get_by_role("button", name="用另一处的").click()
    expect(note(page)).to_have_value("第二页写的。")
    save(page)

    note(other).fill("第二页写的。还有。")
    expect(other.get_by_text("已在另一处保存或放弃")).to_be_visible()
    other.get_by_role("button", name="另存一份").click()
    save(other)

    assert (site.count(TALKS), site.count(DRAFTS)) == (before + 2, 0)
    forgive(visitors)


def test_network_cut_says_so_and_saves_once(site, visitors, page):
    url, before = form_of(page), site.count(TALKS)
    page.goto(url)
    page.context.set_offline(True)

    note(page).fill(WORDS)
    expect(page.get_by_text("未保存，正在重试")).to_be_visible()
    save_button(page).dblclick()
    expect(page.get_by_text("未保存，正在重试")).to_be_visible()
    assert site.count(TALKS) == before
    page.context.set_offline(False)
    page.wait_for_url(lambda address: "/new/" not in address)

    assert (site.count(TALKS), site.count(DRAFTS)) == (before + 1, 0)
    forgive(visitors)


@pytest.mark.long
def test_server_that_stops_while_somebody_writes(site, browser, tmp_path):
    with served(site.house, tmp_path) as first:
        visitors = Visitors(first, browser)
        page = visitors.open("headteacher", PHONE)
        url, before = form_of(page), site.count(TALKS)
        write(page, url)
    note(page).fill(WORDS + "停了一下。")
    save_button(page).click()
    expect(page.get_by_text("未保存，正在重试")).to_be_visible()

    with served(site.house, tmp_path, port=int(first.base.rsplit(":", 1)[1])):
        page.wait_for_url(lambda address: "/new/" not in address, timeout=40_000)
        expect(page.locator("main").get_by_text("已保存").first).to_be_visible()

        assert (site.count(TALKS), site.count(DRAFTS)) == (before + 1, 0)
        visitors.close()
    forgive(visitors)


@pytest.mark.long
def test_fifty_posts_at_once_make_one_talk(site, visitors, page):
    page.goto(form_of(page))
    note(page).fill(WORDS)
    before = site.count(TALKS)

    answers = page.evaluate(
        """() => {
            const form = document.getElementById("log");
            const send = () => fetch(location.href, {method: "POST", body: new FormData(form)}).then(one => one.status);
            return Promise.all(Array.from({length: 50}, send));
        }"""
    )

    assert (answers, site.count(TALKS)) == ([200] * 50, before + 1)
    forgive(visitors)


def test_one_note_in_two_places(site, visitors, page):
    url = form_of(page)
    page.goto(url)
    note(page).fill("原来的一稿。")
    save(page)
    page.goto("/")
    page.locator("main a[href*='/listening/conversations/']").first.click()
    page.get_by_role("link", name="改记录").click()
    edit = page.url
    elsewhere = visitors.open("headteacher", DESK)
    elsewhere.goto(edit)
    note(page).fill("第一处改的。")
    note(page).blur()
    save_button(page).click()
    page.wait_for_url(lambda address: "/note/" not in address)

    note(elsewhere).fill("第二处改的。")
    save_button(elsewhere).click()
    expect(elsewhere.get_by_text("这段记录刚才在别处改过")).to_be_visible()
    expect(elsewhere.locator("p.q-pre")).to_contain_text("第一处改的。")
    expect(note(elsewhere)).to_have_value("第二处改的。")
    save_button(elsewhere).click()
    elsewhere.wait_for_url(lambda address: "/note/" not in address)

    expect(elsewhere.locator("main")).to_contain_text("第二处改的。")
    assert site.count(DRAFTS) == 0
    forgive(visitors)


@pytest.mark.long
@pytest.mark.parametrize(
    ("who", "form", "size"),
    [
        ("headteacher", "sheet", PHONE),
        ("headteacher", "peers", DESK),
        ("counselor", "card", PHONE),
        ("counselor", "proposal", DESK),
        ("counselor", "label", PHONE),
    ],
)
def test_every_form_gives_back_what_was_typed(site, visitors, places, who, form, size):
    page = visitors.open(who, size)
    page.goto(places[form])
    words = page.locator("form[data-q-draft] textarea").first
    words.fill(WORDS)
    expect(page.get_by_text("草稿已保存")).to_be_visible()

    page.reload()
    expect(words).to_have_value(WORDS)
    expect(page.get_by_text("未保存完的内容")).to_be_visible()
    assert faults(page) == []
    page.goto("/students/drafts/")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.get_by_role("link", name="接着写").click()
    page.get_by_role("button", name="放弃草稿").click()
    expect(page.get_by_text("未保存完的内容")).to_be_hidden()

    expect(words).not_to_have_value(WORDS)
    assert site.count(DRAFTS) == 0
    forgive(visitors)


@pytest.mark.long
def test_refused_sheet_goes_on_with_its_own_draft(site, visitors, places):
    page = visitors.open("headteacher", PHONE)
    page.goto(places["sheet"])
    words = page.locator("form[data-q-draft] textarea").first
    words.fill(WORDS)

    page.get_by_role("button", name="保存打勾的同学").click()
    expect(page.get_by_text("写了字，还没有打勾")).to_be_visible()
    expect(words).to_have_value(WORDS)
    words.fill(WORDS + "再说。")
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    expect(page.get_by_text("另一处也在写")).to_be_hidden()
    page.locator("form[data-q-draft] input[type=checkbox]").first.check()
    before = site.count(TALKS)
    page.get_by_role("button", name="保存打勾的同学").click()
    page.wait_for_url(lambda address: "/sheet/" not in address)

    assert (site.count(TALKS), site.count(DRAFTS)) == (before + 1, 0)
    forgive(visitors)


@pytest.mark.long
def test_two_counselors_on_one_card(site, visitors, places):
    lead, colleague = visitors.open("counselor", DESK), visitors.open("counselor", PHONE)
    for page in (lead, colleague):
        page.goto(places["card"])
    lead.get_by_label("支持要点").fill("先问问他的小狗")
    save_button(lead).click()
    lead.wait_for_url(lambda address: "/edit/" not in address)

    colleague.get_by_label("支持要点").fill("多走走")
    save_button(colleague).click()
    expect(colleague.get_by_text("刚刚有人改过支持要点")).to_be_visible()
    expect(colleague.locator("p.q-pre")).to_have_text("先问问他的小狗")
    expect(colleague.get_by_label("支持要点")).to_have_value("多走走")
    assert faults(colleague) == []
    save_button(colleague).click()
    colleague.wait_for_url(lambda address: "/edit/" not in address)

    expect(colleague.locator("main")).to_contain_text("多走走")
    assert site.count(DRAFTS) == 0
    forgive(visitors)
