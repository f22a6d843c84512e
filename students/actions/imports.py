"""A roster file: kept after upload, read again when a column is put right, written on 确认 in one transaction."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from accounts.models import User
from privacy import actions as privacy
from privacy.keyring import CannotOpen, keyring
from schools.calendar import PeriodKind
from schools.models import Grade, School, SchoolClass, Term
from students import roster_import
from students.actions.roster import move_class
from students.models import Enrolment, Guardian, Pause, RosterChange, RosterUpload, Student
from students.pinyin import initials_of, pinyin_of
from students.roster_import import Answers, ClassName, Entry, Field, Plan, RowPlan, Table

KEPT = timedelta(days=1)
NAMELESS = "监护人"  # how one is called whose name no file has said yet
NEW_YEAR = 8  # the month in which schools prepare the next school year
GENDERS = {"男": Student.Gender.BOY, "女": Student.Gender.GIRL}


class AlreadyDone(Exception):
    """This upload was confirmed before, or its time is over."""


class Unanswered(Exception):
    """Something about the whole file is still to be said: its grade, its class, whether the children are the same."""


@dataclass(frozen=True, slots=True)
class Starting:
    """From which day those who come in are in their class."""

    new_class: date  # a class that has nobody yet
    known_class: date  # today; before the term begins its first day


def school_year(school: School, *, on: date) -> int:
    """The year in whose September the school year of a roster begins that is imported on this day.

    That of the running term, in the holidays that of the next; where none is entered, August begins a new one.
    """
    term = _term(school, on=on)
    if term:
        return int(term.year[:4])
    return on.year if on.month >= NEW_YEAR else on.year - 1


def _term(school: School, *, on: date) -> Term | None:
    return school.terms.filter(last_day__gte=on).order_by("first_day").first()


def keep_upload(*, by: User, school: School, filename: str, content: bytes, at: datetime) -> RosterUpload:
    """Read a file and keep what the roster needs until it is confirmed. Raises NotARoster with one sentence."""
    table = roster_import.read_table(content, filename)
    upload = RosterUpload(school=school, by=by, filename=filename[:200], table=table.to_json(), uploaded_at=at)
    upload.file = keyring().seal(base64.b64encode(content).decode(), upload.file_place)
    upload.save()
    privacy.record(by_id=by.pk, verb="roster.upload", at=at, school_id=school.pk, kind="upload", uid=upload.uid)
    return upload


def choose_columns(*, upload: RosterUpload, chosen: Mapping[Field, str]) -> None:
    """Read the kept file again with the columns that the person named. Raises NotARoster."""
    if upload.file is None:
        raise AlreadyDone
    try:
        content = base64.b64decode(keyring().unseal(bytes(upload.file), upload.file_place))
    except CannotOpen as reason:
        raise roster_import.NotARoster("这份文件现在打不开，原样保存着。请重新上传一次。") from reason
    upload.table = roster_import.read_table(content, upload.filename, chosen=chosen).to_json()
    upload.save(update_fields=["table"])


def plan_of(upload: RosterUpload, *, on: date) -> Plan:
    """What confirming would do to the roster as it is at this moment."""
    school = upload.school
    year = year_name(school, on=on)
    return roster_import.plan(
        Table.from_json(upload.table),
        school=roster_import.School(
            year=int(year[:4]), stage=roster_import.Stage(school.stage), system=roster_import.System(school.system)
        ),
        existing=_existing(school, on=on),
        classes=[
            roster_import.ExistingClass(pk, grade, number, year="" if of_year == year else of_year)
            for pk, grade, number, of_year in school.classes.values_list("pk", "grade__number", "number", "year")
        ],
        answers=answers_of(upload),
    )


def answers_of(upload: RosterUpload) -> Answers:
    said = upload.answers
    return Answers(
        default_grade=said.get("grade"),
        default_class=said.get("class"),
        cohort_grades=said.get("cohorts", {}),
        same=said.get("same", {}),
        renamed=said.get("renamed"),
    )


def year_name(school: School, *, on: date) -> str:
    """2026-2027."""
    year = school_year(school, on=on)
    return f"{year}-{year + 1}"


def _classes(school: School, on: date) -> models.QuerySet[SchoolClass]:
    return school.classes.filter(year=year_name(school, on=on)).order_by("grade__number", "number", "pk")


def _existing(school: School, *, on: date) -> list[roster_import.ExistingStudent]:
    """The children of the school, each with the class of that day or, before the term begins, the next one."""
    where: dict[int, int] = {}
    for student, klass in (
        Enrolment.objects.filter(school=school, valid_to=None)
        .order_by("valid_from", "pk")
        .values_list("student", "school_class")
    ):
        where[student] = klass
    guardians: dict[int, list[roster_import.ExistingGuardian]] = {}
    rows = (
        Guardian.objects.filter(school=school).order_by("pk").values_list("student", "name", "phone", "relation", "pk")
    )
    for student, name, phone, relation, pk in rows:
        guardians.setdefault(student, []).append(
            roster_import.ExistingGuardian("" if name == NAMELESS else name, phone, relation, pk)
        )
    words = {value: word for word, value in GENDERS.items()}
    away = {
        student: Pause.Kind(kind).label
        for student, kind in Pause.objects.on(on).filter(school=school).order_by("pk").values_list("student", "kind")
    }
    return [
        roster_import.ExistingStudent(
            key=pk,
            name=name,
            class_key=where.get(pk),
            national_number=national,
            school_number=number,
            gender=words.get(Student.Gender(gender), ""),
            away=away.get(pk, ""),
            guardians=tuple(guardians.get(pk, ())),
        )
        for pk, name, national, number, gender in Student.objects.filter(school=school)
        .order_by("pk")
        .values_list("pk", "name", "national_number", "number", "gender")
    ]


@transaction.atomic
def confirm(*, by: User, upload: RosterUpload, at: datetime) -> tuple[int, int]:
    """Write the new and the changed rows of a plan made in this very transaction; returns how many of each.

    Wrong rows and rows that still ask are left out. Raises AlreadyDone when it was confirmed before, Unanswered when
    something about the whole file is still to be said.
    """
    on = timezone.localdate(at)
    claimed = RosterUpload.objects.filter(pk=upload.pk, confirmed_at=None).update(confirmed_at=at)
    if not claimed or not upload.table:
        raise AlreadyDone
    School.objects.select_for_update().get(pk=upload.school_id)
    made = plan_of(upload, on=on)
    if made.questions or waits_for_word(upload, made):
        raise Unanswered
    classes = _classes_for(upload.school, made, on=on)
    starting = starting_days(upload.school, on=on)
    occupied = set(Enrolment.objects.filter(school=upload.school).values_list("school_class", flat=True))
    new = made.of(roster_import.Kind.NEW)
    _add(upload.school, new, classes, starting, occupied, at=at)
    changed = made.of(roster_import.Kind.CHANGED)
    for row in changed:
        _change(upload.school, row, classes, starting, occupied, by=by, at=at)
    RosterUpload.objects.filter(pk=upload.pk).update(
        added=len(new), changed=len(changed), table={}, answers={}, file=None
    )
    privacy.record(
        by_id=by.pk,
        verb="roster.import",
        at=at,
        school_id=upload.school_id,
        kind="upload",
        uid=upload.uid,
        detail=f"新增 {len(new)}，更新 {len(changed)}",
    )
    return len(new), len(changed)


def waits_for_word(upload: RosterUpload, made: Plan) -> bool:
    """Whether nobody has said yet if classes that stand elsewhere are the same children."""
    return bool(made.renamed) and answers_of(upload).renamed is None


def starting_days(school: School, *, on: date) -> Starting:
    """A known class gets its newcomer today; a class that begins with this import has been there since the term began.

    Once the school's listening counts, only since the running fortnight: nobody owes what nobody could know. Without a
    term since the school year began: the term that is entered next finds everybody in place.
    """
    term = _term(school, on=on)
    if term is None:
        return Starting(new_class=date(school_year(school, on=on), NEW_YEAR, 1), known_class=on)
    if term.first_day > on or school.listening_since is None:
        return Starting(new_class=term.first_day, known_class=max(on, term.first_day))
    fortnight = school.calendar().period_of(PeriodKind.FORTNIGHT, 0, on)
    return Starting(new_class=fortnight.start if fortnight else on, known_class=on)


def _classes_for(school: School, made: Plan, *, on: date) -> dict[ClassName, SchoolClass]:
    """Every class that the plan names; those that are missing are made, with their grades."""
    known = _classes(school, on).select_related("grade")
    found = {ClassName(grade=one.grade.number, number=one.number): one for one in known}
    for name in made.new_classes:
        if name.grade is None or name.number is None or name in found:
            continue
        grade, _ = Grade.objects.get_or_create(school=school, number=name.grade)
        found[name] = SchoolClass.objects.create(
            school=school, grade=grade, number=name.number, year=year_name(school, on=on)
        )
    return found


def _add(
    school: School,
    rows: tuple[RowPlan, ...],
    classes: dict[ClassName, SchoolClass],
    starting: Starting,
    occupied: set[int],
    *,
    at: datetime,
) -> None:
    entries = [row.entry for row in rows if row.entry]
    students = Student.objects.bulk_create([_student(school, entry) for entry in entries], batch_size=500)
    enrolments, changes, guardians = [], [], []
    for student, entry in zip(students, entries, strict=True):
        klass = classes[entry.school_class]
        since = starting.known_class if klass.pk in occupied else starting.new_class
        enrolments.append(Enrolment(school=school, student=student, school_class=klass, valid_from=since))
        changes.append(
            RosterChange(
                school=school, student=student, kind=RosterChange.Kind.CLASS, effective_on=since, look_on=since, at=at
            )
        )
        if entry.guardian_name or entry.guardian_phone:
            guardians.append(
                Guardian(
                    school=school,
                    student=student,
                    name=entry.guardian_name or NAMELESS,
                    relation=entry.guardian_relation[:10],
                    phone=entry.guardian_phone,
                )
            )
    Enrolment.objects.bulk_create(enrolments, batch_size=500)
    Guardian.objects.bulk_create(guardians, batch_size=500)
    RosterChange.objects.bulk_create(changes, batch_size=500)


def _student(school: School, entry: Entry) -> Student:
    return Student(
        school=school,
        name=entry.name,
        pinyin=pinyin_of(entry.name),
        initials=initials_of(entry.name),
        gender=GENDERS.get(entry.gender, Student.Gender.UNKNOWN),
        number=entry.school_number,
        national_number=entry.national_number,
    )


def _change(
    school: School,
    row: RowPlan,
    classes: dict[ClassName, SchoolClass],
    starting: Starting,
    occupied: set[int],
    *,
    by: User,
    at: datetime,
) -> None:
    entry = row.entry
    assert entry is not None
    assert row.student is not None
    student = Student.objects.get(school=school, pk=row.student)
    touched = {change.field for change in row.changes}
    if touched & {Field.NAME, Field.NATIONAL_NUMBER, Field.SCHOOL_NUMBER, Field.GENDER}:
        fresh = _student(school, entry)
        student.name, student.pinyin, student.initials = fresh.name, fresh.pinyin, fresh.initials
        student.gender = fresh.gender or student.gender
        student.number = fresh.number or student.number
        student.national_number = fresh.national_number or student.national_number
        student.save()
    if touched & {Field.CLASS, Field.GRADE}:
        klass = classes[entry.school_class]
        move_class(
            by=by, student=student, to=klass, on=_day_of_move(student, klass, starting, klass.pk in occupied), at=at
        )
    if touched & {Field.GUARDIAN_NAME, Field.GUARDIAN_PHONE, Field.GUARDIAN_RELATION}:
        _change_guardian(school, student, row, entry)


def _day_of_move(student: Student, to: SchoolClass, starting: Starting, is_occupied: bool) -> date:
    """From today on; into the new class of a new school year since it began; never before the old class began."""
    old = student.enrolments.filter(valid_to=None).select_related("school_class").first()
    if old is None:
        return starting.known_class if is_occupied else starting.new_class
    if old.school_class.year != to.year and not is_occupied:
        return max(starting.new_class, old.valid_from)
    return max(starting.known_class, old.valid_from)


def _change_guardian(school: School, student: Student, row: RowPlan, entry: Entry) -> None:
    known = student.guardians.filter(pk=str(row.guardian)) if row.guardian else student.guardians.none()
    guardian = known.first()
    guardian = guardian or Guardian(school=school, student=student, name=NAMELESS)
    guardian.name = entry.guardian_name or guardian.name
    guardian.phone = entry.guardian_phone or guardian.phone
    guardian.relation = (entry.guardian_relation or guardian.relation)[:10]
    guardian.save()


def forget_old_uploads(*, at: datetime) -> int:
    """Empty what was uploaded and never confirmed, after a day."""
    old = RosterUpload.objects.filter(confirmed_at=None, uploaded_at__lt=at - KEPT).exclude(table={})
    return old.update(table={}, answers={}, file=None)
