"""The reader's child process: one file on standard input, what is kept of it as JSON on standard output.

`python -m students.roster_import.worker`. It knows no Django and no settings, so it starts fast, and it limits itself
before it reads: a hostile file ends this process, never the server's. Everything that the roster does not need ends here.
"""

import json
import resource
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout

from students.roster_import import columns, kinds
from students.roster_import.table import Field, NotARoster, Sheet, Table
from students.roster_import.textfiles import text_page
from students.roster_import.workbooks import Page, xls_pages, xlsx_pages

MOST_MEMORY = 512 * 1024 * 1024
MOST_SECONDS = 10

NO_NAMES = "没有找到“姓名”这一列。请在名单上面加一行列名，至少写上“姓名”，保存后再上传。"
NO_STUDENTS = "表里只有列名，还没有学生。请填好姓名再上传。"


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer = sys.stdout
    with redirect_stdout(sys.stderr):
        try:
            asked, _, content = sys.stdin.buffer.read().partition(b"\n")
            wanted = json.loads(asked)
            chosen = {Field(name): label for name, label in wanted["chosen"].items()}
            said = {"table": parse(content, wanted["filename"], chosen=chosen).to_json()}
        except NotARoster as refused:
            said = {"refused": refused.sentence}
        except MemoryError:
            said = {"refused": kinds.TOO_MUCH}
    json.dump(said, answer)


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
    for place, top, bottom in page.merges:
        if place not in places or top <= page.rows[head.header][0]:
            continue
        value = next((cells[place] for number, cells in page.rows if number == top and place < len(cells)), "")
        for index, (number, cells) in enumerate(page.rows):
            if top < number <= bottom:
                wide = [*cells, *[""] * (place + 1 - len(cells))]
                wide[place] = wide[place] or value
                page.rows[index] = (number, tuple(wide))


if __name__ == "__main__":
    main()
