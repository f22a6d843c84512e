"""A described school of which part is typed in later than it was true: through the actions that the pages use.

What came of it all has to be what would have come had everything been known from the start.
"""

from collections import Counter
from copy import deepcopy
from datetime import date, timedelta
from functools import partial

from listening import actions
from students import actions as students
from students.models import CareTier

ONE_DAY = timedelta(days=1)


class TypedLate:
    """Takes some rows of a description out before it is loaded; deeds() brings them in again, each on its own day."""

    def __init__(self, described, chance):
        self.full = deepcopy(described)  # with the rules as they are changed on the way
        self.known = deepcopy(described)
        self.deeds_by = {}
        for hold in (self._leave, self._moves, self._tiers, self._mentors, self._rules):
            hold(chance)

    def deeds(self, loaded, chance):
        """(day, deed) in any order; nothing after as_of."""
        first = min(date.fromisoformat(row["first_day"]) for row in self.full["terms"])
        as_of = date.fromisoformat(self.full["as_of"])
        span = max((as_of - first).days, 0)
        for deed in self.deeds_by.values():
            yield min(first + timedelta(days=chance.randint(0, span)), as_of), partial(deed, loaded)

    def _later(self, deed, *facts):
        self.deeds_by[len(self.deeds_by)] = partial(deed, *facts)

    def _leave(self, chance):
        """休学 of which nobody told, and one whose end was not known."""
        rows = Counter(row["student"] for row in self.known["away"])
        for row in list(self.known["away"]):
            if rows[row["student"]] > 1 or "from" not in row or chance.randint(0, 1):
                continue
            if "to" in row and chance.randint(0, 1):
                self._later(_come_back, row["student"], row.pop("to"))
            else:
                self.known["away"].remove(row)
                self._later(_go_away, row)

    def _moves(self, chance):
        """The last change of class of each student, where it follows upon another class."""
        for row in [row for row in self.known["enrolments"] if "from" in row and "to" not in row]:
            day_before = (date.fromisoformat(row["from"]) - ONE_DAY).isoformat()
            before = [
                one
                for one in self.known["enrolments"]
                if one["student"] == row["student"] and one.get("to") == day_before
            ]
            if before and chance.randint(0, 1):
                self.known["enrolments"].remove(row)
                del before[0]["to"]
                self._later(_move, row)

    def _tiers(self, chance):
        for row in list(self.known["tiers"]):
            if chance.randint(0, 1):
                self.known["tiers"].remove(row)
                self._later(_set_tier, row)

    def _mentors(self, chance):
        pairs = Counter((row["person"], row["student"]) for row in self.known["mentors"])
        for row in list(self.known["mentors"]):
            if "from" in row and "to" not in row and pairs[row["person"], row["student"]] == 1:
                self.known["mentors"].remove(row)
                self._later(_pair, row)

    def _rules(self, chance):
        """A number of a rule that stands is changed from some day on; the book has to say the same afterwards."""
        for row in self.full["rules"]:
            if "valid_to" not in row and chance.randint(0, 1):
                self._later(self._change, row, {"minutes": chance.choice([0, 10, 20]), "minimum": 1})

    def _change(self, row, changes, loaded, *, at):
        rule = loaded.rules[row["id"]]
        new = actions.change_rule(by=next(iter(loaded.people.values())), rule=rule, at=at, **changes)
        changed = {"minutes": changes["minutes"], "min": changes["minimum"]}
        if new.pk == rule.pk:
            row |= changed
            return
        name = f"{row['id']}又改"
        loaded.rules[name] = new
        self.full["rules"].append({**row, **changed, "id": name, "valid_from": new.valid_from.isoformat()})
        row["valid_to"] = (new.valid_from - ONE_DAY).isoformat()


def _go_away(row, loaded, *, at):
    last = date.fromisoformat(row["to"]) if "to" in row else None
    students.pause(
        by=None,
        student=loaded.students[row["student"]],
        kind=row["kind"],
        first=date.fromisoformat(row["from"]),
        last=last,
        at=at,
    )


def _come_back(student, last, loaded, *, at):
    away = loaded.students[student].pauses.get()
    students.end_pause(by=None, away=away, last=date.fromisoformat(last), at=at)


def _move(row, loaded, *, at):
    on = date.fromisoformat(row["from"])
    students.move_class(by=None, student=loaded.students[row["student"]], to=loaded.classes[row["class"]], on=on, at=at)


def _set_tier(row, loaded, *, at):
    tier = CareTier.objects.get(school=loaded.school, name=row["tier"])
    on = date.fromisoformat(row["from"])
    students.set_tier(by=None, student=loaded.students[row["student"]], tier=tier, on=on, at=at)


def _pair(row, loaded, *, at):
    teacher, student = loaded.people[row["person"]], loaded.students[row["student"]]
    students.pair_mentor(by=None, teacher=teacher, student=student, since=date.fromisoformat(row["from"]), at=at)
