"""The reader's child process: one file on standard input, what is kept of it as JSON on standard output.

`python -m students.roster_import.worker`. It knows no Django and no settings, so it starts fast, and it limits itself
before it reads: a hostile file ends this process, never the server. What the roster does not need ends here.
"""

import gc
import json
import resource
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from contextlib import redirect_stdout

from students.roster_import import columns, kinds
from students.roster_import.table import Field, NotARoster, Sheet, Table
from students.roster_import.textfiles import text_page
from students.roster_import.workbooks import Page, xls_pages, xlsx_pages

MOST_MEMORY = 512 * 1024 * 1024
MOST_SECONDS = 15  # of work; the parent stops waiting earlier, this is for a child that lost it

NO_NAMES = "没有找到“姓名”这一列。请在名单上面加一行列名，至少写上“姓名”，保存后再上传。"
NO_STUDENTS = "表里只有列名，还没有学生。请填好姓名再上传。"


def main() -> None:
    _limit(resource.RLIMIT_AS, MOST_MEMORY)
    _limit(resource.RLIMIT_CPU, MOST_SECONDS)
    _limit(resource.RLIMIT_CORE, 0)
    gc.disable()  # one short job: walking millions of cells again and again would take most of its time
    answer = sys.stdout
    with redirect_stdout(sys.stderr):
        try:
            asked, _, content = sys.stdin.buffer.read().partition(b"\n")
            wanted = json.loads(asked)
            chosen = {Field(name): label for name, label in wanted["chosen"].items()}
            said: dict[str, object] = {"table": parse(content, wanted["filename"], chosen=chosen).to_json()}
        except NotARoster as refused:
            said = {"refused": refused.sentence}
        except MemoryError:
            said = {"refused": kinds.TOO_MUCH}
    json.dump(said, answer)


def _limit(what: int, most: int) -> None:
    """Never above what this process was given: only root could raise that."""
    _, given = resource.getrlimit(what)
    least = most if given == resource.RLIM_INFINITY else min(most, given)
    resource.setrlimit(what, (least, least))


def parse(content: bytes, filename: str, *, chosen: Mapping[Field, str] | None = None) -> Table:
    """Read without limits of time and memory. Raises NotARoster."""
    kind = kinds.kind_of(content)
    encoding = ""
    match kind:
        case "xlsx":
            pages = xlsx_pages(content)
        case "xls":
            pages = xls_pages(content)
        case "csv":
            page, encoding = text_page(content)
            pages = [page]
    found = [(page, head) for page in pages if (head := columns.find(page.rows, chosen=chosen)) is not None]
    if any(not page.hidden for page, _ in found):
        found = [(page, head) for page, head in found if not page.hidden]
    if not found:
        raise NotARoster(NO_NAMES)
    sheets = [_sheet(page, head, filename) for page, head in found]
    with_students = tuple(sheet for sheet in sheets if any(not row.skipped for row in sheet.rows))
    if not with_students:
        raise NotARoster(NO_STUDENTS)
    kept = {sheet.title for sheet in with_students}
    return Table(kind, encoding, with_students, tuple(page.title for page in pages if page.title not in kept))


def _sheet(page: Page, head: columns.Columns, filename: str) -> Sheet:
    _fill_merges(page, [head.mapping[name] for name in (Field.CLASS, Field.GRADE) if name in head.mapping], head)
    return columns.sheet(page.title, page.rows, head, filename=filename)


def _fill_merges(page: Page, places: list[int], head: columns.Columns) -> None:
    """A class merged down its rows stands in the first one only."""
    numbers = [number for number, _ in page.rows]
    for place, top, bottom in page.merges:
        first = bisect_left(numbers, top)
        if place not in places or first <= head.header or first == len(numbers) or numbers[first] != top:
            continue
        upper = page.rows[first][1]
        value = upper[place] if place < len(upper) else ""
        for index in range(first + 1, bisect_right(numbers, bottom)):
            number, cells = page.rows[index]
            wide = [*cells, *[""] * (place + 1 - len(cells))]
            wide[place] = wide[place] or value
            page.rows[index] = (number, tuple(wide))


if __name__ == "__main__":
    main()
