"""Tiers with their proposals, review days, labels and cards of one school, as its counselors would have left them."""

from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

from django.utils import timezone

from demo.marks import Marks
from demo.people import House
from demo.terms import Terms
from demo.words import care as words
from privacy.keyring import Place, keyring
from students import actions as students
from students.models import CareCard, CareLabel, CareTier, StudentLabel, TierAssignment, TierProposal

if TYPE_CHECKING:
    from demo.pupils import Pupil

SAID_AT, CONFIRMED_AT = time(15, 50), time(16, 20)
DUE_FOR_REVIEW = 0.15  # of those with a review day: it came within the last week
WITH_CARD = (0.8, 0.6, 0.3)  # by the order of the tier
LOWERED_NOW = 2  # proposals for less care that wait for a second person
ASKED_TWICE = "韩雨桐"  # declined two talks: more care is proposed, and waits to be confirmed


class Care:
    """Written by a hand of its own, so that nothing else of the county is drawn otherwise for it."""

    def __init__(self, house: House, pupils: "list[Pupil]", terms: Terms, marks: Marks, *, since: date) -> None:
        self.house, self.pupils, self.terms, self.marks, self.since = house, pupils, terms, marks, since
        self.rng = Random(f"{terms.today.toordinal()}-{house.plan.code}")
        self.tiers = {tier.order: tier for tier in CareTier.objects.filter(school=house.school)}
        self.cared_for = [one for one in pupils if one.tier is not None and one.tier_since is not None]

    def write(self) -> None:
        """Everything that stands already."""
        proposals = [self._proposal(one) for one in self.cared_for]
        TierProposal.objects.bulk_create(proposals)
        TierAssignment.objects.bulk_create(self._assignment(one) for one in proposals)
        labels = {label.name: label for label in CareLabel.objects.filter(school=self.house.school)}
        StudentLabel.objects.bulk_create(
            StudentLabel(
                uid=self.marks.of("label", one.student.uid),
                school=self.house.school,
                student=one.student,
                label=labels[one.label],
                valid_from=self.since,
            )
            for one in self.pupils
            if one.label
        )

    def _proposal(self, one: "Pupil") -> TierProposal:
        assert one.tier is not None
        assert one.tier_since is not None
        tier, uid = self.tiers[one.tier], self.marks.of("proposal", one.student.uid)
        counselor = self.house.counselors[one.grade]
        return TierProposal(
            uid=uid,
            school=self.house.school,
            student=one.student,
            tier=tier,
            axis_before=CareTier.Axis.S0,
            axis=tier.axis,
            reason=keyring().seal(
                words.reason(self.rng, one.gender), Place("tier_proposal", "reason", uid, self.house.school.uid)
            ),
            review_on=self._review(one.tier_since, tier.review_days),
            proposed_by=counselor,
            proposed_at=_at(one.tier_since, SAID_AT),
            state=TierProposal.State.CONFIRMED,
            decided_by=counselor,
            decided_at=_at(one.tier_since, CONFIRMED_AT),
        )

    def _assignment(self, proposal: TierProposal) -> TierAssignment:
        return TierAssignment(
            uid=self.marks.of("tier", proposal.student.uid),
            school=proposal.school,
            student=proposal.student,
            tier=proposal.tier,
            axis_before=proposal.axis_before,
            axis=proposal.axis,
            valid_from=timezone.localdate(proposal.proposed_at),
            proposed_by=proposal.proposed_by,
            confirmed_by=proposal.decided_by,
            proposal=proposal,
            review_on=proposal.review_on,
        )

    def _review(self, since: date, every: int | None) -> date | None:
        """The next one by the interval of the tier; some of them came and wait to be looked at."""
        if every is None:
            return None
        today = self.terms.today
        if self.rng.random() < DUE_FOR_REVIEW:
            return max(since + timedelta(days=1), today - timedelta(days=self.rng.randint(0, 6)))
        turns = max(0, (today - since).days) // every + 1
        return since + timedelta(days=turns * every)

    def write_cards(self) -> None:
        """支持要点 for many of them, addressed to the mentor where there is one. Needs the mentors in place."""
        cards, to = [], []
        for one in self.cared_for:
            assert one.tier is not None
            assert one.tier_since is not None
            if self.rng.random() >= WITH_CARD[one.tier]:
                continue
            uid = self.marks.of("card", one.student.uid)
            text = keyring().seal(
                words.card(self.rng, one.gender), Place("care_card", "text", uid, self.house.school.uid, 1)
            )
            card = CareCard(
                uid=uid,
                school=self.house.school,
                student=one.student,
                edition=1,
                text=text,
                by=self.house.counselors[one.grade],
                at=_at(one.tier_since, CONFIRMED_AT),
            )
            cards.append(card)
            to += [(card, one.mentor)] if one.mentor else []
        CareCard.objects.bulk_create(cards)
        for card, mentor in to:
            card.addressed.add(mentor)

    def propose_now(self) -> None:
        """What waits today in the school of the visitors: less care for two, more for one who declined twice."""
        at = _at(self.terms.today - timedelta(days=1), SAID_AT)
        grade = min(self.house.grades)
        easier = [one for one in self.cared_for if one.grade == grade and one.tier == 1 and one.part is None]
        for one in easier[:LOWERED_NOW]:
            self._propose(one, order=2, reason=words.reason_for_less(self.rng, one.gender), at=at)
        for one in self.pupils:
            if one.part and one.part.name == ASKED_TWICE:
                self._propose(one, order=2, reason=words.reason(self.rng, one.gender), at=at)

    def _propose(self, one: "Pupil", *, order: int, reason: str, at: datetime) -> None:
        tier = self.tiers[order]
        assert tier.review_days is not None
        students.propose(
            by=self.house.counselors[one.grade],
            student=one.student,
            tier=tier,
            reason=reason,
            review_on=self.terms.today + timedelta(days=tier.review_days),
            at=at,
        )


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, timezone.get_current_timezone())
