"""Which talks count, and what becomes of the check-in: one week, one student, and what each fact does to it."""

import dataclasses
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listening import quotas
from listening.fact_rows import Asked
from listening.models import QuotaRule
from listening.quotas import (
    DayFacts,
    ExcusedBecause,
    Hat,
    Kind,
    Outcome,
    RuleFacts,
    Standing,
    Status,
    TalkFacts,
    TalkVersion,
    WhyNot,
    judge,
)
from schools.calendar import PeriodKind, SchoolCalendar, TermDays
from schools.roles import Role

CALENDAR = SchoolCalendar((TermDays("2025秋", "2025-2026", date(2025, 9, 1), date(2026, 1, 23)),))
WEEK = CALENDAR.period_of(PeriodKind.WEEK, 0, date(2025, 9, 8))  # Mon 09-08 to Sun 09-14, due Fri 09-12
MUCH_LATER = date(2025, 9, 30)
RULE = RuleFacts(kind=Kind.TALK, minimum=1, minutes=15, together=1)
TALK = TalkVersion(
    entered_on=date(2025, 9, 10),
    day=date(2025, 9, 10),
    kind=Kind.TALK,
    outcome=Outcome.MADE,
    minutes=15,
    heads=1,
    names_subject=True,
    enrolled=True,
    standing=Standing.HELD,
)

LETTERS = {
    "+": DayFacts.EVERYTHING,
    "t": DayFacts.TIER,
    "b": DayFacts.LABEL,
    "x": DayFacts.LEFT,
    "a": DayFacts.LEAVE,
    "-": DayFacts.UNCOVERED,
}


def days(letters):
    return tuple(LETTERS[letter] for letter in letters)


def sep(day):
    return date(2025, 9, day)


def talk(*versions, id="c1", allowed=()):
    """A talk with its versions, each told by what it changes of the one before."""
    stands, told = TALK, []
    for changes in versions or ({},):
        stands = dataclasses.replace(stands, **changes)
        told.append(stands)
    return TalkFacts(id, tuple(told), tuple(allowed))


def verdict(talks=(), *, rule=RULE, span=WEEK, here="+++++", excuses=(), as_of=MUCH_LATER, late_days=7):
    return judge(rule, span, days(here), talks, excuses, as_of=as_of, late_days=late_days)


# Who listened

TEACHER, FAMILY = [Role.HEAD_TEACHER, Role.SUBJECT_TEACHER], [Role.GUARDIAN]
NOT_HELD, OWN_CHILD, HELD = Standing


@pytest.mark.parametrize(
    ("roles", "held", "guardian", "barred", "hat", "expected"),
    [
        (TEACHER, {Role.HEAD_TEACHER}, False, False, None, HELD),
        (TEACHER, {Role.COUNSELOR, Role.SUBJECT_TEACHER}, False, False, None, HELD),
        (TEACHER, {Role.COUNSELOR}, False, False, None, NOT_HELD),
        (TEACHER, set(), False, False, None, NOT_HELD),
        # a hat parts staff, guardian and peer, nothing finer
        (TEACHER, {Role.HEAD_TEACHER}, False, False, Hat.STAFF, HELD),
        (TEACHER, {Role.HEAD_TEACHER}, False, False, Hat.GUARDIAN, NOT_HELD),
        (TEACHER, {Role.HEAD_TEACHER}, False, False, Hat.PEER, NOT_HELD),
        ([Role.PEER, *TEACHER], {Role.PEER}, False, False, Hat.PEER, HELD),
        ([Role.PEER, *TEACHER], {Role.PEER}, False, False, Hat.STAFF, NOT_HELD),
        # a guardian of the student is a guardian only
        (FAMILY, set(), True, False, None, HELD),
        (FAMILY, set(), True, False, Hat.GUARDIAN, HELD),
        (FAMILY, set(), True, False, Hat.STAFF, NOT_HELD),
        (FAMILY, set(), False, False, Hat.GUARDIAN, NOT_HELD),
        (FAMILY, {Role.GUARDIAN}, False, False, None, NOT_HELD),  # of another child
        (FAMILY, {Role.GUARDIAN}, True, True, None, NOT_HELD),
        (TEACHER, {Role.HEAD_TEACHER}, True, False, None, OWN_CHILD),
        (TEACHER, {Role.HEAD_TEACHER}, True, False, Hat.STAFF, OWN_CHILD),
        (TEACHER, {Role.HEAD_TEACHER}, True, False, Hat.GUARDIAN, NOT_HELD),
        (TEACHER, {Role.COUNSELOR}, True, False, None, NOT_HELD),
        ([Role.PEER], {Role.PEER}, True, False, None, OWN_CHILD),
        (TEACHER + FAMILY, {Role.HEAD_TEACHER}, True, False, None, HELD),
        (TEACHER + FAMILY, {Role.HEAD_TEACHER}, True, False, Hat.STAFF, OWN_CHILD),
        # barred: no role at all
        (FAMILY, set(), True, True, None, NOT_HELD),
        (TEACHER, {Role.HEAD_TEACHER}, True, True, None, OWN_CHILD),
        (TEACHER + FAMILY, {Role.HEAD_TEACHER}, True, True, None, OWN_CHILD),
        (TEACHER + FAMILY, {Role.HEAD_TEACHER}, True, True, Hat.GUARDIAN, NOT_HELD),
    ],
)
def test_standing(roles, held, guardian, barred, hat, expected):
    assert quotas.standing(roles, held=held, guardian=guardian, barred=barred, hat=hat) == expected


def asked(roles):
    return Asked(QuotaRule(), RULE, tuple(roles), frozenset(), frozenset())


@given(
    roles=st.sets(st.sampled_from(Role), min_size=1),
    held=st.sets(st.sampled_from(Role)),
    guardian=st.booleans(),
    barred=st.booleans(),
    hat=st.sampled_from([None, *Hat]),
    kind=st.sampled_from(Kind),
    outcome=st.sampled_from(Outcome),
)
def test_talk_that_can_bear_on_nothing_neither_counts_nor_is_declined(
    roles, held, guardian, barred, hat, kind, outcome
):
    stands = quotas.standing(roles, held=held, guardian=guardian, barred=barred, hat=hat)
    version = dataclasses.replace(TALK, kind=kind, outcome=outcome, standing=stands)

    if not asked(roles).can_bear(kind=kind, outcome=outcome, hat=hat):
        assert quotas.why_not(RULE, version) not in (None, WhyNot.DECLINED)


@pytest.mark.parametrize(
    ("roles", "kind", "outcome", "hat", "bears"),
    [
        (TEACHER, Kind.TALK, Outcome.MADE, Hat.STAFF, True),
        (TEACHER, Kind.TALK, Outcome.DECLINED, None, True),
        (TEACHER, Kind.TALK, Outcome.ABSENT, Hat.STAFF, False),
        (TEACHER, Kind.VISIT, Outcome.MADE, Hat.STAFF, False),
        ([Role.PEER], Kind.TALK, Outcome.MADE, Hat.STAFF, False),
        ([Role.PEER], Kind.TALK, Outcome.MADE, Hat.PEER, True),
    ],
)
def test_what_a_talk_can_bear_on(roles, kind, outcome, hat, bears):
    assert asked(roles).can_bear(kind=kind, outcome=outcome, hat=hat) == bears


# Which talks

EVERYTHING_WRONG = {
    WhyNot.DELETED: {"deleted": True},
    WhyNot.NOT_ENROLLED: {"enrolled": False},
    WhyNot.WRONG_KIND: {"kind": Kind.VISIT},
    WhyNot.OWN_CHILD: {"standing": Standing.OWN_CHILD},
    WhyNot.WRONG_ROLE: {"standing": Standing.NOT_HELD},
    WhyNot.GROUP_TOO_LARGE: {"heads": 2},
    WhyNot.DECLINED: {"outcome": Outcome.DECLINED},
    WhyNot.NOT_MADE: {"outcome": Outcome.ABSENT},
    WhyNot.TOO_SHORT: {"minutes": 14},
}


@pytest.mark.parametrize(("reason", "changes"), EVERYTHING_WRONG.items())
def test_talk_that_fails_one_line(reason, changes):
    assert verdict([talk(changes)]).not_counted == (("c1", reason),)


@pytest.mark.parametrize("reason", EVERYTHING_WRONG)
def test_talk_that_fails_every_later_line_names_the_first(reason):
    order = list(EVERYTHING_WRONG)
    changes = {}
    for later in reversed(order[order.index(reason) :]):
        changes |= EVERYTHING_WRONG[later]

    assert verdict([talk(changes)]).not_counted == (("c1", reason),)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, RULE),
        ({"minutes": 0}, dataclasses.replace(RULE, minutes=0)),
        ({"heads": 3}, dataclasses.replace(RULE, together=3)),
        ({"kind": Kind.CONTACT}, dataclasses.replace(RULE, kind=Kind.CONTACT)),
        ({"day": sep(8)}, RULE),
        ({"day": sep(14), "entered_on": sep(14)}, RULE),  # the Sunday after the due day
    ],
)
def test_talk_that_counts(changes, rule):
    found = verdict([talk(changes)], rule=rule)

    assert (found.status, found.counted, found.not_counted) == (Status.MET, ("c1",), ())


@pytest.mark.parametrize(
    "changes",
    [{"day": sep(7)}, {"day": sep(15)}, {"names_subject": False}, {"names_subject": False, "deleted": True}],
)
def test_talk_that_does_not_touch_the_check_in_is_not_mentioned(changes):
    found = verdict([talk(changes)])

    assert (found.status, found.talks) == (Status.MISSED, ())


def test_two_short_talks_are_not_added_up():
    found = verdict([talk({"minutes": 8}, id="c1"), talk({"minutes": 8}, id="c2")])

    assert (found.status, found.not_counted) == (
        Status.MISSED,
        (("c1", WhyNot.TOO_SHORT), ("c2", WhyNot.TOO_SHORT)),
    )


# The entry day

DECLINED = {"outcome": Outcome.DECLINED}


@pytest.mark.parametrize(
    ("versions", "entry_day"),
    [
        ([{}], 10),
        # a harmless correction keeps it
        ([{}, {"entered_on": sep(20), "minutes": 40}], 10),
        ([{}, {"entered_on": sep(20), "day": sep(9)}], 10),
        # what was not good enough counts since the edit
        ([{"minutes": 5}, {"entered_on": sep(15), "minutes": 15}], 15),
        ([{"day": sep(3)}, {"entered_on": sep(15), "day": sep(9)}], 15),
        ([{"names_subject": False}, {"entered_on": sep(15), "names_subject": True}], 15),
        ([{"standing": Standing.NOT_HELD}, {"entered_on": sep(15), "standing": Standing.HELD}], 15),
        # and a later harmless one changes nothing more
        ([{"minutes": 5}, {"entered_on": sep(15), "minutes": 15}, {"entered_on": sep(18), "minutes": 20}], 15),
        # leaves the period and comes back
        ([{}, {"entered_on": sep(12), "day": sep(15)}, {"entered_on": sep(16), "day": sep(9)}], 16),
        # the same within a day is a break as well
        ([{}, {"entered_on": sep(16), "minutes": 5}, {"entered_on": sep(16), "minutes": 15}], 16),
        # declined and counting are two results
        ([DECLINED, {"entered_on": sep(16), "outcome": Outcome.MADE}], 16),
        ([{}, {"entered_on": sep(16), **DECLINED}], 16),
        ([DECLINED, {"entered_on": sep(16), "minutes": 3}], 10),
    ],
)
def test_entry_day(versions, entry_day):
    (found,) = verdict([talk(*versions)]).talks

    assert found.entry_day == sep(entry_day)


@pytest.mark.parametrize(
    ("entered_on", "allowed", "why_not", "late"),
    [
        (12, [], None, False),
        (13, [], None, True),
        (19, [], None, True),  # the seventh day
        (20, [], WhyNot.ENTERED_TOO_LATE, False),
        (20, [20], None, True),
        (20, [25], None, True),
        (20, [19], WhyNot.ENTERED_TOO_LATE, False),  # given before the entry
        (20, [19, 30], None, True),
    ],
)
def test_late_entry(entered_on, allowed, why_not, late):
    (found,) = verdict([talk({"entered_on": sep(entered_on)}, allowed=map(sep, allowed))]).talks

    assert (found.why_not, found.late) == (why_not, late)


def test_late_entry_days_are_the_schools_setting():
    late = talk({"entered_on": sep(13)})

    assert verdict([late], late_days=0).not_counted == (("c1", WhyNot.ENTERED_TOO_LATE),)
    assert verdict([late], late_days=1).counted == ("c1",)


def test_refusal_typed_in_too_late_is_none():
    found = verdict([talk({"entered_on": sep(20), **DECLINED})])

    assert (found.status, found.declined, found.not_counted) == (
        Status.MISSED,
        0,
        (("c1", WhyNot.ENTERED_TOO_LATE),),
    )


@pytest.mark.parametrize(
    ("given", "allowed", "as_of", "status"),
    [
        (19, (), 30, Status.EXCUSED),  # the seventh day after the due day
        (20, (), 30, Status.MISSED),
        (20, (22,), 21, Status.MISSED),
        (20, (22,), 22, Status.EXCUSED),
    ],
)
def test_excuse_that_comes_too_late_waits_for_the_leads_word(given, allowed, as_of, status):
    found = judge(
        RULE, WEEK, days("+++++"), (), [sep(given)], as_of=sep(as_of), late_days=7,
        excuses_allowed_on=map(sep, allowed),
    )  # fmt: skip

    assert (found.status, found.reason == ExcusedBecause.BY_PERSON) == (status, status == Status.EXCUSED)


def test_nothing_typed_in_later_is_known():
    corrected = talk({"minutes": 5}, {"entered_on": sep(15), "minutes": 15}, {"entered_on": sep(17), "deleted": True})
    word = talk({"entered_on": sep(20)}, allowed=[sep(22)])

    assert verdict([corrected], as_of=sep(9)).talks == ()
    assert verdict([corrected], as_of=sep(14)).not_counted == (("c1", WhyNot.TOO_SHORT),)
    assert verdict([corrected], as_of=sep(16)).counted == ("c1",)
    assert verdict([corrected], as_of=sep(17)).not_counted == (("c1", WhyNot.DELETED),)
    assert verdict([word], as_of=sep(21)).not_counted == (("c1", WhyNot.ENTERED_TOO_LATE),)
    assert verdict([word], as_of=sep(22)).counted == ("c1",)


# The status: the first line that fits

MADE, REFUSED = [talk()], [talk(DECLINED)]


@pytest.mark.parametrize(
    ("talks", "here", "excuses", "as_of", "status", "reason"),
    [
        ([], "+++++", [], 12, Status.DUE, None),  # the due day is not over on its evening
        ([], "+++++", [], 13, Status.MISSED, None),
        (MADE, "+++++", [], 12, Status.MET, None),
        (MADE, "+++xx", [], 13, Status.MET, None),  # also if the student left since
        (MADE, "+++++", [9], 13, Status.MET, None),
        (REFUSED, "+++++", [], 12, Status.DUE, None),  # stays open until the due day
        (REFUSED, "+++++", [], 13, Status.EXCUSED, ExcusedBecause.DECLINED),
        ([*REFUSED, talk(id="c2")], "+++++", [], 13, Status.MET, None),
        ([], "+++xx", [], 12, Status.EXCUSED, ExcusedBecause.LEFT),
        ([], "+++aa", [9], 12, Status.EXCUSED, ExcusedBecause.LEAVE),  # before the word of a person
        (REFUSED, "tttt-", [], 13, Status.EXCUSED, ExcusedBecause.TIER_CHANGED),
        ([], "+++++", [9], 9, Status.EXCUSED, ExcusedBecause.BY_PERSON),
        ([], "+++++", [1], 8, Status.EXCUSED, ExcusedBecause.BY_PERSON),  # given before the week began
        ([], "+++++", [10], 9, Status.DUE, None),  # not yet given
        ([], "+++++", [19], 30, Status.EXCUSED, ExcusedBecause.BY_PERSON),
        ([], "+++++", [20], 30, Status.MISSED, None),
        ([], "+++++", [20, 19], 30, Status.EXCUSED, ExcusedBecause.BY_PERSON),
        (REFUSED, "+++++", [9], 13, Status.EXCUSED, ExcusedBecause.BY_PERSON),
    ],
)
def test_status_first_line_that_fits(talks, here, excuses, as_of, status, reason):
    found = verdict(talks, here=here, excuses=map(sep, excuses), as_of=sep(as_of))

    assert (found.status, found.reason) == (status, reason)


@pytest.mark.parametrize(
    ("entered", "minimum", "status", "late"),
    [
        ([10], 1, Status.MET, False),
        ([15], 1, Status.MET, True),
        ([10, 15], 1, Status.MET, False),  # the late one was not needed
        ([10, 15], 2, Status.MET, True),
        ([15], 2, Status.MISSED, False),
        ([10, 11, 15], 2, Status.MET, False),
    ],
)
def test_late_only_when_the_late_entries_were_needed(entered, minimum, status, late):
    talks = [talk({"entered_on": sep(day)}, id=day) for day in entered]
    found = verdict(talks, rule=dataclasses.replace(RULE, minimum=minimum))

    assert (found.status, found.late, found.counted) == (status, late, tuple(entered))


def test_no_check_in_has_no_talks():
    found = verdict(MADE, here="xxxx+")

    assert (found.exists, found.owed, found.talks) == (False, False, ())


# What holds always

VERSIONS = st.builds(
    dict,
    entered_on=st.integers(8, 28).map(sep),
    day=st.integers(6, 16).map(sep),
    outcome=st.sampled_from([Outcome.MADE, Outcome.MADE, Outcome.DECLINED]),
    minutes=st.sampled_from([5, 15, 15]),
    standing=st.sampled_from([Standing.HELD, Standing.HELD, Standing.NOT_HELD]),
)


@st.composite
def talks(draw, id):
    versions = sorted(draw(st.lists(VERSIONS, min_size=1, max_size=4)), key=lambda one: one["entered_on"])
    return talk(*versions, id=id, allowed=draw(st.lists(st.integers(8, 28).map(sep), max_size=2)))


HEARD = st.tuples(talks("c1"), talks("c2"), talks("c3"))
HERE = st.text("+++ax", min_size=5, max_size=5)


@settings(deadline=None)
@given(HEARD, HERE, st.integers(7, 30).map(sep), st.lists(st.integers(5, 28).map(sep), max_size=2))
def test_verdict_agrees_with_itself(heard, here, as_of, excuses):
    found = verdict(heard, here=here, excuses=excuses, as_of=as_of)

    assert (found.status == Status.MET) is (found.exists and len(found.counted) >= 1)
    assert (found.reason is not None) is (found.exists and found.status == Status.EXCUSED)
    assert found.status != Status.DUE or as_of <= WEEK.due
    assert found.status != Status.MISSED or as_of > WEEK.due
    assert not found.late or found.status == Status.MET
    assert found.declined == sum(why == WhyNot.DECLINED for _, why in found.not_counted)


@settings(deadline=None)
@given(HEARD, HERE, st.integers(7, 30).map(sep))
def test_verdict_of_a_day_needs_nothing_of_the_days_after(heard, here, as_of):
    known = [
        dataclasses.replace(
            one,
            versions=tuple(version for version in one.versions if version.entered_on <= as_of),
            late_allowed_on=tuple(day for day in one.late_allowed_on if day <= as_of),
        )
        for one in heard
    ]
    seen = here[: sum(day <= as_of for day in WEEK.school_days)]

    assert verdict([one for one in known if one.versions], here=seen, as_of=as_of) == verdict(
        heard, here=here, as_of=as_of
    )
