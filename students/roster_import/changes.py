"""What a row would change of a student. Pure; an empty cell erases nothing."""

from dataclasses import dataclass

from students.roster_import.facts import Change, Entry, ExistingGuardian, ExistingStudent, Key
from students.roster_import.table import Field


@dataclass(frozen=True, slots=True)
class Differences:
    changes: tuple[Change, ...] = ()
    guardian: Key | None = None
    remark: str = ""


def differences(entry: Entry, student: ExistingStudent, class_name: str) -> Differences:
    """Field by field, old and new; `class_name` is the display name of the student's class, empty for none."""
    pairs = (
        (Field.NAME, student.name, entry.name),
        (Field.CLASS, class_name, entry.school_class.display),
        (Field.NATIONAL_NUMBER, student.national_number, entry.national_number),
        (Field.SCHOOL_NUMBER, student.school_number, entry.school_number),
        (Field.GENDER, student.gender, entry.gender),
    )
    own = _changed(*pairs)
    about = _guardian(entry, student.guardians)
    return Differences((*own, *about.changes), about.guardian, about.remark)


def _changed(*pairs: tuple[Field, str, str]) -> tuple[Change, ...]:
    return tuple(Change(name, old, new) for name, old, new in pairs if new and new != old)


def _guardian(entry: Entry, people: tuple[ExistingGuardian, ...]) -> Differences:
    """The guardian of the same name is the same person; a new name is a further guardian; nobody is taken away."""
    name, phone, relation = entry.guardian_name, entry.guardian_phone, entry.guardian_relation
    if not name and not phone:
        return Differences()
    with_phone = [person for person in people if phone and person.phone == phone]
    if not name:
        if with_phone:
            return Differences()
        if len(people) > 1:
            return Differences(
                remark="已有几位监护人，文件里没写是谁的电话，没有改。请在学生页修改，或在文件里补上监护人姓名。"
            )
        known = people[0] if people else ExistingGuardian()
        return Differences(_changed((Field.GUARDIAN_PHONE, known.phone, phone)), known.key)
    namesakes = [person for person in people if person.name == name]
    nameless = [person for person in with_phone if not person.name]
    known = next(
        (person for person in namesakes if person in with_phone), next(iter(namesakes or nameless), ExistingGuardian())
    )
    changed = _changed(
        (Field.GUARDIAN_NAME, known.name, name),
        (Field.GUARDIAN_RELATION, known.relation, relation),
        (Field.GUARDIAN_PHONE, known.phone, phone),
    )
    return Differences(changed, known.key)
