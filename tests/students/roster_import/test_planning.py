"""What an import would do, told over small tables; then: the same file again changes nothing."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from students.roster_import import (
    Answers,
    Change,
    ClassName,
    ExistingClass,
    ExistingGuardian,
    ExistingStudent,
    Field,
    Kind,
    Question,
    Row,
    School,
    Sheet,
    Stage,
    System,
    Table,
    class_keys,
    plan,
)

F = Field
SCHOOL = School(year=2025, stage=Stage.JUNIOR, system=System.SIX_THREE)
CLASSES = (ExistingClass(71, 7, 1), ExistingClass(72, 7, 2), ExistingClass(81, 8, 1))
G1, G2, L1 = "G11010519491231002X", "G110105201101011230", "L110105201101011234"
HEADS = {F.NAME: "姓名", F.CLASS: "班级", F.NATIONAL_NUMBER: "学籍号", F.SCHOOL_NUMBER: "学号", F.GENDER: "性别"}
HEADS |= {F.GUARDIAN_NAME: "家长", F.GUARDIAN_PHONE: "电话"}


def sheet(*rows, title="", class_text="", relation="", without=()):
    """Rows of fields, numbered from 2; without a class of their own they are in 七1班."""
    made = []
    for number, cells in enumerate(rows, 2):
        wanted = {F.NAME: "张三", **({} if F.CLASS in without else {F.CLASS: "七1班"}), **cells}
        made.append(Row(number, {name: text for name, text in wanted.items() if text}))
    heads = {name: head for name, head in HEADS.items() if name not in without}
    return Sheet(title, 1, tuple(heads.values()), heads, relation, class_text, tuple(made))


def table(*sheets):
    return Table("xlsx", "", tuple(sheets))


def planned(*rows, existing=(), answers=None, classes=CLASSES, **options):
    return plan(table(sheet(*rows, **options)), school=SCHOOL, existing=existing, classes=classes, answers=answers)


def kinds_of(made):
    return [row.kind for row in made.rows]


def pupil(key=1, name="张三", class_key=71, **more):
    return ExistingStudent(key, name, class_key, **more)


def applied(made, existing=(), classes=()):
    """What the school is after 确认."""
    classes = list(classes)
    for name in made.new_classes:
        classes.append(ExistingClass(f"new {name.display}", name.grade, name.number))
    keys = class_keys(classes)
    students = {student.key: student for student in existing}
    for row in made.rows:
        entry = row.entry
        if row.kind is Kind.NEW:
            people = (
                (ExistingGuardian(entry.guardian_name, entry.guardian_phone, entry.guardian_relation, key=1),)
                if entry.guardian_name or entry.guardian_phone
                else ()
            )
            key = len(students) + 1000
            students[key] = ExistingStudent(
                key,
                entry.name,
                keys[entry.school_class],
                entry.national_number,
                entry.school_number,
                entry.gender,
                people,
            )
        elif row.kind is Kind.CHANGED:
            student = students[row.student]
            new = {change.field: change.new for change in row.changes}
            people = list(student.guardians)
            about = {
                name: new[field]
                for name, field in (
                    ("name", F.GUARDIAN_NAME),
                    ("phone", F.GUARDIAN_PHONE),
                    ("relation", F.GUARDIAN_RELATION),
                )
                if field in new
            }
            place = next((at for at, one in enumerate(people) if one.key == row.guardian), None)
            if about and place is None:
                people.append(ExistingGuardian(**about, key=len(people) + 1))
            elif about:
                people[place] = replace(people[place], **about)
            students[row.student] = replace(
                student,
                name=new.get(F.NAME, student.name),
                class_key=keys[entry.school_class],
                national_number=new.get(F.NATIONAL_NUMBER, student.national_number),
                school_number=new.get(F.SCHOOL_NUMBER, student.school_number),
                gender=new.get(F.GENDER, student.gender),
                guardians=tuple(people),
            )
    return list(students.values()), classes


def test_first_file_of_a_school_makes_its_classes():
    made = planned({}, {F.NAME: "李四", F.CLASS: "初二(3)班"}, classes=())

    assert (kinds_of(made), made.new_classes) == ([Kind.NEW, Kind.NEW], (ClassName(7, 1), ClassName(8, 3)))
    assert [row.remarks for row in made.rows] == [(), ()]


def test_new_class_of_a_school_that_has_some_is_told():
    made = planned({F.CLASS: "七(13)"})

    assert (made.new_classes, made.rows[0].remarks) == ((ClassName(7, 13),), ("本校还没有七年级(13)班，确认后新建。",))


@pytest.mark.parametrize(
    ("cells", "student"),
    [
        ({F.NATIONAL_NUMBER: G1}, pupil(national_number=G1)),
        ({F.SCHOOL_NUMBER: "20250301"}, pupil(school_number="20250301")),
        ({F.SCHOOL_NUMBER: "7"}, pupil(school_number="7")),
        ({}, pupil()),
        ({}, pupil(national_number=G1, school_number="7")),
    ],
)
def test_known_student_is_the_same(cells, student):
    row = planned(cells, existing=[student]).rows[0]

    assert (row.kind, row.student, row.changes) == (Kind.SAME, 1, ())


@pytest.mark.parametrize(
    ("cells", "student", "change"),
    [
        ({F.NATIONAL_NUMBER: G1}, pupil(), Change(F.NATIONAL_NUMBER, "", G1)),
        (
            {F.NATIONAL_NUMBER: G1},
            pupil(national_number=G1, class_key=72),
            Change(F.CLASS, "七年级(2)班", "七年级(1)班"),
        ),
        ({F.NATIONAL_NUMBER: G1}, pupil(national_number=G1, name="张山"), Change(F.NAME, "张山", "张三")),
        (
            {F.SCHOOL_NUMBER: "20250301"},
            pupil(school_number="20250301", class_key=72),
            Change(F.CLASS, "七年级(2)班", "七年级(1)班"),
        ),
        ({F.GENDER: "女"}, pupil(), Change(F.GENDER, "", "女")),
        (
            {F.GUARDIAN_NAME: "张大", F.GUARDIAN_PHONE: "18600007781"},
            pupil(guardians=(ExistingGuardian("张大", "13500007781", key=9),)),
            Change(F.GUARDIAN_PHONE, "13500007781", "18600007781"),
        ),
    ],
)
def test_known_student_changes(cells, student, change):
    row = planned(cells, existing=[student]).rows[0]

    assert (row.kind, row.student, row.changes) == (Kind.CHANGED, 1, (change,))


def test_further_guardian_takes_none_away():
    student = pupil(guardians=(ExistingGuardian("张大", "13500007781", key=9),))

    row = planned({F.GUARDIAN_NAME: "李妈", F.GUARDIAN_PHONE: "18600007781"}, existing=[student]).rows[0]

    assert (row.guardian, row.changes) == (
        None,
        (Change(F.GUARDIAN_NAME, "", "李妈"), Change(F.GUARDIAN_PHONE, "", "18600007781")),
    )


def test_phone_of_nobody_known_is_left_out_where_there_are_two_guardians():
    people = (ExistingGuardian("张大", "13500007781", key=8), ExistingGuardian("李妈", "", key=9))

    row = planned({F.GUARDIAN_PHONE: "18600007781"}, existing=[pupil(guardians=people)]).rows[0]

    assert (row.kind, "没有改" in row.remarks[0]) == (Kind.SAME, True)


@pytest.mark.parametrize(
    ("cells", "student", "word"),
    [
        ({F.SCHOOL_NUMBER: "20250301"}, pupil(school_number="20250301", name="李四"), "改了名字"),
        ({F.NATIONAL_NUMBER: G1}, pupil(national_number=L1), "号码对不上"),
        ({F.NATIONAL_NUMBER: G1}, pupil(school_number="7"), "号码对不上"),
        ({F.SCHOOL_NUMBER: "20250302"}, pupil(school_number="20250301"), "号码对不上"),
    ],
)
def test_doubtful_student_is_asked_about(cells, student, word):
    row = planned(cells, existing=[student]).rows[0]

    assert (row.kind, [one.key for one in row.candidates], word in row.reason) == (Kind.ASK, [1], True)


@pytest.mark.parametrize(("said", "kind"), [("1", Kind.CHANGED), ("", Kind.NEW)])
def test_a_persons_word_decides(said, kind):
    made = planned({F.NATIONAL_NUMBER: G1}, existing=[pupil(national_number=L1)], answers=Answers(same={":2": said}))

    assert kinds_of(made) == [kind]


def test_namesake_missing_from_another_class_of_the_file_is_asked_about():
    existing = [pupil(1, "张三", 72), pupil(2, "李四", 72)]

    made = planned({}, {F.NAME: "李四", F.CLASS: "七2班"}, existing=existing)

    assert (kinds_of(made), "调班" in made.rows[0].reason) == ([Kind.ASK, Kind.SAME], True)


@pytest.mark.parametrize(
    ("cells", "student", "remark"),
    [
        ({}, pupil(class_key=72), "七年级(2)班有同名同学，按两人处理。"),
        (
            {F.SCHOOL_NUMBER: "20250338"},
            pupil(class_key=72, school_number="20250301"),
            "七年级(2)班有同名同学，号码不同，按两人处理。",
        ),
    ],
)
def test_namesake_elsewhere_is_another_child(cells, student, remark):
    row = planned(cells, existing=[student]).rows[0]

    assert (row.kind, row.remarks) == (Kind.NEW, (remark,))


def test_same_seat_in_two_classes_is_two_children():
    made = planned(
        {F.SCHOOL_NUMBER: "7"},
        {F.SCHOOL_NUMBER: "7", F.CLASS: "七2班", F.NAME: "李四"},
        existing=[pupil(school_number="7")],
    )

    assert kinds_of(made) == [Kind.SAME, Kind.NEW]


def test_same_seat_and_name_in_another_class_is_another_child():
    row = planned({F.SCHOOL_NUMBER: "7"}, existing=[pupil(class_key=72, school_number="7")]).rows[0]

    assert (row.kind, row.remarks) == (Kind.NEW, ("七年级(2)班有同名同学，按两人处理。",))


def test_rows_of_one_name_in_one_class_are_as_many_children():
    made = planned({}, {}, {F.GENDER: "女"})

    students, classes = applied(made, classes=CLASSES)
    again = planned({}, {}, {F.GENDER: "女"}, existing=students, classes=classes)

    assert (kinds_of(made), kinds_of(again)) == ([Kind.NEW] * 3, [Kind.SAME] * 3)
    assert len({row.student for row in again.rows}) == 3


def test_one_more_row_of_a_known_name_is_one_more_child():
    assert kinds_of(planned({}, {}, existing=[pupil()])) == [Kind.SAME, Kind.NEW]


def test_row_that_may_be_either_of_two_is_asked_about():
    made = planned({F.GENDER: "女"}, existing=[pupil(1), pupil(2)])

    assert (kinds_of(made), len(made.rows[0].candidates)) == ([Kind.ASK], 2)


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({F.NATIONAL_NUMBER: G1, F.NAME: "李四"}, "学籍号与第 2 行（张三）相同"),
        ({F.SCHOOL_NUMBER: "7", F.NAME: "李四"}, "学号与第 2 行（张三）相同"),
        ({F.SCHOOL_NUMBER: "7"}, "学号与第 2 行（张三）相同"),
    ],
)
def test_number_twice_in_the_file_names_the_first_row(second, reason):
    made = planned({F.NATIONAL_NUMBER: G1, F.SCHOOL_NUMBER: "7"}, second)

    assert (kinds_of(made), made.rows[1].reason.startswith(reason)) == ([Kind.NEW, Kind.WRONG], True)


def test_number_twice_in_two_sheets_names_the_sheet():
    sheets = (sheet({F.NATIONAL_NUMBER: G1}, title="1班"), sheet({F.NATIONAL_NUMBER: G1}, title="2班"))

    made = plan(table(*sheets), school=SCHOOL, existing=(), classes=CLASSES)

    assert made.rows[1].reason.startswith("学籍号与工作表“1班”的第 2 行（张三）相同")


@pytest.mark.parametrize("number", ["1.1E+17", "9999106028104482455", "3.60723E+18"])
def test_row_with_a_bad_national_number_goes_in_without_it(number):
    row = planned({F.NATIONAL_NUMBER: number}).rows[0]

    assert (row.kind, row.entry.national_number, len(row.remarks)) == (Kind.NEW, "", 1)


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ({F.NAME: "", F.GENDER: "男"}, "没有姓名"),
        ({F.NAME: "张?"}, "显示不出"),
        ({F.CLASS: ""}, "没有班级"),
        ({F.CLASS: "阳光班"}, "认不出班级"),
        ({F.CLASS: "七年级"}, "没有几班"),
        ({F.CLASS: "2026-07-03"}, "日期"),
        ({F.CLASS: "七1班", F.GRADE: "八年级"}, "对不上"),
    ],
)
def test_wrong_row_says_why_and_blocks_no_other(cells, word):
    made = planned(cells, {F.NAME: "李四"})

    assert (kinds_of(made), word in made.rows[0].reason) == ([Kind.WRONG, Kind.NEW], True)


def test_class_and_grade_are_asked_once():
    rows = ({}, {F.NAME: "李四"})

    first = planned(*rows, without=[F.CLASS])
    second = planned(*rows, without=[F.CLASS], answers=Answers(default_class=1))
    third = planned(*rows, without=[F.CLASS], answers=Answers(default_class=1, default_grade=7))

    assert (kinds_of(first), first.questions) == ([Kind.ASK] * 2, frozenset({Question.CLASS, Question.GRADE}))
    assert (kinds_of(second), second.questions) == ([Kind.ASK] * 2, frozenset({Question.GRADE}))
    assert (kinds_of(third), third.questions) == ([Kind.NEW] * 2, frozenset())


def test_bare_class_numbers_take_the_grade_of_the_answer_of_the_column_or_of_the_title():
    by_answer = planned({F.CLASS: "1"}, answers=Answers(default_grade=8))
    by_column = planned({F.CLASS: "1", F.GRADE: "初二"})
    by_title = planned({F.CLASS: "1"}, class_text="八年级")

    assert {made.rows[0].entry.school_class for made in (by_answer, by_column, by_title)} == {ClassName(8, 1)}


def test_title_gives_the_class_of_a_file_without_one():
    made = planned({}, class_text="初二1班", without=[F.CLASS])

    assert made.rows[0].entry.school_class == ClassName(8, 1)


def test_cohort_is_placed_by_the_school_year_or_asked_about():
    junior = planned({F.CLASS: "2023级1班"})
    both = plan(
        table(sheet({F.CLASS: "2023级1班"})), school=replace(SCHOOL, stage=Stage.COMPLETE), existing=(), classes=CLASSES
    )
    said = plan(
        table(sheet({F.CLASS: "2023级1班"})),
        school=replace(SCHOOL, stage=Stage.COMPLETE),
        existing=(),
        classes=CLASSES,
        answers=Answers(cohort_grades={"2023级": 12}),
    )

    assert junior.rows[0].entry.school_class == ClassName(9, 1)
    assert (kinds_of(both), both.questions, both.cohorts) == ([Kind.ASK], frozenset({Question.COHORT}), ("2023级",))
    assert said.rows[0].entry.school_class == ClassName(12, 1)


def test_relation_of_the_columns_is_kept_with_a_guardian_only():
    made = planned({F.GUARDIAN_NAME: "张大"}, {F.NAME: "李四"}, relation="父亲")

    assert [row.entry.guardian_relation for row in made.rows] == ["父亲", ""]


def test_rare_character_and_skipped_row_are_told():
    skipped = replace(sheet({F.NAME: "龚㛃"}), rows=(Row(2, {F.NAME: "龚㛃", F.CLASS: "七1班"}), Row(3, {}, "合计")))

    made = plan(table(skipped), school=SCHOOL, existing=(), classes=CLASSES)

    assert (made.rows[0].remarks, made.rows[1].reason) == (("姓名里有生僻字，请核对。",), "“合计”不是学生，已跳过。")
    assert made.counts()[Kind.SKIPPED] == 1


def optional(*values):
    return st.sampled_from(["", *values])


rows_of_a_file = st.lists(
    st.fixed_dictionaries(
        {
            F.NAME: st.sampled_from(["张三", "李四", "张 三", "王五", ""]),
            F.CLASS: st.sampled_from(["七1班", "七年级（1）班", "702", "八(1)", "2023级2班", ""]),
            F.NATIONAL_NUMBER: optional(G1, G2, L1, "1.1E+17"),
            F.SCHOOL_NUMBER: optional("1", "2", "20250301", "20250302"),
            F.GENDER: optional("男", "女"),
            F.GUARDIAN_NAME: optional("张大", "李妈"),
            F.GUARDIAN_RELATION: optional("父亲", "母亲"),
            F.GUARDIAN_PHONE: optional("13800138000", "13900139000", "138"),
        }
    ),
    max_size=8,
)


@settings(max_examples=400)
@given(rows=rows_of_a_file)
def test_the_same_file_again_changes_nothing(rows):
    first = planned(*rows, classes=())
    students, classes = applied(first)
    again = planned(*rows, existing=students, classes=classes)

    assert [Kind.SAME if kind is Kind.NEW else kind for kind in kinds_of(first)] == kinds_of(again)
    assert again.new_classes == ()


@settings(max_examples=200)
@given(rows=rows_of_a_file, more=rows_of_a_file)
def test_a_second_file_twice_changes_nothing_the_second_time(rows, more):
    students, classes = applied(planned(*rows, classes=()))
    second = planned(*more, existing=students, classes=classes)
    students, classes = applied(second, students, classes)
    third = planned(*more, existing=students, classes=classes)

    written = [number for number, row in enumerate(second.rows) if row.kind in (Kind.NEW, Kind.CHANGED, Kind.SAME)]
    assert {third.rows[number].kind for number in written} <= {Kind.SAME}
