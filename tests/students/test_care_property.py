"""No sequence of proposals and answers lowers anybody's care by one person alone."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from students import actions
from students.care import current_tiers
from students.models import CareTier, TierAssignment, TierProposal
from tests.cast import NOW, TODAY, Cast, make_cast

REFUSED = (
    actions.AlreadyAnswered,
    actions.AlreadyWaiting,
    actions.NeedsSecondPerson,
    actions.NotInCharge,
    actions.SchemeChanged,
)
VERBS = {"confirm": actions.confirm_tier, "decline": actions.decline, "withdraw": actions.withdraw}
who = st.sampled_from(["counselor", "counselor2"])
step = st.one_of(
    st.tuples(st.just("propose"), who, st.integers(0, 3)),
    st.tuples(st.sampled_from(sorted(VERBS)), who, st.integers(0, 30)),
)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def do(cast: Cast, deed: str, name: str, number: int) -> None:
    person = getattr(cast, name)
    try:
        if deed == "propose":
            tier = CareTier.objects.in_use().get(school=cast.school, axis=number)
            actions.propose(by=person, student=cast.zhao, tier=tier, reason="理由", review_on=None, at=NOW)
            return
        proposals = list(TierProposal.objects.order_by("pk"))
        if proposals:
            VERBS[deed](by=person, proposal=proposals[-1 - number % min(2, len(proposals))], at=NOW)
    except REFUSED:
        pass


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, max_size=16))
def test_no_sequence_lowers_care_by_one_person(cast: Cast, steps: list[tuple[str, str, int]]):
    with transaction.atomic():
        held = 0
        for one in steps:
            do(cast, *one)
            newest = current_tiers(cast.school, on=TODAY).get(cast.zhao.pk)
            axis = newest.axis if newest else 0
            if axis < held:
                assert newest is not None
                assert newest.proposed_by != newest.confirmed_by
            held = axis
        rows = list(TierAssignment.objects.filter(student=cast.zhao).order_by("pk"))
        assert [one.axis_before for one in rows] == [0, *(one.axis for one in rows)][: len(rows)]
        transaction.set_rollback(True)
