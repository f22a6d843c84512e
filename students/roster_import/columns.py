"""Which row is the header, which column is what, which rows are no students. Pure; works on rows of strings.

A page is a list of (row number, cells); what is not needed is dropped here, before anything leaves the reader.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from students.roster_import.classes import find_class_parts, half_width, parse_class
from students.roster_import.numbers import clean
from students.roster_import.table import Field, Row, Sheet

RawRow = tuple[int, tuple[str, ...]]
LONGEST_SEAT = 3  # digits of a place in a class
HEADER_WITHIN = 30  # rows from the top
_PARENTS = r"(?:第一)?(?P<who>监护人|家长|父亲|母亲|父母|爸爸|妈妈|家庭成员)[一1]?(?:或监护人)?(?:信息|情况)?(?:的)?"
# For each field its names, best first; a column takes the field whose name it matches, a better name wins.
_NAMES: Mapping[Field, tuple[str, ...]] = {
    Field.NAME: ("(?:学生|本人|孩子)?姓名", "名字|学生名字|学生名称", "学生"),
    Field.CLASS: (
        "(?:所在|所属|行政|现在?|就读|学生)?(?:班级|行政班)(?:名称)?",
        "班别|班|(?:所在)?年级班级?|班级年级|年级/班级",
        "班号|班级号|班级编号",
    ),
    Field.GRADE: ("(?:所在|所属|现|就读)?年级(?:名称)?", "年段|级别"),
    Field.NATIONAL_NUMBER: ("(?:全国|国家|学生)?学籍(?:号码?|编号)", "全国学籍"),
    Field.SCHOOL_NUMBER: ("(?:校内|学生|学校)?学号", "(?:班内|班级)(?:学号|号|序号)|学生编号|学生号"),
    Field.GENDER: ("(?:学生)?性别",),
    Field.GUARDIAN_NAME: (f"{_PARENTS}(?:姓名|名字)?[一1]?",),
    Field.GUARDIAN_RELATION: (
        f"{_PARENTS}(?:关系|称谓)|(?:监护人|家长)?(?:与|和)(?:学生|本人|孩子|被监护人)(?:之间)?(?:的)?关系",
        "(?:家长|监护人)?称谓|关系|亲属关系|监护关系",
    ),
    Field.GUARDIAN_PHONE: (
        f"{_PARENTS}(?:联系|手机)?(?:电话|手机|方式)(?:号码?)?(?:[一1])?",
        "(?:家庭|紧急)?(?:联系|手机)?(?:电话|手机|方式)(?:号码?)?[一1]?",
    ),
}
_PATTERNS = tuple(
    (name, rank, re.compile(pattern)) for name, all_ in _NAMES.items() for rank, pattern in enumerate(all_)
)
_WHO_RANK = ("监护人", "家长", "父母", "家庭成员", "父亲", "爸爸", "母亲", "妈妈")
_RELATIONS = {"父亲": "父亲", "爸爸": "父亲", "母亲": "母亲", "妈妈": "母亲"}
_OTHER_HEADS = re.compile(
    "序号|编号|年龄|年纪|籍贯|民族|出生(?:日期|年月|地)|政治面貌|职务|备注|状态|宿舍号?|寝室|座号|座位号|考号|准考证号|选科"
    "|身份证(?:件)?(?:号码?|类型)?|证件(?:号码?|类型)|家庭住址|住址|地址|现住址|户口.*|QQ号?|微信号?|邮箱|学籍辅号|入学.*|就读方式"
    "|语文|数学|英语|物理|化学|生物|政治|历史|地理|体育|音乐|美术|总分|平均分|名次|排名|等级|得分|学院|专业|年龄段|校区|学校|联系人"
    "|学生(?:联系)?(?:电话|手机|方式)(?:号码?)?|本人(?:联系)?(?:电话|手机).*|工作单位|单位|是否.*|特长|健康状况|照片|第一列|监护人信息"
)
_SAMPLE = re.compile(
    r"不会读取|不会导入|(?:这|此|本)(?:行)?(?:是|为).{0,4}(?:示例|样例)|(?:示例|样例|范例)(?:行|数据)|^\(?(?:示例|样例|范例|例如|例)\)?[:：]?$"
)
_TAIL = re.compile(
    r"^(?:(?P<sum>合计|总计|共计|小计|总人数|人数)|(?P<sign>班主任|校长|教务|填表|制表|审核|经办|负责人|盖章|签字|签名)"
    r"|(?P<note>说明|备注|注|填写说明|填表说明|注意)[:：])"
)
_TAIL_SUM = re.compile(r"^共\d+(?:人|名)|^(?:男|女)生?\d+人")


_GROUP = re.compile("监护人|家长|父亲|母亲|父母|爸爸|妈妈|家庭成员")
_HAN_NAME = re.compile(r"[\u3400-\u9fff·• ]{2,8}")


@dataclass(frozen=True, slots=True)
class Columns:
    """A header that was found: where, what its columns are called, which is which."""

    header: int  # index into the page's rows; of a header in two levels the lower one
    top: int  # index of its upper row, the same where there is one level
    labels: tuple[str, ...]
    mapping: Mapping[Field, int]
    relation: str = ""
    remarks: tuple[str, ...] = field(default=())


def find(page: Sequence[RawRow], *, chosen: Mapping[Field, str] | None = None) -> Columns | None:
    """The first row that is a header with 姓名, and what its columns mean.

    `chosen` heads go before the guess (an empty head: no column is this field). 学生 alone counts as 姓名 only where
    no row says 姓名.
    """
    for best_rank in (1, 2):
        for index in range(min(len(page), HEADER_WITHIN)):
            heads = [_head(cell) for cell in page[index][1]]
            names = [place for place, head in enumerate(heads) if _rank(Field.NAME, head) <= best_rank]
            if names and _is_header(heads, names[0], page[index + 1 : index + 21]):
                return _read_header(page, index, names[0], chosen or {})
    return None


def sheet(title: str, page: Sequence[RawRow], columns: Columns, *, filename: str) -> Sheet:
    """The page with its needed columns only; rows that are no students are dropped or marked as skipped."""
    above = [cell for _, cells in page[: columns.top] for cell in cells if cell]
    beside = [cell for cell in page[columns.top][1] if cell and "班" in cell and not _known(_head(cell))]
    stem = filename.rsplit(".", 1)[0]
    return Sheet(
        title=title,
        header_row=page[columns.header][0],
        labels=columns.labels,
        columns={name: columns.labels[place] for name, place in columns.mapping.items()},
        relation=columns.relation,
        class_text=class_text([*above, *beside], title, stem),
        remarks=columns.remarks,
        rows=tuple(row for raw in page[columns.header + 1 :] if (row := _row(raw, columns)) is not None),
    )


def class_text(heading: Sequence[str], title: str, stem: str) -> str:
    """七年级1班, 1班, 七年级 or nothing: from the rows above the header, the sheet's title, the file's name."""
    exact = parse_class(title)
    if exact is not None and exact.known:
        return exact.display
    texts = (*heading, title, stem)
    found = [part for text in texts if (part := find_class_parts(text)) is not None]
    with_number = next(((head, number) for head, number in found if number), ("", ""))
    head = with_number[0] or next((head for head, _ in found if head), "")
    return head + (f"{with_number[1]}班" if with_number[1] else "")


def _head(cell: str) -> str:
    """A column head without marks for required columns and blanks; a bracket counts where it says whose: 电话(家长)."""
    plain = half_width(cell)
    whose = re.search(r"\((学生|本人|家长|监护人|父亲|母亲)\)", plain)
    plain = (whose[1] if whose else "") + re.sub(r"\([^()]*\)", "", plain)
    return re.sub(r"[*※★☆:：●]|必填|选填", "", plain)


def _rank(name: Field, head: str) -> int:
    return min((rank for wanted, rank, pattern in _PATTERNS if wanted is name and pattern.fullmatch(head)), default=99)


def _known(head: str) -> bool:
    return bool(head) and (
        any(pattern.fullmatch(head) for _, _, pattern in _PATTERNS) or bool(_OTHER_HEADS.fullmatch(head))
    )


def _is_header(heads: Sequence[str], name: int, below: Sequence[RawRow]) -> bool:
    """Other heads are known too, or names stand below: a row of instructions about 姓名 is no header."""
    filled = [head for head in heads if head]
    if {"必填", "选填", "文本", "是", "否", "字段", "列名"} & set(filled):
        return False
    known = sum(_known(head) for head in filled)
    if known >= 2 or known * 2 >= len(filled):
        return True
    under = [cells[name] for _, cells in below if name < len(cells) and cells[name]]
    return bool(under) and sum(bool(_HAN_NAME.fullmatch(text)) for text in under) * 2 >= len(under)


def _read_header(page: Sequence[RawRow], index: int, name: int, chosen: Mapping[Field, str]) -> Columns:
    cells = page[index][1]
    above = page[index - 1][1] if index else ()
    below = page[index + 1][1] if index + 1 < len(page) else ()
    if _is_lower_level(below, name):
        width = max(len(cells), len(below))
        upper = _carried(cells, width)
        texts = [
            (upper[place] if _at(below, place) else _at(cells, place)) + _at(below, place) for place in range(width)
        ]
        header = index + 1
    else:
        upper = _carried(above, len(cells)) if sum(bool(cell) for cell in above) >= 2 else [""] * len(cells)
        grouped = [
            bool(_GROUP.search(group)) and len(group) <= 12 and bool(cell)
            for group, cell in zip(upper, cells, strict=True)
        ]
        texts = [
            (group if joined and not _GROUP.search(cell) else "") + cell
            for group, joined, cell in zip(upper, grouped, cells, strict=True)
        ]
        header = index
    labels = _unique(texts)
    mapping, relation = _guess([_head(text) for text in texts])
    for wanted, label in chosen.items():
        mapping.pop(wanted, None)
        if label in labels:
            mapping[wanted] = labels.index(label)
    mapping.setdefault(Field.NAME, name)
    return Columns(header, index, labels, mapping, relation, _remarks(texts, mapping))


def _is_lower_level(below: Sequence[str], name: int) -> bool:
    filled = [_head(cell) for cell in below if cell]
    return (
        bool(filled)
        and not _at(below, name)
        and all(_known(head) or len(head) <= 4 for head in filled)
        and any(_known(head) for head in filled)
        and not any(re.search(r"\d{2}", head) for head in filled)
    )


def _at(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _carried(cells: Sequence[str], width: int) -> list[str]:
    """A merged head stands in its first cell only: carry it to the right."""
    carried, last = [], ""
    for place in range(width):
        last = _at(cells, place) or last
        carried.append(last)
    return carried


def _unique(texts: Sequence[str]) -> tuple[str, ...]:
    plain = [" ".join(text.split())[:40] or f"第 {place + 1} 列" for place, text in enumerate(texts)]
    often = Counter(plain)
    return tuple(text if often[text] == 1 else f"{text}（第 {place + 1} 列）" for place, text in enumerate(plain))


def _guess(heads: Sequence[str]) -> tuple[dict[Field, int], str]:
    """The best column for each field, and the relation that the guardian's columns speak of."""
    best: dict[Field, tuple[int, int, int, str]] = {}
    guardian = ""
    for wanted in Field:  # the guardian's name comes before relation and telephone, which must not be another person's
        for place, head in enumerate(heads):
            for pattern_of, rank, pattern in _PATTERNS:
                found = pattern.fullmatch(head) if pattern_of is wanted and head else None
                if found is None:
                    continue
                who = found.groupdict().get("who") or ""
                if who in _RELATIONS and guardian and _RELATIONS[who] != _RELATIONS.get(guardian):
                    continue
                order = 0 if not who or who == guardian else 1 + _WHO_RANK.index(who)
                candidate = (rank, order, place, who)
                if wanted not in best or candidate < best[wanted]:
                    best[wanted] = candidate
        if wanted is Field.GUARDIAN_NAME and wanted in best:
            guardian = best[wanted][3]
    taken = {wanted: place for wanted, (_, _, place, _) in best.items()}
    who = next((best[wanted][3] for wanted in (Field.GUARDIAN_NAME, Field.GUARDIAN_PHONE) if wanted in best), "")
    return taken, _RELATIONS.get(who, "")


def _remarks(texts: Sequence[str], mapping: Mapping[Field, int]) -> tuple[str, ...]:
    more = [
        place
        for place, text in enumerate(texts)
        if _rank(Field.NAME, _head(text)) == 0 and place != mapping[Field.NAME]
    ]
    return tuple(
        f"表头里还有一个“姓名”（第 {place + 1} 列），没有读取。如果是左右并排的名单，请改成上下一列再导一次。"
        for place in more
    )


def _row(raw: RawRow, columns: Columns) -> Row | None:
    number, cells = raw
    filled = [cell for cell in cells if cell]
    if not filled:
        return None
    kept = {wanted: text[:100] for wanted, place in columns.mapping.items() if (text := clean(_at(cells, place)))}
    name = kept.get(Field.NAME, "")
    if any(_SAMPLE.search(half_width(cell)) for cell in filled):
        return Row(number, {}, "示例")
    if name and _rank(Field.NAME, _head(name)) < 2:
        return Row(number, {}, "重复的表头")
    # A foot stands in the first cell or under 姓名; beside the name of a child a first cell is no foot.
    for text in map(half_width, (name,) if _HAN_NAME.fullmatch(name) else (name, filled[0])):
        if tail := _TAIL.match(text):
            return Row(number, {}, next(word for word in tail.groups() if word))
        if _TAIL_SUM.match(text):
            return Row(number, {}, "合计")
    # A template's numbered row, or a class filled in ahead, is nobody yet; a number of the school's is somebody's.
    numbered = len(kept.get(Field.SCHOOL_NUMBER, "")) > LONGEST_SEAT
    if not name and not numbered and not kept.keys() - {Field.CLASS, Field.GRADE, Field.SCHOOL_NUMBER}:
        return None
    return Row(number, kept)
