"""Labels: given and taken off by a counselor in charge with a sealed reason; the list is the school's own."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from privacy.models import ReadEntry
from students import actions
from students.care import labels_on
from students.models import CareLabel, RosterChange, StudentLabel
from tests.cast import NOW, TODAY

TOMORROW = TODAY + timedelta(days=1)


def label(cast, name="留守"):
    return CareLabel.objects.get(school=cast.school, name=name)


def give(cast, name="留守", *, by=None, reason="父母在外地工作"):
    return actions.give_label(by=by or cast.counselor, student=cast.lin, label=label(cast, name), reason=reason, at=NOW)


def names_on(cast, day):
    return [one.label.name for one in labels_on(cast.school, on=day, students=[cast.lin.pk]).get(cast.lin.pk, [])]


def test_given_label_holds_from_today_and_listening_hears_of_it(cast):
    given = give(cast)

    assert (names_on(cast, TODAY - timedelta(days=1)), names_on(cast, TODAY)) == ([], ["留守"])
    assert (given.valid_from, given.valid_to, given.given_by) == (TODAY, None, cast.counselor)
    changes = RosterChange.objects.filter(student=cast.lin, kind="label").values_list("effective_on", flat=True)
    assert list(changes) == [TODAY]


def test_ended_label_holds_today_for_the_last_time_and_stays_in_the_history(cast):
    given = give(cast)

    actions.end_label(by=cast.counselor, given=given, reason="父母回来了", at=NOW)

    assert (names_on(cast, TODAY), names_on(cast, TOMORROW)) == (["留守"], [])
    changes = RosterChange.objects.filter(student=cast.lin, kind="label").order_by("pk")
    assert list(changes.values_list("effective_on", flat=True)) == [TODAY, TOMORROW]
    assert StudentLabel.objects.count() == 1


def test_label_dated_ahead_that_is_taken_off_before_ends_on_its_first_day(cast):
    given = StudentLabel.objects.create(
        school=cast.school, student=cast.lin, label=label(cast), valid_from=date(2025, 12, 1)
    )

    actions.end_label(by=cast.counselor, given=given, reason="登记错了", at=NOW)

    given.refresh_from_db()
    assert given.valid_to == date(2025, 12, 1)


def test_same_label_twice_is_refused(cast):
    give(cast)

    with pytest.raises(actions.HasLabel):
        give(cast)


def test_taken_off_twice_is_refused(cast):
    given = give(cast)
    actions.end_label(by=cast.counselor, given=given, reason="一", at=NOW)

    with pytest.raises(actions.LabelEnded):
        actions.end_label(by=cast.counselor, given=given, reason="二", at=NOW)


@pytest.mark.parametrize("name", ["counselor2", "head_teacher", "principal", "registrar"])
def test_only_a_counselor_in_charge_gives_and_takes_off(cast, name):
    given, by = give(cast), getattr(cast, name)

    with pytest.raises(actions.NotInCharge):
        give(cast, "单亲", by=by)
    with pytest.raises(actions.NotInCharge):
        actions.end_label(by=by, given=given, reason="一", at=NOW)


def test_label_of_another_school_is_refused(cast):
    foreign = CareLabel.objects.filter(school=cast.other_school).first()

    with pytest.raises(actions.NotInCharge):
        actions.give_label(by=cast.counselor, student=cast.lin, label=foreign, reason="一", at=NOW)


def test_label_page_gives_and_end_page_takes_off(cast, as_person):
    client = as_person(cast.counselor)

    gave = client.post(
        reverse("students:care-label-new", args=[cast.lin.uid]),
        {"label": str(label(cast).uid), "reason": "父母在外地工作"},
    )
    given = StudentLabel.objects.get(student=cast.lin)
    ended = client.post(reverse("students:care-label-end", args=[cast.lin.uid, given.uid]), {"reason": "父母回来了"})

    given.refresh_from_db()
    assert (gave.status_code, ended.status_code, given.valid_to, given.ended_by) == (302, 302, TODAY, cast.counselor)


def test_label_without_reason_keeps_the_form(cast, as_person):
    answer = as_person(cast.counselor).post(
        reverse("students:care-label-new", args=[cast.lin.uid]), {"label": str(label(cast).uid), "reason": " "}
    )

    assert (answer.status_code, "写一两句理由" in answer.content.decode()) == (422, True)
    assert not StudentLabel.objects.exists()


def test_label_already_carried_is_not_offered(cast, as_person):
    give(cast)

    page = as_person(cast.counselor).get(reverse("students:care-label-new", args=[cast.lin.uid])).content.decode()

    assert (str(label(cast).uid) in page, str(label(cast, "单亲").uid) in page) == (False, True)


def test_reasons_of_a_label_are_read_by_counselors_with_a_row_for_each(cast, as_person):
    given = give(cast)
    actions.end_label(by=cast.counselor, given=given, reason="父母回来了", at=NOW)

    page = as_person(cast.counselor2).get(reverse("students:care-label", args=[cast.lin.uid, given.uid]))

    assert ("父母在外地工作" in page.content.decode(), "父母回来了" in page.content.decode()) == (True, True)
    trail = ReadEntry.objects.order_by("pk").values_list("by_id", "table", "field", "uid")
    assert list(trail) == [
        (cast.counselor2.pk, "student_label", "reason", given.uid),
        (cast.counselor2.pk, "student_label", "end_reason", given.uid),
    ]


def test_label_of_the_roster_says_that_it_has_no_reason(cast, as_person):
    given = StudentLabel.objects.create(school=cast.school, student=cast.lin, label=label(cast), valid_from=TODAY)

    page = as_person(cast.counselor).get(reverse("students:care-label", args=[cast.lin.uid, given.uid]))

    assert "这个标签来自名册" in page.content.decode()


def test_schools_own_label_is_added_put_aside_and_offered_again(cast):
    own = actions.add_label(by=cast.counselor, school=cast.school, name="随迁", at=NOW)
    with pytest.raises(actions.LabelExists):
        actions.add_label(by=cast.counselor, school=cast.school, name="随迁", at=NOW)
    actions.put_aside_label(by=cast.counselor, label=own, at=NOW)
    own.refresh_from_db()
    aside = own.is_offered
    again = actions.add_label(by=cast.counselor, school=cast.school, name="随迁", at=NOW)

    assert (own.order, aside, again, again.is_offered) == (8, False, own, True)


def test_put_aside_label_stays_with_who_carries_it(cast):
    give(cast)

    actions.put_aside_label(by=cast.counselor, label=label(cast), at=NOW)

    assert names_on(cast, TODAY) == ["留守"]
