"""紧急查看: who may, for how long, by two for notes; told at once by rows; reviewed by another."""

from datetime import timedelta

import pytest
from celery import current_app
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from notifications.models import InboxItem
from privacy.keyring import Place, keyring
from privacy.models import AuditEntry, ReadEntry
from schools.models import Membership
from schools.roles import Role
from students import actions, notes
from students.glass import Seen, circle_of, contacts, for_review, may_open, seen_in, standing_of
from students.models import BreakGlass, Guardian
from students.notes import Text
from tests.cast import NOW, TODAY, person

WHY = "孩子今天没有到校，家里电话打不通"
MINUTE = timedelta(minutes=1)
LAST = NOW + timedelta(minutes=59, seconds=59)
OVER = NOW + timedelta(minutes=60)
EVERYBODY = (
    "counselor", "counselor2", "head_teacher", "head_teacher2", "teacher", "grade_head", "leader", "principal",
    "registrar", "parent", "student", "peer", "bureau", "admin", "stranger", "other_counselor",
)  # fmt: skip


def opened(cast, *, by=None, student=None, at=NOW):
    return actions.open_glass(by=by or cast.counselor2, student=student or cast.lin, reason=WHY, at=at)


def asked(cast, **more):
    glass = opened(cast, **more)
    actions.ask_second(by=glass.by, glass=glass, at=NOW)
    return glass


def agreed(cast, *, second=None, **more):
    glass = asked(cast, **more)
    actions.agree(by=second or cast.leader, glass=glass, at=NOW)
    return fresh(glass)


def fresh(glass):
    return BreakGlass.objects.with_people().get(pk=glass.pk)


def names(people):
    return [one.name for one in people]


def kin(cast, who, student, *, parent=True):
    if parent:
        actions.link_guardian(by=None, student=student, name=who.name, user=who, since=TODAY, at=NOW)
    else:
        actions.note_relative(by=cast.registrar, student=student, person=who, relation="姑姑", at=NOW)


def ended(who):
    """Whose post ended yesterday, as the next request finds them."""
    Membership.objects.filter(user=who).update(valid_to=TODAY - timedelta(days=1))
    return User.objects.get(pk=who.pk)


def reads(glass, who, *, about=None, kind=Text.WORK_NOTE, at=NOW, author=None):
    return notes.may_read(
        who,
        kind,
        author=author or glass.student.school.memberships.get(user__username="headteacher").user,
        school=glass.school,
        students=about or [glass.student],
        at=at,
        glass=glass,
    )


def test_other_counselors_and_the_leaders_may_open(cast):
    assert [name for name in EVERYBODY if may_open(getattr(cast, name), cast.lin, at=NOW)] == [
        "counselor2",
        "leader",
        "principal",
    ]


def test_lead_counselor_may_open_where_another_is_in_charge(cast):
    assert may_open(cast.counselor, cast.zhao, at=NOW)


@pytest.mark.parametrize("parent", [True, False])
@pytest.mark.parametrize("name", ["counselor2", "principal"])
def test_relative_is_shut_out(cast, name, parent):
    kin(cast, getattr(cast, name), cast.lin, parent=parent)

    with pytest.raises(actions.MayNotOpen):
        opened(cast, by=getattr(cast, name))
    assert (BreakGlass.objects.count(), InboxItem.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["counselor", "head_teacher", "registrar", "other_counselor"])
def test_nobody_else_opens(cast, name):
    with pytest.raises(actions.MayNotOpen):
        opened(cast, by=getattr(cast, name))


def test_reason_is_sealed_and_the_step_is_in_the_trail(cast):
    glass = opened(cast)

    steps = AuditEntry.objects.filter(verb__startswith="glass.").values_list("by_id", "verb", "kind", "uid", "detail")
    assert list(steps) == [(cast.counselor2.pk, "glass.open", "break_glass", glass.uid, "")]
    assert WHY.encode() not in bytes(glass.reason)
    assert keyring().unseal(bytes(glass.reason), glass.reason_place) == WHY


def test_counselor_in_charge_and_head_of_the_group_are_told_at_once(cast):
    glass = opened(cast)

    told = InboxItem.objects.order_by("to__name").values_list("to__name", "text", "path")
    path = reverse("students:glass", args=[glass.uid])
    text = "有 1 次紧急查看，请您看一看。"
    assert list(told) == [("程远山", text, path), ("顾文静", text, path)]
    assert str(cast.lin.uid) not in path


def test_it_works_with_broker_and_mail_down(cast, monkeypatch, settings):
    settings.EMAIL_BACKEND = "nowhere.Backend"
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")

    agreed(cast)

    assert InboxItem.objects.count() == 6  # two told, three asked, one answered


def test_told_and_opened_are_one_transaction(cast, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("notifications.actions.tell_all", broken)

    with pytest.raises(RuntimeError):
        opened(cast)
    assert (BreakGlass.objects.count(), AuditEntry.objects.filter(verb="glass.open").count()) == (0, 0)


def test_words_name_who_will_be_told(cast):
    assert circle_of(cast.counselor2, cast.lin, at=NOW).told_words == "顾文静老师和程远山校长"


def test_relative_is_not_told_and_reviews_nothing(cast):
    kin(cast, cast.principal, cast.lin)
    circle = circle_of(cast.counselor2, cast.lin, at=NOW)

    assert (names(circle.told), names(circle.reviewers)) == (["顾文静", "何建国"], ["顾文静", "何建国"])


def test_one_student_at_a_time(cast):
    first = opened(cast)

    with pytest.raises(actions.OneAtATime) as one:
        opened(cast, student=cast.ma)
    assert (one.value.glass, BreakGlass.objects.count()) == (first, 1)


def test_next_one_opens_when_the_hour_is_over(cast):
    first = opened(cast)
    second = opened(cast, student=cast.ma, at=OVER)

    assert (fresh(first).closed_at, standing_of(cast.counselor2, at=OVER)) == (OVER, second)


def test_next_one_opens_when_the_first_is_closed(cast):
    first = opened(cast)
    actions.close_glass(by=cast.counselor2, glass=first, at=NOW + MINUTE)

    assert opened(cast, student=cast.ma, at=NOW + MINUTE).student == cast.ma


@pytest.mark.parametrize(("at", "stands"), [(NOW, True), (LAST, True), (OVER, False)])
def test_it_ends_by_time_without_a_job(cast, at, stands):
    glass = opened(cast)

    assert (glass.stands(at=at), BreakGlass.objects.standing(at=at).exists()) == (stands, stands)
    assert (standing_of(cast.counselor2, at=at) == glass) is stands


def test_contacts_open_at_once_and_leave_a_row(cast):
    glass = opened(cast)

    assert [one.phone for one in contacts(glass, by=cast.counselor2, at=NOW)] == ["139 0000 0001"]
    trail = ReadEntry.objects.values_list("by_id", "table", "field", "uid", "student_id", "glass")
    assert list(trail) == [(cast.counselor2.pk, "guardian", "phone", cast.lin.uid, cast.lin.pk, glass.uid)]


@pytest.mark.parametrize("why", ["over", "closed", "another", "ended", "relative"])
def test_contacts_stay_shut(cast, why):
    glass, who, at = opened(cast), cast.counselor2, NOW
    match why:
        case "over":
            at = OVER
        case "closed":
            actions.close_glass(by=who, glass=glass, at=NOW)
            glass = fresh(glass)
        case "another":
            who = cast.leader
        case "ended":
            who = ended(who)
        case "relative":
            kin(cast, who, cast.lin)

    with pytest.raises(notes.NotForYou):
        contacts(glass, by=who, at=at)
    assert not ReadEntry.objects.exists()


@pytest.mark.parametrize("kind", [Text.WORK_NOTE, Text.COUNSELING_NOTE])
def test_notes_open_with_a_second_persons_word(cast, kind):
    glass = asked(cast)
    before = reads(glass, cast.counselor2, kind=kind)
    actions.agree(by=cast.leader, glass=glass, at=NOW)

    assert (before, reads(fresh(glass), cast.counselor2, kind=kind)) == (False, True)


@pytest.mark.parametrize("kind", [one for one in Text if one not in notes.BY_GLASS])
def test_no_other_text_opens(cast, kind):
    assert not reads(agreed(cast), cast.counselor2, kind=kind)


@pytest.mark.parametrize(("at", "expected"), [(LAST, True), (OVER, False)])
def test_notes_shut_by_time(cast, at, expected):
    assert reads(agreed(cast), cast.counselor2, at=at) is expected


def test_notes_shut_when_closed(cast):
    glass = agreed(cast)
    actions.close_glass(by=cast.counselor2, glass=glass, at=NOW + MINUTE)

    assert not reads(fresh(glass), cast.counselor2, at=NOW + MINUTE)


def test_notes_of_another_student_and_of_several_stay_shut(cast):
    glass = agreed(cast)

    assert not reads(glass, cast.counselor2, about=[cast.ma])
    assert not reads(glass, cast.counselor2, about=[cast.lin, cast.ma])


def test_notes_open_to_nobody_else_by_it(cast):
    glass = agreed(cast)

    assert [name for name in EVERYBODY if reads(glass, getattr(cast, name))] == ["counselor2"]


@pytest.mark.parametrize("why", ["ended", "relative"])
def test_notes_shut_at_the_next_click(cast, why):
    glass, who = agreed(cast), cast.counselor2
    if why == "ended":
        who = ended(who)
    else:
        kin(cast, who, cast.lin)

    assert not reads(glass, who)


def test_without_the_glass_the_right_is_as_before(cast):
    agreed(cast)

    assert not notes.may_read(
        cast.counselor2, Text.WORK_NOTE, author=cast.head_teacher, school=cast.school, students=[cast.lin], at=NOW
    )


def test_reading_by_it_shows_in_the_trail(cast):
    glass, place = agreed(cast), Place("conversation", "note", cast.lin.uid, cast.school.uid)
    said = notes.open_note(
        keyring().seal("他说最近睡得不好。", place),
        by=cast.counselor2,
        kind=Text.COUNSELING_NOTE,
        place=place,
        author=cast.counselor,
        school=cast.school,
        students=[cast.lin],
        at=NOW,
        glass=glass,
    )

    assert said.text == "他说最近睡得不好。"
    assert list(ReadEntry.objects.values_list("by_id", "glass")) == [(cast.counselor2.pk, glass.uid)]
    assert seen_in([glass.uid]) == {glass.uid: Seen(texts=1)}


def test_whoever_may_agree_is_asked_by_rows(cast):
    asked(cast)

    told = InboxItem.objects.filter(key__startswith="glass-second:").order_by("to__name")
    assert list(told.values_list("to__name", flat=True)) == ["何建国", "程远山", "顾文静"]


def test_asking_twice_tells_once(cast):
    glass = asked(cast)
    actions.ask_second(by=cast.counselor2, glass=glass, at=NOW + MINUTE)

    assert fresh(glass).asked_at == NOW
    assert AuditEntry.objects.filter(verb="glass.ask").count() == 1


@pytest.mark.parametrize("name", ["counselor", "leader", "principal"])
def test_another_counselor_or_leader_agrees(cast, name):
    glass = agreed(cast, second=getattr(cast, name))

    assert (glass.second_by, glass.opens_notes(at=NOW)) == (getattr(cast, name), True)


@pytest.mark.parametrize("name", ["counselor2", "head_teacher", "grade_head", "registrar", "other_counselor"])
def test_nobody_else_agrees(cast, name):
    glass = asked(cast)

    with pytest.raises(actions.MayNotOpen):
        actions.agree(by=getattr(cast, name), glass=glass, at=NOW)
    assert fresh(glass).second_by is None


def test_relative_does_not_agree(cast):
    kin(cast, cast.leader, cast.lin)
    glass = asked(cast)

    with pytest.raises(actions.MayNotOpen):
        actions.agree(by=cast.leader, glass=glass, at=NOW)


def test_nobody_agrees_unasked_or_too_late(cast):
    glass = opened(cast)
    with pytest.raises(actions.GlassOver):
        actions.agree(by=cast.leader, glass=glass, at=NOW)
    actions.ask_second(by=cast.counselor2, glass=glass, at=NOW)

    with pytest.raises(actions.GlassOver):
        actions.agree(by=cast.leader, glass=glass, at=OVER)
    with pytest.raises(actions.GlassOver):
        actions.ask_second(by=cast.counselor2, glass=glass, at=OVER)


def test_first_word_stands_and_the_others_are_called_no_more(cast):
    glass = agreed(cast)

    with pytest.raises(actions.AlreadyAgreed):
        actions.agree(by=cast.principal, glass=glass, at=NOW)
    assert fresh(glass).second_by == cast.leader
    assert not InboxItem.objects.filter(key__startswith="glass-second:").unread().exists()
    assert InboxItem.objects.get(to=cast.counselor2).text == "您的紧急查看，有同事同意了。"


@pytest.mark.parametrize("step", [actions.ask_second, actions.close_glass])
def test_its_steps_are_its_openers(cast, step):
    glass = opened(cast)

    with pytest.raises(actions.MayNotOpen):
        step(by=cast.principal, glass=glass, at=NOW)


def reviewers(cast, glass, at=OVER):
    return [name for name in EVERYBODY if for_review(getattr(cast, name), at=at).filter(pk=glass.pk).exists()]


@pytest.mark.parametrize(
    ("by", "relative", "expected"),
    [
        ("counselor2", "", ["principal"]),
        ("leader", "", ["principal"]),
        ("principal", "", ["counselor", "leader"]),
        ("counselor2", "principal", ["counselor", "leader"]),
        ("leader", "principal", ["counselor"]),
        ("principal", "counselor", ["leader"]),
    ],
)
@pytest.mark.parametrize("parent", [True, False])
def test_who_reviews(cast, by, relative, expected, parent):
    if relative:
        kin(cast, getattr(cast, relative), cast.lin, parent=parent)
    glass = opened(cast, by=getattr(cast, by))

    circle = circle_of(glass.by, cast.lin, at=OVER)
    assert (reviewers(cast, glass), sorted(names(circle.reviewers))) == (
        expected,
        sorted(getattr(cast, name).name for name in expected),
    )


def test_second_head_of_the_group_reviews_what_the_first_opened(cast):
    cast.people["other_head"] = person("head2", "陆副", Role.LEADER, cast.school, is_lead=True)
    glass = opened(cast, by=cast.principal)

    assert reviewers(cast, glass) == []
    assert for_review(cast.other_head, at=NOW).get() == glass
    assert circle_of(cast.principal, cast.lin, at=NOW).reviewers == [cast.other_head]


def test_review_with_words_is_once_and_sealed(cast):
    glass = opened(cast)
    actions.review_glass(by=cast.principal, glass=glass, words="看得合适", at=OVER)

    with pytest.raises(actions.AlreadyReviewed):
        actions.review_glass(by=cast.principal, glass=glass, words="再说一遍", at=OVER)
    done = fresh(glass)
    assert (done.reviewed_by, done.reviewed_at) == (cast.principal, OVER)
    assert keyring().unseal(bytes(done.review_words), done.review_words_place) == "看得合适"
    assert not for_review(cast.principal, at=OVER).unreviewed().exists()


def test_review_comes_after_the_end(cast):
    glass = opened(cast)

    with pytest.raises(actions.GlassStands):
        actions.review_glass(by=cast.principal, glass=glass, words="看得合适", at=LAST)


@pytest.mark.parametrize("name", ["counselor", "counselor2", "leader", "head_teacher", "other_counselor"])
def test_nobody_else_reviews(cast, name):
    glass = opened(cast)

    with pytest.raises(actions.MayNotOpen):
        actions.review_glass(by=getattr(cast, name), glass=glass, words="看得合适", at=OVER)


def test_every_step_is_in_the_trail(cast):
    glass = agreed(cast)
    actions.close_glass(by=cast.counselor2, glass=glass, at=NOW + MINUTE)
    actions.close_glass(by=cast.counselor2, glass=glass, at=NOW + MINUTE)
    actions.review_glass(by=cast.principal, glass=fresh(glass), words="看得合适", at=NOW + MINUTE)

    steps = AuditEntry.objects.filter(uid=glass.uid).order_by("pk").values_list("verb", "by_id")
    assert list(steps) == [
        ("glass.open", cast.counselor2.pk),
        ("glass.ask", cast.counselor2.pk),
        ("glass.second", cast.leader.pk),
        ("glass.close", cast.counselor2.pk),
        ("glass.review", cast.principal.pk),
    ]


def row(cast, **more):
    facts = {
        "school": cast.school, "student": cast.lin, "by": cast.counselor2, "reason": b"sealed",
        "opened_at": NOW, "ends_at": OVER,
    } | more  # fmt: skip
    return BreakGlass.objects.create(**facts)


@pytest.mark.parametrize(
    ("constraint", "facts"),
    [
        ("glass_span", {"ends_at": NOW}),
        ("glass_span", {"closed_at": OVER + MINUTE}),
        ("glass_span", {"closed_at": NOW - MINUTE}),
        ("glass_second_is_another", {"asked_at": NOW, "second_by": "counselor2", "second_at": NOW}),
        ("glass_second_is_another", {"second_by": "leader", "second_at": NOW}),
        ("glass_second_is_another", {"asked_at": NOW, "second_by": "leader", "second_at": OVER}),
        ("glass_second_is_another", {"asked_at": NOW, "second_by": "leader"}),
        ("glass_review_is_another", {"reviewed_by": "counselor2", "reviewed_at": OVER, "review_words": b"sealed"}),
        ("glass_review_is_another", {"reviewed_by": "principal", "reviewed_at": OVER}),
    ],
)
def test_database_holds_it(cast, constraint, facts):
    given = {key: getattr(cast, value) if isinstance(value, str) else value for key, value in facts.items()}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        row(cast, **given)


def test_database_holds_everybody_to_one(cast):
    row(cast)

    with pytest.raises(IntegrityError), transaction.atomic():
        row(cast, student=cast.ma)
    row(cast, student=cast.ma, closed_at=OVER)


def test_guardian_without_an_account_is_nobodys_relative(cast):
    Guardian.objects.create(school=cast.school, student=cast.lin, name="奶奶", phone="057188880000")

    assert len(circle_of(cast.counselor2, cast.lin, at=NOW).told) == 2
