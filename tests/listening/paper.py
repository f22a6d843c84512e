"""The rule book a second time, from the paper alone: nothing of the engine is imported, not even its calendar.

`python -m tests.listening.paper FILE.json` prints what `manage.py replay` must print. It is slow and plain on purpose:
a mistake in the pure rule is found here, which oracle.py, standing on that rule, would share.
"""

import json
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

Row = dict[str, Any]
DAY = timedelta(days=1)
STAFF = {"counselor", "head_teacher", "subject_teacher", "grade_head", "leader", "mentor"}
HATS = {"staff": STAFF, "guardian": {"guardian"}, "peer": {"peer"}, None: STAFF | {"guardian", "peer"}}
DEFAULTS = {"minutes": 0, "kind": "talk", "outcome": "made", "hat": None}


def replay(described: Row) -> Row:
    """The "Out" of the format for the "In"."""
    book = Paper(described)
    found = [row for rule in book.rows("rules") if rule["min"] >= 1 for row in book.check_ins(rule)]
    found.sort(key=lambda row: (row["start"], row["due"], row["rule"], row["student"] or "", row["class"] or ""))
    return {"as_of": described["as_of"], "checkins": found}


class Period(NamedTuple):
    term: str | None
    label: str
    start: date
    end: date
    days: list[date]  # with school


class Version(NamedTuple):
    """A talk as it was left by one deed, and what it is worth: "counts", a reason, or "elsewhere"."""

    on: date
    result: str


def to_day(text: str) -> date:
    return date.fromisoformat(text)


def holds(row: Row, day: date, first: str = "from", last: str = "to") -> bool:
    if row.get(first) is not None and day < to_day(row[first]):
        return False
    return row.get(last) is None or day <= to_day(row[last])


def monday(day: date) -> date:
    return day - day.weekday() * DAY


def every(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


class Paper:
    """The rows of the file, asked line by line."""

    def __init__(self, described: Row) -> None:
        self.described = described
        self.as_of = to_day(described["as_of"])
        self.late = described["school"].get("late_days", 7) * DAY
        self.terms = sorted(self.rows("terms"), key=lambda row: row["first_day"])
        self.grade_of = {row["id"]: row["grade"] for row in self.rows("classes")}

    def rows(self, key: str) -> list[Any]:
        return self.described.get(key) or []

    # The calendar

    def has_school(self, day: date) -> bool:
        if day.isoformat() in self.rows("makeup_days"):
            return True
        off = any(row["from"] <= day.isoformat() <= (row.get("to") or row["from"]) for row in self.rows("holidays"))
        return day.weekday() <= 4 and not off

    def school_days(self, first: date, last: date) -> list[date]:
        return [day for day in every(first, last) if self.has_school(day)]

    def periods(self, rule: Row) -> Iterator[Period]:
        """Those that hold a school day. Nothing is said yet of validity or of what has come."""
        kind = rule["period"]
        if kind == "school_year":
            for year in {term["year"] for term in self.terms}:
                own = [term for term in self.terms if term["year"] == year]
                first, last = to_day(own[0]["first_day"]), to_day(own[-1]["last_day"])
                days = [d for t in own for d in self.school_days(to_day(t["first_day"]), to_day(t["last_day"]))]
                yield Period(None, year, first, last, days)
            return
        for term in self.terms:
            first, last = to_day(term["first_day"]), to_day(term["last_day"])
            if not (days := self.school_days(first, last)):
                continue
            if kind == "term":
                pieces = [(term["id"], first, last)]
            elif kind == "day":
                pieces = [(day.isoformat(), day, day) for day in days]
            elif kind == "month":
                pieces = self.months(first, last)
            else:
                weeks = {"week": 1, "fortnight": 2}.get(kind) or rule["weeks"]
                pieces = self.blocks(monday(days[0]), monday(days[-1]), weeks)
            for label, start, end in pieces:
                start, end = max(start, first), min(end, last)
                yield Period(term["id"], label, start, end, self.school_days(start, end))

    def months(self, first: date, last: date) -> list[tuple[str, date, date]]:
        names = sorted({day.isoformat()[:7] for day in every(first, last)})
        days_of = {name: [day for day in every(first, last) if day.isoformat().startswith(name)] for name in names}
        while len(names) > 1:
            short = [at for at, name in enumerate(names) if sum(map(self.has_school, days_of[name])) < 5]
            if not short:
                break
            joins, joined = (names[1], names[0]) if short[0] == 0 else (names[short[0] - 1], names[short[0]])
            days_of[joins] = sorted(days_of[joins] + days_of[joined])
            names.remove(joined)
        return [(name, days_of[name][0], days_of[name][-1]) for name in names]

    def blocks(self, first: date, last: date, size: int) -> list[tuple[str, date, date]]:
        """Teaching weeks by their Mondays, in blocks; a rest of up to half a block joins the one before."""
        total = (last - first).days // 7 + 1
        whole, rest = divmod(total, size)
        lengths = [size] * whole
        if rest and (2 * rest > size or not whole):
            lengths.append(rest)
        elif rest:
            lengths[-1] += rest
        found, done = [], 0
        for length in lengths:
            label = f"W{done + 1}" if length == 1 else f"W{done + 1}-{done + length}"
            start = first + done * 7 * DAY
            found.append((label, start, start + length * 7 * DAY - DAY))
            done += length
        return found

    # Which check-ins

    def check_ins(self, rule: Row) -> Iterator[Row]:
        by_class = rule.get("per") == "class"
        for period in self.periods(rule):
            if not period.days or period.days[0] > self.as_of:
                continue
            if not holds(rule, period.days[0], "valid_from", "valid_to"):
                continue
            for row in self.rows("classes" if by_class else "students"):
                if (checked := self.check_in(rule, period, row["id"], by_class=by_class)) is not None:
                    yield checked

    def check_in(self, rule: Row, period: Period, one: str, *, by_class: bool) -> Row | None:
        total, so_far = len(period.days), [day for day in period.days if day <= self.as_of]
        says = [self.class_day(one, day) if by_class else self.student_day(rule, one, day) for day in so_far]
        scope = [said.startswith("in") for said in says]
        need = self.need(rule, total)
        reaches = [scope[at] and sum(scope[: at + 1]) + total - at - 1 >= need for at in range(len(so_far))]
        if not any(reaches):
            return None
        heard = {row["id"]: self.heard(rule, period, row, one, by_class=by_class) for row in self.rows("conversations")}
        counted = sorted(talk for talk, result in heard.items() if result in ("in time", "late"))
        others = sorted((talk, result) for talk, result in heard.items() if result not in ("in time", "late", ""))
        met = len(counted) >= rule["min"]
        status, reason = self.status(
            rule, period, one, says, met=met, owed=reaches[-1], declined="declined" in heard.values()
        )
        in_time = sum(result == "in time" for result in heard.values())
        return {
            "rule": rule["id"],
            "student": None if by_class else one,
            "class": one if by_class else None,
            "term": period.term,
            "label": period.label,
            "start": period.start.isoformat(),
            "end": period.end.isoformat(),
            "due": period.days[-1].isoformat(),
            "status": status,
            "reason": reason,
            "late": met and in_time < rule["min"],
            "counted": counted,
            "not_counted": [{"id": talk, "reason": result} for talk, result in others],
        }

    def need(self, rule: Row, total: int) -> int:
        if rule["period"] == "day":
            return 1
        if rule["period"] == "week" or (rule["period"] == "weeks" and rule["weeks"] == 1):
            return min(3, total)
        return min(10, -(-total // 2))

    def status(
        self, rule: Row, period: Period, one: str, says: list[str], *, met: bool, owed: bool, declined: bool
    ) -> tuple[str, str | None]:
        due = period.days[-1]
        if met:
            return "met", None
        if not owed:
            return "excused", self.why_out(says)
        last_day = min(self.as_of, due + self.late)
        for row in self.rows("excuses"):
            meant = row.get("class") if rule.get("per") == "class" else row.get("student")
            in_period = period.start <= to_day(row["date"]) <= period.end
            if row["rule"] == rule["id"] and meant == one and in_period and to_day(row["on"]) <= last_day:
                return "excused", "by_person"
        if self.as_of <= due:
            return "due", None
        return ("excused", "declined") if declined else ("missed", None)

    def why_out(self, says: list[str]) -> str:
        last = max(at for at, said in enumerate(says) if not said.startswith("in"))
        if says[last] != "not covered":
            return says[last]
        covered = [said for said in says[:last] if said.startswith("in")][-1]
        return "label_ended" if covered == "in by label" else "tier_changed"

    # Students and classes on a day

    def class_of(self, student: str, day: date) -> str | None:
        for row in self.rows("enrolments"):
            if row["student"] == student and holds(row, day):
                return str(row["class"])
        return None

    def away(self, student: str, day: date, kind: str) -> bool:
        return any(row["student"] == student and row["kind"] == kind and holds(row, day) for row in self.rows("away"))

    def enrolled(self, student: str, day: date) -> bool:
        return self.class_of(student, day) is not None and not self.away(student, day, "left")

    def student_day(self, rule: Row, student: str, day: date) -> str:
        tiers, labels = rule.get("tiers") or [], rule.get("labels") or []
        if not self.enrolled(student, day):
            return "left"
        if self.away(student, day, "leave"):
            return "leave"
        if not tiers and not labels:
            return "in"
        given = [row for row in self.rows("tiers") if row["student"] == student and holds(row, day)]
        tier = (
            max(given, key=lambda row: row.get("from") or "")["tier"]
            if given
            else self.described["school"]["tiers"][-1]
        )
        if tier in tiers:
            return "in by tier"
        for row in self.rows("labels"):
            if row["student"] == student and row["label"] in labels and holds(row, day):
                return "in by label"
        return "not covered"

    def class_day(self, klass: str, day: date) -> str:
        own = [row["id"] for row in self.rows("students") if self.class_of(row["id"], day) == klass]
        enrolled = [one for one in own if self.enrolled(one, day)]
        if not enrolled:
            return "left"
        return "leave" if all(self.away(one, day, "leave") for one in enrolled) else "in"

    # Talks

    def heard(self, rule: Row, period: Period, row: Row, one: str, *, by_class: bool) -> str:
        """ "in time", "late", a reason, or nothing for a talk that is not looked at."""
        versions = self.versions(rule, period, row, one, by_class=by_class)
        if not versions or versions[-1].result == "elsewhere":
            return ""
        result = versions[-1].result
        if result not in ("counts", "declined"):
            return result
        entry = versions[-1].on
        for version in reversed(versions):
            if version.result != result:
                break
            entry = version.on
        words = [
            to_day(said["on"])
            for said in self.rows("events")
            if said["do"] == "allow_late" and said["conversation"] == row["id"]
        ]
        if entry > period.days[-1] + self.late and not any(entry <= on <= self.as_of for on in words):
            return "entered_too_late"
        if result == "declined":
            return result
        return "late" if entry > period.days[-1] else "in time"

    def versions(self, rule: Row, period: Period, row: Row, one: str, *, by_class: bool) -> list[Version]:
        talk = {**DEFAULTS, **{key: value for key, value in row.items() if value is not None}}
        found = [Version(to_day(row["recorded_on"]), self.result(rule, period, talk, one, by_class=by_class))]
        said = [event for event in self.rows("events") if event["conversation"] == row["id"]]
        for event in sorted(said, key=lambda event: event["on"]):
            if event["do"] == "allow_late":
                continue
            if event["do"] == "delete":
                talk["deleted"] = True
            new = event.get("set") or {}
            talk |= {
                key: DEFAULTS[key] if value is None else value
                for key, value in new.items()
                if key in talk or key in DEFAULTS
            }
            found.append(Version(to_day(event["on"]), self.result(rule, period, talk, one, by_class=by_class)))
        return [version for version in found if version.on <= self.as_of]

    def result(self, rule: Row, period: Period, talk: Row, one: str, *, by_class: bool) -> str:
        day = to_day(talk["date"])
        meant = {name for name in talk["students"] if (self.class_of(name, day) if by_class else name) == one}
        if not meant or not period.start <= day <= period.end:
            return "elsewhere"
        if talk.get("deleted"):
            return "deleted"
        if not any(self.enrolled(name, day) for name in meant):
            return "not_enrolled"
        if talk["kind"] != rule.get("kind", "talk"):
            return "wrong_kind"
        wanted = set(rule["roles"]) & HATS[talk["hat"]]
        if not any(wanted & self.roles(talk["listener"], name, day, with_link=True) for name in meant):
            without = any(wanted & self.roles(talk["listener"], name, day, with_link=False) for name in meant)
            return "own_child" if without else "wrong_role"
        if len(set(talk["students"])) > rule.get("group", 1):
            return "group_too_large"
        if talk["outcome"] == "declined":
            return "declined"
        if talk["outcome"] != "made":
            return "not_made"
        return "too_short" if talk["minutes"] < rule.get("minutes", 0) else "counts"

    def roles(self, person: str, student: str, day: date, *, with_link: bool) -> set[str]:
        links = [
            row
            for row in self.rows("guardians")
            if row["person"] == person and row["student"] == student and holds(row, day)
        ]
        if links and with_link:
            return set() if any(self.barred(row, day) for row in links) else {"guardian"}
        klass = self.class_of(student, day)
        held = set()
        for row in self.rows("memberships"):
            of = {"school": None, "class": klass, "grade": self.grade_of[klass] if klass is not None else None}
            reaches = row["scope"] == "school" or (of[row["scope"]] is not None and of[row["scope"]] == row["of"])
            if row["person"] == person and holds(row, day) and reaches:
                held.add(row["role"])
        for row in self.rows("mentors"):
            if row["person"] == person and row["student"] == student and holds(row, day):
                held.add("mentor")
        return held

    def barred(self, row: Row, day: date) -> bool:
        said = row.get("barred_from") is not None or row.get("barred_to") is not None
        return said and holds(row, day, "barred_from", "barred_to")


if __name__ == "__main__":
    json.dump(replay(json.loads(Path(sys.argv[1]).read_text("utf-8"))), sys.stdout, ensure_ascii=False, indent=1)
