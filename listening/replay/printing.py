"""What the rows say on the evening of a day, in the order and the words of the format."""

from datetime import date
from typing import Any

from listening.actions.periods import governed
from listening.consistency import Judged, judged
from listening.models import PeriodOpening, QuotaRule
from listening.quotas import Status
from listening.replay.loading import Loaded
from schools.calendar import PeriodKind

Row = dict[str, Any]


class Disagree(Exception):
    """What is stored is not what the rule says. Never to be seen; better loud than wrong."""


def printed(loaded: Loaded, *, as_of: date) -> Row:
    """Status and 补录 as stored, reasons and talks as the rule gives them. Raises Disagree where the two differ."""
    school = loaded.school
    _prove_all_opened(loaded, as_of=as_of)
    names = _Names(loaded)
    rows = []
    for one in judged(school, first=date.min, last=date.max, as_of=as_of):
        if not one.agrees:
            raise Disagree(f"{one.opening.rule}, {one.span.label}: stored {one.stored}, the rule says {one.says}")
        if one.verdict.exists:
            rows.append(names.row(one))
    rows.sort(key=_order)
    return {"as_of": as_of.isoformat(), "checkins": rows}


def _prove_all_opened(loaded: Loaded, *, as_of: date) -> None:
    school, calendar = loaded.school, loaded.school.calendar()
    expected = {
        (rule.pk, span.start)
        for rule in QuotaRule.objects.filter(school=school).owed()
        for span in governed(school, rule, calendar, on=as_of)
    }
    opened = set(PeriodOpening.objects.filter(school=school).values_list("rule", "period__start"))
    if opened != expected:
        raise Disagree(f"Opened {len(opened)} periods, the calendar has {len(expected)}")


class _Names:
    """Our numbers, as the file calls them."""

    def __init__(self, loaded: Loaded) -> None:
        self.terms = {term.pk: name for name, term in loaded.terms.items()}
        self.rules = {rule.pk: name for name, rule in loaded.rules.items()}
        self.students = {student.pk: name for name, student in loaded.students.items()}
        self.classes = {klass.pk: name for name, klass in loaded.classes.items()}
        self.talks = {talk.pk: name for name, talk in loaded.talks.items()}

    def row(self, one: Judged) -> Row:
        assert one.stored is not None
        status, _, _, late, _ = one.stored
        span, verdict = one.span, one.verdict
        term = self.terms[int(span.term)] if span.term is not None else None
        return {
            "rule": self.rules[one.opening.rule_id],
            "student": self.students[one.student] if one.student is not None else None,
            "class": self.classes[one.school_class] if one.school_class is not None else None,
            "term": term,
            "label": term if span.kind == PeriodKind.TERM else span.label,
            "start": span.start.isoformat(),
            "end": span.end.isoformat(),
            "due": span.due.isoformat(),
            "status": Status(status).name.lower(),
            "reason": verdict.reason.value if verdict.reason else None,
            "late": late,
            "counted": sorted(self.talks[int(talk)] for talk in verdict.counted),
            "not_counted": [
                {"id": name, "reason": why.value}
                for name, why in sorted((self.talks[int(talk)], why) for talk, why in verdict.not_counted)
            ],
        }


def _order(row: Row) -> tuple[str, ...]:
    nulls = (row[key] if row[key] is not None else "" for key in ("student", "class"))
    return (row["start"], row["due"], row["rule"], *nulls)
