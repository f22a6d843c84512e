"""The verbs of an import: read, kept sealed, planned again at 确认, written once."""

from datetime import date, timedelta

import pytest

from privacy.models import AuditEntry
from schools.models import SchoolClass, Term
from students import actions
from students.models import Enrolment, Guardian, Pause, RosterChange, RosterUpload, Student
from students.roster_import import Kind, NotARoster
from tests.cast import FORTNIGHT, NOW, TERM, TODAY, at, make_class, student

HEADS = "姓名,班级,学号,监护人姓名,监护人电话"


def upload(cast, *rows, heads=HEADS, filename="名册.csv", moment=NOW, **answers):
    content = "\n".join([heads, *rows]).encode("gb18030")
    kept = actions.keep_upload(by=cast.registrar, school=cast.school, filename=filename, content=content, at=moment)
    kept.answers = answers
    kept.save()
    return kept


def bring_in(cast, *rows, moment=NOW, **options):
    return actions.confirm(by=cast.registrar, upload=upload(cast, *rows, moment=moment, **options), at=moment)


def class_of(name, day=TODAY):
    return Enrolment.objects.on(day).get(student__name=name).school_class.name


def test_what_is_kept_is_sealed_and_forgotten_at_confirm(cast):
    kept = upload(cast, "丁一,七年级(1)班,,,", heads=HEADS)
    assert "丁一".encode() not in bytes(kept.file)

    actions.confirm(by=cast.registrar, upload=kept, at=NOW)

    kept.refresh_from_db()
    assert (kept.table, kept.answers, kept.file, kept.added, kept.changed) == ({}, {}, None, 1, 0)


def test_columns_that_the_roster_does_not_need_are_not_kept(cast):
    kept = upload(cast, "丁一,七年级(1)班,110101200801011234,99", heads="姓名,班级,身份证号,语文")

    assert "110101200801011234" not in str(kept.table)


def test_new_child_of_a_known_class_is_there_from_today(cast):
    assert bring_in(cast, "丁一,七年级(1)班,20250901,丁父,13800138000") == (1, 0)

    child = Student.objects.get(name="丁一")
    enrolment = child.enrolments.get()
    change = RosterChange.objects.get(student=child)
    assert (enrolment.school_class, enrolment.valid_from, enrolment.valid_to) == (cast.class_1, TODAY, None)
    assert (change.kind, change.effective_on, change.taken_at) == (RosterChange.Kind.CLASS, TODAY, None)
    assert (child.pinyin, child.initials) == ("dingyi", "dy")
    assert list(child.guardians.values_list("name", "phone")) == [("丁父", "13800138000")]


def test_new_class_of_a_school_that_listens_begins_with_the_running_fortnight(cast):
    bring_in(cast, "丁一,七年级(3)班,,,")

    assert Enrolment.objects.get(student__name="丁一").valid_from == FORTNIGHT


def test_first_import_of_a_school_begins_with_the_term(cast):
    cast.school.listening_since = None
    cast.school.save()

    bring_in(cast, "丁一,七年级(3)班,,,")

    assert Enrolment.objects.get(student__name="丁一").valid_from == TERM[0]


def test_import_before_any_term_waits_for_the_term(cast):
    Term.objects.filter(school=cast.school).delete()

    bring_in(cast, "丁一,七年级(3)班,,,")

    enrolment = Enrolment.objects.get(student__name="丁一")
    assert (enrolment.valid_from, enrolment.school_class.year) == (date(2025, 8, 1), "2025-2026")


def test_import_in_the_holidays_is_for_the_term_to_come(cast):
    Term.objects.create(
        school=cast.school, name="下学年", year="2026-2027", first_day=date(2026, 9, 1), last_day=date(2027, 1, 22)
    )
    july = at(date(2026, 7, 20))

    bring_in(cast, "丁一,七年级(1)班,,,", moment=july)

    enrolment = Enrolment.objects.get(student__name="丁一")
    assert (enrolment.school_class.year, enrolment.valid_from) == ("2026-2027", date(2026, 9, 1))


def test_the_same_file_again_changes_nothing(cast):
    rows = ("丁一,七年级(1)班,20250901,丁父,13800138000", "丁二,七年级(9)班,,,13900139000")
    bring_in(cast, *rows)
    counts = [model.objects.count() for model in (Student, Enrolment, Guardian, RosterChange, SchoolClass)]

    assert bring_in(cast, *rows) == (0, 0)
    assert [model.objects.count() for model in (Student, Enrolment, Guardian, RosterChange, SchoolClass)] == counts


def test_name_of_a_guardian_who_had_only_a_number_is_filled_in(cast):
    bring_in(cast, "丁一,七年级(1)班,,,13800138000")
    bring_in(cast, "丁一,七年级(1)班,,丁父,13800138000")

    assert list(Guardian.objects.filter(student__name="丁一").values_list("name", "phone")) == [("丁父", "13800138000")]


def test_confirm_twice_is_refused(cast):
    kept = upload(cast, "丁一,七年级(1)班,,,")
    actions.confirm(by=cast.registrar, upload=kept, at=NOW)

    with pytest.raises(actions.AlreadyDone):
        actions.confirm(by=cast.registrar, upload=kept, at=NOW)

    assert Student.objects.filter(name="丁一").count() == 1


def test_two_uploads_of_one_file_write_once(cast):
    first, second = upload(cast, "丁一,七年级(1)班,,,"), upload(cast, "丁一,七年级(1)班,,,")

    counts = [actions.confirm(by=cast.registrar, upload=kept, at=NOW) for kept in (first, second)]

    assert counts == [(1, 0), (0, 0)]


def test_confirm_with_an_open_question_writes_nothing_and_keeps_the_upload(cast):
    kept = upload(cast, "丁一,1", heads="姓名,班级")

    with pytest.raises(actions.Unanswered):
        actions.confirm(by=cast.registrar, upload=kept, at=NOW)

    kept.refresh_from_db()
    assert (kept.is_open, Student.objects.filter(name="丁一").exists()) == (True, False)


def test_failure_half_way_writes_nothing(cast, monkeypatch):
    kept = upload(cast, "丁一,七年级(3)班,,,", "丁二,七年级(3)班,,,")
    monkeypatch.setattr(Guardian.objects, "bulk_create", lambda *a, **k: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        actions.confirm(by=cast.registrar, upload=kept, at=NOW)

    kept.refresh_from_db()
    assert (kept.is_open, Student.objects.filter(name__startswith="丁").count()) == (True, 0)
    assert not SchoolClass.objects.filter(number=3).exists()


def test_moved_child_is_in_the_new_class_from_today(cast):
    bring_in(cast, "丁一,七年级(1)班,20250901,,", moment=at(TERM[0]))

    assert bring_in(cast, "丁一,七年级(2)班,20250901,,") == (0, 1)

    child = Student.objects.get(name="丁一")
    spans = child.enrolments.order_by("valid_from").values_list("school_class", "valid_from", "valid_to")
    assert list(spans) == [
        (cast.class_1.pk, TERM[0], TODAY - timedelta(days=1)),
        (cast.class_2.pk, TODAY, None),
    ]
    assert RosterChange.objects.filter(student=child, effective_on=TODAY).count() == 1


def test_who_is_missing_in_a_newer_roster_stays(cast):
    made = actions.plan_of(upload(cast, "林知夏,七年级(1)班,,,"), on=TODAY)

    assert sorted(one.name for one in made.missing) == ["许若楠", "马依依"]
    assert bring_in(cast, "林知夏,七年级(1)班,,,") == (0, 0)
    assert class_of("马依依") == "七年级(1)班"


def test_child_on_leave_is_told_and_left_as_it_is(cast):
    actions.pause(by=cast.registrar, student=cast.ma, kind=Pause.Kind.LEAVE, first=TERM[0], last=None, at=NOW)

    row = actions.plan_of(upload(cast, "马依依,七年级(1)班,,,"), on=TODAY).rows[0]

    assert (row.kind, row.remarks) == (
        Kind.SAME,
        ("系统里记着休学，没有改动。已经回来的，请在学生页登记返校。",),
    )


def test_class_that_stands_elsewhere_is_asked_about_once(cast):
    rows = ("林知夏,八年级(3)班,,,", "马依依,八年级(3)班,,,", "许若楠,八年级(3)班,,,", "新同学,八年级(3)班,,,")
    kept = upload(cast, *rows)

    made = actions.plan_of(kept, on=TODAY)
    assert [(one.now, one.then, one.count) for one in made.renamed] == [("八年级(3)班", "七年级(1)班", 3)]
    with pytest.raises(actions.Unanswered):
        actions.confirm(by=cast.registrar, upload=kept, at=NOW)

    assert bring_in(cast, *rows, renamed=True) == (1, 3)
    assert Student.objects.filter(name="林知夏").count() == 1
    assert class_of("林知夏") == "八年级(3)班"


def test_class_that_stands_elsewhere_may_be_other_children(cast):
    rows = ("林知夏,八年级(3)班,,,", "马依依,八年级(3)班,,,", "许若楠,八年级(3)班,,,")

    assert bring_in(cast, *rows, renamed=False) == (3, 0)
    assert Student.objects.filter(name="林知夏").count() == 2


def test_new_school_year_takes_the_same_children_along(cast):
    Term.objects.create(
        school=cast.school, name="下学年", year="2026-2027", first_day=date(2026, 9, 1), last_day=date(2027, 1, 22)
    )
    august = at(date(2026, 8, 25))
    rows = ("林知夏,八年级(1)班,,,", "马依依,八年级(1)班,,,", "许若楠,八年级(1)班,,,")

    made = actions.plan_of(upload(cast, *rows, moment=august), on=august.date())
    assert made.renamed[0].then == "七年级(1)班（2025-2026）"
    assert bring_in(cast, *rows, moment=august, renamed=True) == (0, 3)

    spans = cast.lin.enrolments.order_by("valid_from").values_list("school_class__year", "valid_from", "valid_to")
    assert list(spans) == [
        ("2025-2026", TERM[0], date(2026, 8, 31)),
        ("2026-2027", date(2026, 9, 1), None),
    ]


def test_namesakes_of_a_renamed_class_are_a_persons_word(cast):
    student("林知夏", cast.class_1)
    rows = ("林知夏,八年级(3)班,,,", "马依依,八年级(3)班,,,", "许若楠,八年级(3)班,,,")

    made = actions.plan_of(upload(cast, *rows, renamed=True), on=TODAY)

    assert [(row.kind, len(row.candidates)) for row in made.rows] == [
        (Kind.ASK, 2),
        (Kind.CHANGED, 0),
        (Kind.CHANGED, 0),
    ]


def test_last_years_class_of_the_same_name_is_another_class(cast):
    SchoolClass.objects.filter(pk=cast.class_2.pk).update(year="2024-2025")

    assert bring_in(cast, "丁一,七年级(2)班,,,") == (1, 0)

    assert Enrolment.objects.get(student__name="丁一").school_class.year == "2025-2026"


def test_another_school_is_not_looked_at(cast):
    Student.objects.filter(pk=cast.other.pk).update(national_number="L33010620130905001X", number="2025")

    bring_in(cast, "柳小树,七年级(1)班,2025,,")

    assert Student.objects.filter(name="柳小树").count() == 2


def test_picture_is_refused_with_a_sentence_and_nothing_is_kept(cast):
    with pytest.raises(NotARoster) as reason:
        actions.keep_upload(
            by=cast.registrar, school=cast.school, filename="名册.xlsx", content=b"\x89PNG\r\n\x1a\n" * 9, at=NOW
        )

    assert reason.value.sentence.startswith("这是一张图片")
    assert RosterUpload.objects.count() == 0


def test_columns_are_read_again_from_the_sealed_file(cast):
    kept = upload(cast, "丁一,丁父,七年级(1)班", heads="姓名,曾用名,班级")

    actions.choose_columns(upload=kept, chosen={"name": "曾用名"})

    assert [row.name for row in actions.plan_of(kept, on=TODAY).rows] == ["丁父"]


def test_what_was_never_confirmed_is_emptied_after_a_day(cast):
    old = upload(cast, "丁一,七年级(1)班,,,", moment=NOW - timedelta(hours=25))
    fresh = upload(cast, "丁二,七年级(1)班,,,", moment=NOW - timedelta(hours=23))

    assert actions.forget_old_uploads(at=NOW) == 1

    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.table, old.file, old.is_open, fresh.is_open) == ({}, None, False, True)
    with pytest.raises(actions.AlreadyDone):
        actions.confirm(by=cast.registrar, upload=old, at=NOW)


def test_import_stands_in_the_trail_without_names(cast):
    bring_in(cast, "丁一,七年级(1)班,,,")

    entry = AuditEntry.objects.get(verb="roster.import")
    assert (entry.by_id, entry.detail) == (cast.registrar.pk, "新增 1，更新 0")


def test_new_class_in_another_year_is_not_taken_for_known(cast):
    make_class(cast.school, 7, 5)
    made = actions.plan_of(upload(cast, "丁一,七年级(5)班,,,"), on=TODAY)

    assert made.new_classes == ()
