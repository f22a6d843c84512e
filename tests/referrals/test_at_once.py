"""Several people at one case at the same moment: each act once, in a row, and nothing lost."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from accounts.models import User
from referrals import actions
from referrals.actions import NotNow, Report, Stale
from referrals.choices import Source
from referrals.models import Concern, Referral, ReferralStep
from referrals.requirements import Urgency
from tests.cast import NOW, make_cast
from tests.referrals import cases

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
    pytest.mark.django_db(transaction=True),
]

AT_ONCE = 8


def at_once(act):
    """What each of several gets: an answer, or the name of its refusal."""
    gate = Barrier(AT_ONCE)

    def one(number):
        gate.wait()
        try:
            return act(number)
        except (Stale, NotNow, actions.AlreadyAnswered, actions.AlreadyWaiting) as refused:
            return type(refused)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def again(person):
    return User.objects.get(pk=person.pk)


def way_is_whole(case):
    numbers = list(ReferralStep.objects.filter(referral=case).values_list("number", flat=True))
    return numbers == list(range(1, cases.fresh(case).length + 1))


def test_reports_about_one_student_are_one_case():
    cast = make_cast()
    people = [cast.teacher, cast.head_teacher, cast.principal, cast.leader]

    at_once(
        lambda n: actions.raise_concern(
            by=again(people[n % 4]), student=cast.lin, at=NOW, source=Source.FORM,
            report=Report(words="一", urgency=Urgency.LIFE if n == 5 else Urgency.WEEK),
        )
    )  # fmt: skip

    case = Referral.objects.get()
    assert (Concern.objects.filter(referral=case).count(), case.urgency, way_is_whole(case)) == (8, Urgency.LIFE, True)


def test_one_of_several_accepts():
    cast = make_cast()
    case = cases.raised(cast)

    answers = at_once(
        lambda _: actions.accept(by=again(cast.counselor), referral=case, version=case.version, at=NOW).pk
    )

    assert (answers.count(case.pk), answers.count(Stale), way_is_whole(case)) == (1, AT_ONCE - 1, True)


def test_close_and_a_new_report_at_once_leave_no_report_in_an_ended_case():
    cast = make_cast()
    case = cases.finish_tasks(cases.planned(cast))
    word = cases.propose_close(cast, case)
    case = cases.fresh(case)

    def act(n):
        if n % 2:
            return actions.confirm(by=again(cast.counselor2), word=word, version=case.version, at=NOW).pk
        return cases.raised(cast, by=again(cast.head_teacher)).pk

    at_once(act)

    unheard = Concern.objects.exclude(state="ended").filter(referral__ended_at__isnull=False)
    assert (list(unheard), Concern.objects.count(), way_is_whole(case)) == ([], 5, True)


def test_several_clocks_ask_each_level_once():
    cast = make_cast()
    case = cases.raised(cast)

    done = at_once(lambda _: actions.run_clock(cast.school, at=cases.later(days=6)))

    steps = ReferralStep.objects.filter(referral=case, verb="escalate")
    assert (sum(done), [step.facts["level"] for step in steps]) == (3, [1, 2, 3])
