"""Whatever a school goes through, what is stored is what the pure rule says, however and whenever the nights run.

QINGTING_EXAMPLES=2000 looks longer.
"""

import os
from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listening import actions
from listening.actions.settling import FIGURES
from listening.models import CheckIn, ClassFigure
from listening.quotas import Status
from listening.replay import days as living
from listening.replay import replay_here
from listening.replay.loading import load
from listening.replay.printing import printed
from tests.listening import oracle, paper
from tests.listening.described import schools
from tests.listening.typed_late import TypedLate

EXAMPLES = int(os.environ.get("QINGTING_EXAMPLES", "50"))

pytestmark = pytest.mark.django_db
many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Undo(Exception):
    """Takes back what an example has written."""


def undone(test):
    """Each example in a savepoint of its own: the tables are empty again after it."""

    def run(*args, **kwargs):
        try:
            with transaction.atomic():
                test(*args, **kwargs)
                raise Undo
        except Undo:
            pass

    return run


def figures_by_recount(school):
    rows = CheckIn.objects.filter(school=school).values_list("period", "rule", "school_class", "status")
    counted = Counter((period, rule, klass, FIGURES[Status(status)]) for period, rule, klass, status in rows)
    return {key: count for key, count in counted.items() if count}


def figures_as_kept(school):
    return {
        (figure.period_id, figure.rule_id, figure.school_class_id, name): getattr(figure, name)
        for figure in ClassFigure.objects.filter(school=school)
        for name in FIGURES.values()
        if getattr(figure, name)
    }


@settings(many, max_examples=4 * EXAMPLES)
@given(schools())
def test_the_pure_rule_is_what_the_paper_says(described):
    assert oracle.replay(described) == paper.replay(described)


@many
@given(schools())
def test_stored_rows_are_what_the_pure_rule_says(described):
    undone(in_order)(described)


def in_order(described):
    assert replay_here(described) == oracle.replay(described)


@many
@given(schools(), st.randoms(use_true_random=False))
def test_nights_in_any_order_late_and_twice_give_the_same(described, chance):
    undone(in_disorder)(described, chance)


def in_disorder(described, chance):
    """Nights fall between what is typed in wherever they like: for days long past, and for days still to come."""
    loaded = load(described)
    live(loaded, described, living.deeds_by_day(loaded, described), chance)
    as_of = date.fromisoformat(described["as_of"])
    assert printed(loaded, as_of=as_of) == oracle.replay(described)
    assert figures_as_kept(loaded.school) == figures_by_recount(loaded.school)


@many
@given(schools(), st.randoms(use_true_random=False))
def test_what_is_typed_in_late_gives_the_same_as_if_it_had_been_known(described, chance):
    undone(with_facts_late)(described, chance)


def with_facts_late(described, chance):
    late = TypedLate(described, chance)
    loaded = load(late.known)
    deeds = living.deeds_by_day(loaded, late.known)
    for day, deed in late.deeds(loaded, chance):
        deeds[day].append(deed)
    live(loaded, late.known, deeds, chance)
    as_of = date.fromisoformat(described["as_of"])
    assert printed(loaded, as_of=as_of) == paper.replay(late.full)
    assert figures_as_kept(loaded.school) == figures_by_recount(loaded.school)


def live(loaded, described, deeds, chance):
    as_of = date.fromisoformat(described["as_of"])
    nights = chance.choice([0, 3, 12])
    for day in sorted(day for day in deeds if day <= as_of):
        for _ in range(chance.randint(0, nights)):
            night(loaded.school, as_of - timedelta(days=chance.randint(0, 50)))
        living.do_all(deeds[day], day)
        if chance.randint(0, 1):  # a page is looked at
            actions.settle_changes(loaded.school, on=day, at=living.moment(day, minutes=1000))
    night(loaded.school, as_of)
    for _ in range(nights):
        night(loaded.school, as_of - timedelta(days=chance.randint(0, 50)))


def night(school, day):
    actions.run_day(school, on=day, at=living.moment(day, minutes=10))
