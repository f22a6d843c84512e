"""Small schools in the format of `manage.py replay`, drawn at random: every rule of the book has a chance to matter."""

from datetime import date, timedelta

from hypothesis import strategies as st

FIRST = date(2025, 9, 1)  # a Monday
SPREAD = 44  # days within which everything happens
ROLES = ("counselor", "head_teacher", "subject_teacher", "grade_head", "leader", "peer")
TIERS = ("重", "中", "普通")
LABELS = ("留守", "单亲")
CLASSES = {"一班": "七", "二班": "七", "三班": "八"}
PEOPLE = ("张", "王", "李", "赵")
PERIODS = ("day", "week", "fortnight", "weeks", "month", "term", "school_year")

days = st.integers(0, SPREAD)


def often(usual, *others):
    """Three times in four the usual."""
    return st.sampled_from([usual] * 3 * len(others) + list(others))


def iso(offset):
    return (FIRST + timedelta(days=offset)).isoformat()


@st.composite
def spans(draw, open_ends=True):
    """A `from` and a `to`, either of which may be absent."""
    first, length = draw(days), draw(st.integers(0, 25))
    span = {}
    if not open_ends or draw(st.integers(0, 2)):
        span["from"] = iso(first)
    if not open_ends or draw(st.booleans()):
        span["to"] = iso(first + length)
    return span


@st.composite
def terms(draw):
    first = draw(st.integers(0, 5))
    last = first + draw(st.integers(9, 32))
    rows = [{"id": "秋", "year": "2025", "first_day": iso(first), "last_day": iso(last)}]
    if draw(st.booleans()):
        again = last + draw(st.integers(1, 8))
        year = draw(st.sampled_from(["2025", "2026"]))
        rows.append(
            {"id": "春", "year": year, "first_day": iso(again), "last_day": iso(again + draw(st.integers(2, 15)))}
        )
    return rows


@st.composite
def enrolments(draw, student):
    """One class at a time: the student moves, leaves and comes back on the days drawn."""
    cuts = sorted(draw(st.sets(st.integers(1, SPREAD), max_size=draw(st.sampled_from([0, 1, 2])))))
    rows = []
    for n, (since, after) in enumerate(zip([None, *cuts], [*cuts, None], strict=True)):
        klass = draw(often("一班", "二班", "三班", None))
        if klass is None:
            continue
        row = {"student": student, "class": klass}
        if n:
            row["from"] = iso(since)
        if after is not None:
            row["to"] = iso(after - 1)
        rows.append(row)
    return rows


LATER = "9999"  # after every day that is drawn


@st.composite
def rules(draw, number):
    """A rule, and sometimes the row that takes its place from a day on, in the middle of a period or not."""
    row = draw(rule_rows(number))
    if draw(st.integers(0, 3)):
        return [row]
    changed_on = draw(st.integers(1, SPREAD))
    if not row.get("valid_from", "") < iso(changed_on) <= row.get("valid_to", LATER):
        return [row]
    new = {**row, "id": f"{row['id']}改", "valid_from": iso(changed_on), "min": draw(often(1, 2))}
    new |= {"minutes": draw(often(10, 0, 15)), "group": draw(often(3, 1, 2))}
    return [row | {"valid_to": iso(changed_on - 1)}, new]


@st.composite
def rule_rows(draw, number):
    period = draw(st.sampled_from(PERIODS))
    row = {
        "id": f"规则{number}",
        "roles": draw(st.lists(st.sampled_from([*ROLES, "mentor", "guardian"]), min_size=2, max_size=5, unique=True)),
        "period": period,
        "min": draw(often(1, 2, 0)),
        "minutes": draw(often(10, 0, 15)),
        "group": draw(often(3, 1, 2)),
        "kind": draw(often("talk", "contact", "visit")),
    }
    if period == "weeks":
        row["weeks"] = draw(st.integers(1, 4))
    if draw(st.integers(0, 3)) == 0:
        row["per"] = "class"
    elif draw(st.booleans()):
        row["tiers"] = draw(st.lists(st.sampled_from(TIERS), max_size=2, unique=True))
        row["labels"] = draw(st.lists(st.sampled_from(LABELS), max_size=2, unique=True))
    if draw(st.integers(0, 3)) == 0:
        row |= {f"valid_{end}": day for end, day in draw(spans()).items()}
    return row


def facts_of_talk(students):
    return {
        "listener": st.sampled_from(PEOPLE),
        "students": st.lists(st.sampled_from(students), min_size=1, max_size=3),
        "minutes": often(15, 10, 0),
        "kind": often("talk", "contact", "visit"),
        "outcome": often("made", "declined", "absent"),
        "hat": often(None, "staff", "guardian", "peer"),
    }


@st.composite
def talks(draw, number, students):
    """A talk, and what was said about it afterwards."""
    name, facts = f"谈{number}", facts_of_talk(students)
    day = draw(days)
    on = day + draw(st.sampled_from([0, 0, 0, 1, 3, 9, 16]))
    row = {"id": name, "date": iso(day), "recorded_on": iso(on)}
    always = ("listener", "students", "minutes")
    row |= {key: draw(facts[key]) for key in facts if key in always or draw(st.booleans())}
    events = []
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2, 3]))):
        on += draw(st.sampled_from([0, 1, 5, 10]))
        deed = draw(often("edit", "allow_late", "delete"))
        event = {"on": iso(on), "do": deed, "conversation": name}
        if deed == "edit":
            keys = draw(st.sets(st.sampled_from([*facts, "date"]), max_size=2))
            dates = st.integers(0, on).map(iso)
            event["set"] = {key: draw(dates if key == "date" else facts[key]) for key in sorted(keys)}
        events.append(event)
        if deed == "delete":
            break
    return row, events


@st.composite
def excuses(draw, rules, students):
    rule = draw(st.sampled_from(rules))
    whom = {"class": draw(st.sampled_from([*CLASSES]))}
    if rule.get("per") != "class":
        whom = {"student": draw(st.sampled_from(students))}
    meant = draw(days)
    on = max(0, meant + draw(st.integers(-5, 20)))
    return {"on": iso(on), "rule": rule["id"], "date": iso(meant), "why": "外出比赛", **whom}


@st.composite
def memberships(draw):
    scope = draw(often("school", "grade", "class"))
    row = {"person": draw(st.sampled_from(PEOPLE)), "role": draw(st.sampled_from(ROLES)), "scope": scope}
    if scope != "school":
        row["of"] = draw(st.sampled_from([*CLASSES] if scope == "class" else ["七", "八"]))
    return row | (draw(spans()) if draw(often(False, True)) else {})


@st.composite
def links(draw, students, *, may_be_barred=False):
    row = {"person": draw(st.sampled_from(PEOPLE)), "student": draw(st.sampled_from(students)), **draw(spans())}
    if may_be_barred and draw(st.booleans()):
        row |= {f"barred_{end}": day for end, day in draw(spans()).items()}
    return row


@st.composite
def schools(draw):
    """A whole school. Ids are short and Chinese; nothing in it refers to what is not there."""
    students = [f"学{n}" for n in range(draw(st.integers(1, 4)))]
    rows = [row for n in range(draw(st.integers(1, 4))) for row in draw(rules(n))]
    said = [draw(talks(n, students)) for n in range(draw(st.integers(2, 9)))]
    some = st.sampled_from(students)
    tiers = st.fixed_dictionaries({"student": some, "tier": st.sampled_from(TIERS), "from": days.map(iso)})
    labels = st.tuples(some, st.sampled_from(LABELS), spans())
    away = st.tuples(some, st.sampled_from(["leave", "left"]), spans())
    holidays = st.one_of(days.map(lambda day: {"from": iso(day)}), spans(open_ends=False))
    return {
        "as_of": iso(draw(st.integers(10, SPREAD + 10))),
        "school": {"tiers": list(TIERS), "late_days": draw(st.sampled_from([7, 7, 2, 0]))},
        "terms": draw(terms()),
        "holidays": draw(st.lists(holidays, max_size=2)),
        "makeup_days": [iso(day) for day in sorted(draw(st.sets(days, max_size=3)))],
        "grades": [{"id": grade} for grade in ("七", "八")],
        "classes": [{"id": name, "grade": grade} for name, grade in CLASSES.items()],
        "students": [{"id": name} for name in students],
        "enrolments": [row for student in students for row in draw(enrolments(student))],
        "away": [{"student": who, "kind": kind, **span} for who, kind, span in draw(st.lists(away, max_size=3))],
        "tiers": draw(st.lists(tiers, max_size=4, unique_by=lambda row: (row["student"], row["from"]))),
        "labels": [{"student": who, "label": label, **span} for who, label, span in draw(st.lists(labels, max_size=3))],
        "people": [{"id": name} for name in PEOPLE],
        "memberships": draw(st.lists(memberships(), min_size=4, max_size=9)),
        "mentors": draw(st.lists(links(students), max_size=2)),
        "guardians": draw(st.lists(links(students, may_be_barred=True), max_size=2)),
        "rules": rows,
        "conversations": [row for row, _ in said],
        "events": [event for _, events in said for event in events],
        "excuses": draw(st.lists(excuses(rows, students), max_size=4)),
    }
