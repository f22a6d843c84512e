"""Who hears that a check-in became missed: its owner, at once, in the inbox. The texts: notifications/texts.py."""

from collections import defaultdict
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from listening.models import CheckIn
from listening.owners import Owners
from notifications import actions as notifications
from notifications import texts
from schools.models import School


def tell_missed(school: School, rows: list[CheckIn], *, at: datetime) -> None:
    """One inbox row for each owner, rule and period; said again, it is the same row with the newer count.

    Reads rule and period of each row. Owners are those of the due day.
    """
    by_period: dict[tuple[int, int], list[CheckIn]] = defaultdict(list)
    for row in rows:
        by_period[row.period_id, row.rule_id].append(row)
    for some in by_period.values():
        rule, period = some[0].rule, some[0].period
        owners = Owners(school, on=period.due)
        all_missed = CheckIn.objects.filter(school=school, period=period, rule=rule).missed().select_related("rule")
        told = set(owners.split(some))
        for owner, missed in owners.split(all_missed).items():
            if owner in told:
                query = urlencode({"rule": rule.uid, "from": period.start.isoformat(), "mine": 1})
                notifications.tell(
                    to_id=owner,
                    school=school,
                    key=f"missed:{rule.uid}:{period.start}",
                    text=texts.missed(rule=rule.name, period=period.words, count=len(missed)),
                    path=f"{reverse('listening:missed')}?{query}",
                    at=at,
                )
