"""Which student of the school a row is. Pure.

By 学籍号, then by 学号 and name, then by class and name where no number stands against it; everything else is a
person's word. Within a file k rows of one name in one class are k children.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from students.roster_import.changes import differences
from students.roster_import.facts import Answers, Entry, ExistingStudent, Key, Renamed

SEAT_LENGTH = 3  # a 学号 this short is a seat in a class
FEWEST_RENAMED = 3  # namesakes that stand together elsewhere before a whole class may be the same one


def match(
    entries: Sequence[Entry], existing: Sequence[ExistingStudent], class_names: Mapping[Key, str], answers: Answers
) -> "Matching":
    """Match all rows; `class_names` gives the display name of each existing class."""
    matching = Matching(entries, existing, class_names, same_classes=answers.renamed is True)
    matching.by_answer(answers)
    matching.by_national_number()
    matching.by_school_number()
    matching.by_class_and_name()
    matching.by_class_renamed(answers)
    matching.by_name_elsewhere()
    return matching


class Matching:
    """The state while rows and students find each other; each step leaves fewer open rows and free students."""

    def __init__(
        self,
        entries: Sequence[Entry],
        existing: Sequence[ExistingStudent],
        class_names: Mapping[Key, str],
        *,
        same_classes: bool,
    ) -> None:
        self.students: dict[str, ExistingStudent] = {}
        self.asked: dict[str, tuple[str, tuple[ExistingStudent, ...]]] = {}
        self.remarks: dict[str, str] = {}
        self.renamed: list[Renamed] = []
        self._entries = entries
        self._existing = existing
        self._class_names = class_names
        self._same_classes = same_classes
        self._open = {entry.key: entry for entry in entries}
        self._free = {student.key: student for student in existing}

    def class_of(self, student: ExistingStudent) -> str:
        return "" if student.class_key is None else self._class_names.get(student.class_key, "")

    def by_answer(self, answers: Answers) -> None:
        """A person's word goes before all."""
        by_text = {str(student.key): student for student in self._existing}
        for entry in list(self._open.values()):
            said = answers.same.get(entry.key)
            if said == "":
                del self._open[entry.key]
            elif said is not None and said in by_text and by_text[said].key in self._free:
                self._take(entry, by_text[said])

    def by_national_number(self) -> None:
        known = {student.national_number: student for student in self._free.values() if student.national_number}
        for entry in list(self._open.values()):
            student = known.get(entry.national_number)
            if student is not None and student.key in self._free:
                self._take(entry, student)

    def by_school_number(self) -> None:
        """Same number and name in the same class, or in another where it is no seat and one child's alone."""
        bearers = defaultdict(list)
        for student in self._existing:
            if student.school_number:
                bearers[student.school_number].append(student)
        in_file = Counter(entry.school_number for entry in self._entries)
        for entry in list(self._open.values()):
            alike = [
                student
                for student in bearers.get(entry.school_number, ())
                if student.key in self._free and not _contradicts(entry, student)
            ]
            here = [student for student in alike if self._same_place(entry, student)]
            unique = (
                len(entry.school_number) > SEAT_LENGTH
                and len(bearers.get(entry.school_number, ())) == 1
                and in_file[entry.school_number] == 1
            )
            if here:
                self._take(entry, here[0])
            elif alike and unique and alike[0].name == entry.name:
                self._take(entry, alike[0])
            elif alike and unique:
                reason = f"学号相同的同学叫{alike[0].name}。是同一位同学改了名字，还是学号填错了？"
                self._ask(entry, reason, alike)

    def by_class_and_name(self) -> None:
        groups = defaultdict(list)
        for entry in self._open.values():
            groups[entry.school_class.display, entry.name].append(entry)
        here = defaultdict(list)
        for student in self._free.values():
            here[self.class_of(student), student.name].append(student)
        for place, rows in groups.items():
            students = here.get(place, [])
            self._pair_equal(rows, students)
            self._pair_rest(
                [row for row in rows if row.key in self._open], [one for one in students if one.key in self._free]
            )

    def by_class_renamed(self, answers: Answers) -> None:
        """More than half of a class stand, name by name, in one class that the file does not have.

        A new school year, or a grade once chosen wrongly: the same children or others, a person says once for all.
        """
        covered = self._covered()
        elsewhere = defaultdict(list)
        for student in self._free.values():
            if self.class_of(student) and self.class_of(student) not in covered:
                elsewhere[student.name].append(student)
        places = defaultdict(list)
        for entry in self._open.values():
            places[entry.school_class.display].append(entry)
        sizes = Counter(entry.school_class.display for entry in self._entries)
        for place, rows in places.items():
            found = Counter(
                klass
                for row in rows
                for klass in {self.class_of(one) for one in elsewhere[row.name] if not _another_child(row, one)}
            )
            if not found:
                continue
            source, count = max(found.items(), key=lambda item: (item[1], item[0]))
            if count >= FEWEST_RENAMED and count * 2 > sizes[place]:
                self.renamed.append(Renamed(place, source, count))
                self._same_class(place, source, rows, elsewhere, answers)

    def _same_class(
        self,
        place: str,
        source: str,
        rows: Sequence[Entry],
        elsewhere: Mapping[str, Sequence[ExistingStudent]],
        answers: Answers,
    ) -> None:
        if answers.renamed is False:
            return
        by_name = defaultdict(list)
        for row in rows:
            by_name[row.name].append(row)
        for name, same in by_name.items():
            students = [
                one for one in elsewhere.get(name, ()) if one.key in self._free and self.class_of(one) == source
            ]
            if students and answers.renamed is None:
                for row in same:
                    self._ask(row, f"{source}有同名同学。请先在上面选，是不是同一批同学。", ())
            elif len(same) == len(students) == 1 and not _another_child(same[0], students[0]):
                self._take(same[0], students[0])
            elif students:
                self._pair_rest(same, students)

    def _covered(self) -> set[str]:
        return {entry.school_class.display for entry in self._entries}

    def missing(self) -> list[ExistingStudent]:
        """Who is in a class of the file and is neither in it nor asked about."""
        asked = {student.key for _, students in self.asked.values() for student in students}
        covered = self._covered()
        return [one for one in self._free.values() if self.class_of(one) in covered and one.key not in asked]

    def by_name_elsewhere(self) -> None:
        """A namesake in another class is another child, unless that class is in the file and misses just this one."""
        namesakes = defaultdict(list)
        for student in self._existing:
            namesakes[student.name].append(student)
        covered = self._covered() | ({one.then for one in self.renamed} if self._same_classes else set())
        for entry in list(self._open.values()):
            others = [one for one in namesakes.get(entry.name, ()) if self.class_of(one)]
            gone = [
                one
                for one in others
                if one.key in self._free
                and _undecided(entry, one)
                and self.class_of(one) in covered - {entry.school_class.display}
            ]
            if gone:
                reason = f"{self.class_of(gone[0])}的同名同学这次不在原来的班里。是调班的同一位，还是另一位同学？"
                self._ask(entry, reason, gone)
            elif others:
                differs = "，号码不同" if all(_contradicts(entry, one) for one in others) else ""
                self.remarks[entry.key] = f"{self.class_of(others[0])}有同名同学{differs}，按两人处理。"

    def _pair_equal(self, rows: Sequence[Entry], students: Sequence[ExistingStudent]) -> None:
        """Rows that would change nothing, the most telling first, each with the student that has least beside."""
        for entry in sorted(rows, key=lambda row: -row.details):
            equal = [
                student
                for student in students
                if student.key in self._free
                and _undecided(entry, student)
                and not differences(entry, student, self.class_of(student)).changes
            ]
            if equal:
                self._take(entry, min(equal, key=_details))

    def _pair_rest(self, rows: Sequence[Entry], students: Sequence[ExistingStudent]) -> None:
        """One row and one student are each other's; more of either is a person's word."""
        if not rows or not students:
            return
        if len(rows) == len(students) == 1 and _undecided(rows[0], students[0]):
            self._take(rows[0], students[0])
            return
        for entry in rows:
            reason = "同班有同名同学，号码对不上。是同一位，还是另一位同学？"
            if _undecided(entry, students[0]) or len(students) > 1:
                reason = "同班有几位同名同学，认不出是哪一位。请您选一下，或在文件里补上学籍号、学号。"
            self._ask(entry, reason, students)

    def _same_place(self, entry: Entry, student: ExistingStudent) -> bool:
        return student.name == entry.name and self.class_of(student) == entry.school_class.display

    def _take(self, entry: Entry, student: ExistingStudent) -> None:
        self.students[entry.key] = student
        del self._open[entry.key], self._free[student.key]

    def _ask(self, entry: Entry, reason: str, students: Sequence[ExistingStudent]) -> None:
        self.asked[entry.key] = reason, tuple(students)
        del self._open[entry.key]


def _contradicts(entry: Entry, student: ExistingStudent) -> bool:
    """Both have the same kind of number, and it differs. The national number decides where both have it."""
    if entry.national_number and student.national_number:
        return entry.national_number != student.national_number
    return bool(entry.school_number and student.school_number and entry.school_number != student.school_number)


def _another_child(entry: Entry, student: ExistingStudent) -> bool:
    """As above, but for a seat, which changes with the class."""
    seats = len(entry.school_number) <= SEAT_LENGTH or len(student.school_number) <= SEAT_LENGTH
    return _contradicts(entry, student) and not (seats and not (entry.national_number and student.national_number))


def _undecided(entry: Entry, student: ExistingStudent) -> bool:
    """No number speaks for or against: class and name may decide."""
    return not entry.numbered or not student.numbered


def _details(student: ExistingStudent) -> int:
    people = sum(map(bool, (part for one in student.guardians for part in (one.name, one.phone, one.relation))))
    return people + bool(student.gender) + bool(student.national_number) + bool(student.school_number)
