"""A described school in, its check-ins out, without a database: the two pure modules and nothing else.

`python -m tests.listening.oracle FILE.json` prints what `manage.py replay` must print; suites compare the two.
The facts are looked up in the plainest way, day by day, so that nothing clever is shared with the engine.
"""

import json
import sys
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from listening.quotas import (
    DayFacts,
    Hat,
    Kind,
    Outcome,
    RuleFacts,
    Standing,
    TalkFacts,
    TalkVersion,
    Verdict,
    judge,
    standing,
)
from schools.calendar import PeriodKind, SchoolCalendar, Span, TermDays, days_between
from schools.roles import Role

Row = dict[str, Any]


def replay(described: Row) -> Row:
    """The "Out" of replay.md for the "In"."""
    school = DescribedSchool(described)
    rows = [
        _row(rule, student, klass, span, verdict)
        for rule in school.rows("rules")
        if rule["min"] >= 1
        for span in school.spans(rule)
        for student, klass in school.subjects(rule)
        if (verdict := school.judge(rule, span, student, klass)).exists
    ]
    rows.sort(key=_order)
    return {"as_of": described["as_of"], "checkins": rows}


class DescribedSchool:
    """The rows of the file, and the questions that the rule asks of them."""

    def __init__(self, described: Row) -> None:
        self.described = described
        self.as_of = day_of(described["as_of"])
        self.tiers: list[str] = described["school"]["tiers"]
        self.late_days: int = described["school"].get("late_days", 7)

    def rows(self, key: str) -> list[Row]:
        return self.described.get(key, [])

    @cached_property
    def calendar(self) -> SchoolCalendar:
        off: set[date] = set()
        for row in self.rows("holidays"):
            off |= days_between(day_of(row["from"]), day_of(row.get("to", row["from"])))
        return SchoolCalendar(
            terms=tuple(
                TermDays(row["id"], row["year"], day_of(row["first_day"]), day_of(row["last_day"]))
                for row in self.rows("terms")
            ),
            off=frozenset(off),
            makeup=frozenset(map(day_of, self.rows("makeup_days"))),
        )

    def spans(self, rule: Row) -> Iterator[Span]:
        for span in self.calendar.periods(PeriodKind(rule["period"]), rule.get("weeks", 0), opened_by=self.as_of):
            if _within(rule, span.opens, "valid_from", "valid_to"):
                yield span

    def subjects(self, rule: Row) -> list[tuple[str | None, str | None]]:
        if rule.get("per") == "class":
            return [(None, row["id"]) for row in self.rows("classes")]
        return [(row["id"], None) for row in self.rows("students")]

    def judge(self, rule: Row, span: Span, student: str | None, klass: str | None) -> Verdict:
        days = [
            self.student_on(rule, student, day) if student is not None else self.class_on(klass, day)
            for day in span.school_days
            if day <= self.as_of
        ]
        excuses = [
            day_of(row["on"])
            for row in self.rows("excuses")
            if (row["rule"], row.get("student"), row.get("class")) == (rule["id"], student, klass)
            and span.holds(day_of(row["date"]))
        ]
        talks = [self.talk(rule, row, student, klass) for row in self.rows("conversations")]
        asked = RuleFacts(
            kind=Kind(rule.get("kind", "talk")),
            minimum=rule["min"],
            minutes=rule.get("minutes", 0),
            together=rule.get("group", 1),
        )
        return judge(asked, span, days, talks, excuses, as_of=self.as_of, late_days=self.late_days)

    # Students and classes

    def class_of(self, student: str, day: date) -> str | None:
        found = [row["class"] for row in self.rows("enrolments") if row["student"] == student and _within(row, day)]
        return found[0] if found else None

    def away(self, student: str, kind: str, day: date) -> bool:
        return any(row["student"] == student and row["kind"] == kind and _within(row, day) for row in self.rows("away"))

    def here(self, student: str, day: date) -> bool:
        """In a class, and not away as 转出."""
        return self.class_of(student, day) is not None and not self.away(student, "left", day)

    def tier_of(self, student: str, day: date) -> str:
        held = [row for row in self.rows("tiers") if row["student"] == student and day_of(row["from"]) <= day]
        return max(held, key=lambda row: row["from"])["tier"] if held else self.tiers[-1]

    def labels_of(self, student: str, day: date) -> set[str]:
        return {row["label"] for row in self.rows("labels") if row["student"] == student and _within(row, day)}

    def student_on(self, rule: Row, student: str, day: date) -> DayFacts:
        tiers, labels = rule.get("tiers") or [], rule.get("labels") or []
        if not self.here(student, day):
            return DayFacts.LEFT
        if self.away(student, "leave", day):
            return DayFacts.LEAVE
        if not tiers and not labels:
            return DayFacts.EVERYTHING
        if self.tier_of(student, day) in tiers:
            return DayFacts.TIER
        if self.labels_of(student, day).intersection(labels):
            return DayFacts.LABEL
        return DayFacts.UNCOVERED

    def class_on(self, klass: str | None, day: date) -> DayFacts:
        students = [row["id"] for row in self.rows("students") if self.class_of(row["id"], day) == klass]
        enrolled = [student for student in students if self.here(student, day)]
        if not enrolled:
            return DayFacts.LEFT
        return DayFacts.LEAVE if all(self.away(one, "leave", day) for one in enrolled) else DayFacts.EVERYTHING

    # Talks

    def talk(self, rule: Row, row: Row, student: str | None, klass: str | None) -> TalkFacts:
        stands = {"minutes": 0, "kind": "talk", "outcome": "made", "hat": None, **row}
        versions = [self.version(rule, stands, student, klass, entered_on=row["recorded_on"])]
        allowed = []
        for event in sorted(self.rows("events"), key=lambda event: event["on"]):
            if event["conversation"] != row["id"]:
                continue
            if event["do"] == "allow_late":
                allowed.append(day_of(event["on"]))
                continue
            stands = {**stands, **event.get("set", {}), "deleted": event["do"] == "delete"}
            versions.append(self.version(rule, stands, student, klass, entered_on=event["on"]))
        return TalkFacts(row["id"], tuple(versions), tuple(allowed))

    def version(
        self, rule: Row, stands: Row, student: str | None, klass: str | None, *, entered_on: str
    ) -> TalkVersion:
        day = day_of(stands["date"])
        heads = set(stands["students"])
        mine = {one for one in heads if one == student or (klass is not None and self.class_of(one, day) == klass)}
        held = [self.standing(rule, stands, one, day) for one in mine]
        return TalkVersion(
            entered_on=day_of(entered_on),
            day=day,
            kind=Kind(stands["kind"]),
            outcome=Outcome(stands["outcome"]),
            minutes=stands["minutes"],
            heads=len(heads),
            names_subject=bool(mine),
            enrolled=any(self.here(one, day) for one in mine),
            standing=max(held, default=Standing.NOT_HELD),
            deleted=stands.get("deleted", False),
        )

    def standing(self, rule: Row, stands: Row, student: str, day: date) -> Standing:
        listener = stands["listener"]
        links = [
            row
            for row in self.rows("guardians")
            if (row["person"], row["student"]) == (listener, student) and _within(row, day)
        ]
        return standing(
            [Role(role) for role in rule["roles"]],
            held=self.roles_of(listener, student, day),
            guardian=bool(links),
            barred=any(_barred(row, day) for row in links),
            hat=Hat(stands["hat"]) if stands["hat"] else None,
        )

    def roles_of(self, person: str, student: str, day: date) -> set[Role]:
        klass = self.class_of(student, day)
        grade = next((row["grade"] for row in self.rows("classes") if row["id"] == klass), None)
        reach = {"school": None, "grade": grade, "class": klass}
        held = {
            Role(row["role"])
            for row in self.rows("memberships")
            if row["person"] == person
            and _within(row, day)
            and (row["scope"] == "school" or (row.get("of") is not None and row["of"] == reach[row["scope"]]))
        }
        if any(
            (row["person"], row["student"]) == (person, student) and _within(row, day) for row in self.rows("mentors")
        ):
            held.add(Role.MENTOR)
        return held


def day_of(text: str) -> date:
    return date.fromisoformat(text)


def _within(row: Row, day: date, first: str = "from", last: str = "to") -> bool:
    since, until = row.get(first), row.get(last)
    return (since is None or day_of(since) <= day) and (until is None or day <= day_of(until))


def _barred(row: Row, day: date) -> bool:
    said = row.get("barred_from") is not None or row.get("barred_to") is not None
    return said and _within(row, day, "barred_from", "barred_to")


def _row(rule: Row, student: str | None, klass: str | None, span: Span, verdict: Verdict) -> Row:
    return {
        "rule": rule["id"],
        "student": student,
        "class": klass,
        "term": span.term,
        "label": span.label,
        "start": span.start.isoformat(),
        "end": span.end.isoformat(),
        "due": span.due.isoformat(),
        "status": verdict.status.name.lower(),
        "reason": verdict.reason.value if verdict.reason else None,
        "late": verdict.late,
        "counted": sorted(str(talk) for talk in verdict.counted),
        "not_counted": [
            {"id": one, "reason": why.value} for one, why in sorted((str(i), why) for i, why in verdict.not_counted)
        ],
    }


def _order(row: Row) -> tuple[str, ...]:
    nulls = (row[key] if row[key] is not None else "" for key in ("student", "class"))
    return (row["start"], row["due"], row["rule"], *nulls)


if __name__ == "__main__":
    json.dump(replay(json.loads(Path(sys.argv[1]).read_text("utf-8"))), sys.stdout, ensure_ascii=False, indent=1)
