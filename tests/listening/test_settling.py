"""Facts behind check-ins change: students, roles, school days. Nobody reads a row before it is settled."""

from collections import Counter
from datetime import date, timedelta

from listening import actions
from listening.actions.settling import FIGURES
from listening.consistency import differences
from listening.models import CheckIn, ClassCheckIn, ClassFigure, Period
from listening.quotas import Status
from schools import actions as schools
from schools.models import Membership, SchoolChange
from schools.roles import Role
from students import actions as students
from students.models import Pause, RosterChange
from tests.cast import DUE, FORTNIGHT, NOW, TERM, TODAY, activity, at, peers_rule, student, talk


def status(child):
    return Status(CheckIn.objects.get(student=child).status)


def settle(cast, on=TODAY):
    return actions.settle_changes(cast.school, on=on, at=at(on))


def recount(school):
    rows = CheckIn.objects.filter(school=school).values_list("school_class", "status")
    return Counter((klass, FIGURES[Status(status)]) for klass, status in rows)


def kept(school):
    return Counter(
        {
            (figure.school_class_id, name): getattr(figure, name)
            for figure in ClassFigure.objects.filter(school=school)
            for name in FIGURES.values()
            if getattr(figure, name)
        }
    )


def test_leave_excuses_and_coming_back_owes_again(cast):
    students.pause(
        by=None, student=cast.lin, kind=Pause.Kind.LEAVE, first=TODAY, last=TODAY + timedelta(days=1), at=NOW
    )
    settle(cast)
    away = status(cast.lin)
    settle(cast, on=TODAY + timedelta(days=2))

    assert (away, status(cast.lin)) == (Status.EXCUSED, Status.DUE)


def test_change_dated_ahead_waits_for_its_day(cast):
    students.pause(by=None, student=cast.lin, kind=Pause.Kind.LEFT, first=DUE, last=None, at=NOW)

    before = (settle(cast), status(cast.lin))
    settle(cast, on=DUE)

    assert (before, status(cast.lin)) == ((0, Status.DUE), Status.EXCUSED)


def test_change_on_a_day_without_school_is_looked_at_until_a_school_day_has_seen_it(cast):
    saturday = date(2025, 11, 15)
    student("周末来的同学", cast.class_1, since=saturday)
    settle(cast, on=saturday)

    actions.settle_changes(cast.school, on=TODAY, at=NOW)

    assert not RosterChange.objects.filter(taken_at=None, look_on__lte=TODAY).exists()


def test_move_to_another_class_takes_the_row_and_the_figures_along(cast):
    students.move_class(by=None, student=cast.lin, to=cast.class_2, on=TODAY, at=NOW)
    settle(cast)

    assert CheckIn.objects.get(student=cast.lin).school_class == cast.class_2
    assert kept(cast.school) == recount(cast.school)


def test_class_that_nobody_has_been_in_owes_nothing_any_more(cast):
    rule = peers_rule(cast.school)
    newcomer = student("转来的同学", cast.class_8, since=TODAY - timedelta(days=8))
    settle(cast)
    students.move_class(by=None, student=cast.zhao, to=cast.class_2, on=FORTNIGHT, at=NOW)
    settle(cast)
    before = ClassCheckIn.objects.filter(rule=rule, school_class=cast.class_8).count()

    students.move_class(by=None, student=newcomer, to=cast.class_1, on=FORTNIGHT, at=NOW)
    settle(cast)

    assert (before, ClassCheckIn.objects.filter(rule=rule, school_class=cast.class_8).count()) == (1, 0)
    assert differences(cast.school, first=FORTNIGHT, last=DUE, as_of=TODAY) == []


def test_talk_leaves_the_old_class_with_a_past_enrolment_that_is_taken_back(cast):
    rule = peers_rule(cast.school)
    activity(cast.peer, cast.peer, cast.xu)
    before = ClassCheckIn.objects.get(rule=rule, school_class=cast.class_1).status

    students.move_class(by=None, student=cast.xu, to=cast.class_2, on=TERM[0], at=NOW)
    settle(cast)

    assert (before, ClassCheckIn.objects.get(rule=rule, school_class=cast.class_1).status) == (Status.MET, Status.DUE)
    assert differences(cast.school, first=FORTNIGHT, last=DUE, as_of=TODAY) == []


def test_settling_twice_changes_nothing(cast):
    talk(cast.head_teacher, cast.lin)
    again = actions.settle(cast.school, students=[cast.lin.pk, cast.ma.pk], first=FORTNIGHT, last=DUE, on=TODAY, at=NOW)

    assert again == 0
    assert kept(cast.school) == recount(cast.school)


def test_role_given_afterwards_lets_an_earlier_talk_count(cast):
    talk(cast.stranger, cast.lin)
    before = status(cast.lin)

    schools.appoint(
        by=None,
        user=cast.stranger,
        role=Role.SUBJECT_TEACHER,
        school=cast.school,
        school_class=cast.class_1,
        since=FORTNIGHT,
        at=NOW,
    )
    settle(cast)

    assert (before, status(cast.lin)) == (Status.DUE, Status.MET)


def test_role_taken_back_takes_the_talk_out(cast):
    talk(cast.teacher, cast.lin)
    before = status(cast.lin)
    held = Membership.objects.get(user=cast.teacher, role=Role.SUBJECT_TEACHER)

    schools.end_membership(by=cast.registrar, membership=held, last_day=TODAY - timedelta(days=1), at=NOW)
    settle(cast)

    assert (before, status(cast.lin)) == (Status.MET, Status.DUE)


def test_due_day_moves_at_once_when_a_day_ahead_is_taken_off(cast):
    schools.set_day(by=cast.registrar, school=cast.school, day=DUE, is_school_day=False, note="运动会", at=NOW)
    settle(cast)

    period = Period.objects.get(school=cast.school, start=FORTNIGHT)
    assert (period.due, SchoolChange.objects.filter(taken_at=None).exists()) == (DUE - timedelta(days=1), False)


def test_what_was_missed_is_open_again_when_a_make_up_day_is_added(cast):
    saturday = DUE + timedelta(days=1)
    actions.run_day(cast.school, on=saturday, at=at(saturday, 0, 10))
    before = status(cast.lin)

    schools.set_day(
        by=cast.registrar, school=cast.school, day=saturday, is_school_day=True, note="补课", at=at(saturday)
    )
    settle(cast, on=saturday)
    reopened = status(cast.lin)
    actions.run_day(cast.school, on=saturday + timedelta(days=1), at=at(saturday + timedelta(days=1), 0, 10))

    assert (before, reopened, status(cast.lin)) == (Status.MISSED, Status.DUE, Status.MISSED)
    assert kept(cast.school) == recount(cast.school)


def test_term_that_begins_later_cuts_the_fortnights_anew(cast):
    term = cast.school.terms.get()
    term.first_day = date(2025, 9, 8)

    schools.save_term(by=cast.registrar, term=term, at=NOW)
    settle(cast)

    assert differences(cast.school, first=date.min, last=date.max, as_of=TODAY) == []
    assert Period.objects.filter(school=cast.school, start=FORTNIGHT).count() == 0
