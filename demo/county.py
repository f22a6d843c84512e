"""The demo county, made in one transaction: the same every time for the same day."""

from collections.abc import Callable
from datetime import date, datetime, time
from random import Random

from django.db import transaction
from django.utils import timezone

from demo.checks import MADE_BY_SEED
from demo.diary import Diary, Writers
from demo.duties import Duties
from demo.marks import Marks
from demo.people import People
from demo.pupils import Roster
from demo.scale import FULL, Scale
from demo.standing import settle_house
from demo.talks import Talks
from demo.terms import lay
from privacy import actions as privacy


@transaction.atomic
def seed(today: date, *, scale: Scale = FULL, say: Callable[[str], object] = lambda line: None) -> None:
    """Schools, people, students, two terms of talks and what follows from them. The database holds no school yet."""
    terms, rng, marks = lay(today), Random(today.toordinal()), Marks(today)
    people = People(scale, terms, rng, marks)
    houses = people.settle_in()
    say(f"{len(houses)} 所学校、{sum(len(house.classes) for house in houses)} 个班和老师们已就位。")
    writers = Writers(rng)
    for house in houses:
        roster = Roster(house, people, terms, rng, marks)
        pupils = roster.enrol()
        diary = Diary(house, today=today, rng=rng, marks=marks, writers=writers)
        Talks(house, pupils, terms, rng, diary).fill()
        Duties(house, pupils, terms, rng, diary).fill()
        talks = diary.bind()
        settle_house(house, pupils, terms)
        say(f"{house.school.name}：{len(pupils)} 位学生，{talks} 次倾听。")
    privacy.record(
        by_id=None,
        verb=MADE_BY_SEED,
        at=datetime.combine(today, time(6, 0), timezone.get_current_timezone()),
        kind="county",
        uid=marks.of("county"),
        detail=today.isoformat(),
    )
