"""One table for the lists of the house: declared once; sorted, paged, narrowed by its address, taken away as a file.

A list is a `Table`: columns, the order it stands in, and `dress`, which makes the rows of one page from what the
database gave, with as many queries for fifty as for one. What a person may not see of it (`seen_under`) is not shown,
not sorted by and not in the file. Filters stand in the address: never one for a tier, a label or a text.

    CASES = Table[Referral, Case](
        title="转介",
        columns=(
            Column("name", "姓名", lambda row: row.student.name, order=("student__pinyin",), look=Look.NAME,
                   url=lambda row: row.url),
            Column("stage", "到哪一步", lambda row: row.stage, order=("stage",), template="referrals/_stage.html"),
            Column("owner", "负责人", lambda row: row.owner, order=("owner__name",), label_on_phone=True),
            Column("harm", "疑似侵害", lambda row: row.harm, seen_under=Permission.REFERRAL_DECIDE, exported=False),
            Column("do", "", lambda row: "记下一步", look=Look.ACT, url=lambda row: row.next_url, exported=False),
        ),
        dress=cases_of,  # (found, person, at) -> list[Case]
        order=(F("due_at").asc(nulls_last=True), "pk"),
        empty=Empty("这里还没有转介", "受理以后会列在这里。"),
        take=Take(Permission.REFERRAL_EXPORT, verb="referral.export", narrow="先选一个阶段，分几次导出。"),
    )

    def pipeline(request):  # the page: {% include "components/table.html" with shown=shown only %}
        look = CaseFilters(request.GET)
        rows = look.narrow(Referral.objects.visible_to(request.user, at=request.at))
        shown = CASES.page(request, rows, look=look, export_url=reverse("referrals:export"))
        return render(request, "referrals/pipeline.html", {"shown": shown})

    def export(request):  # the reason is asked for on GET, the file follows on POST
        rows = CaseFilters(request.GET).narrow(Referral.objects.visible_to(...))
        return take_away(request, CASES, [(school, rows)], look=look, back_url=reverse("referrals:pipeline"))
"""

from schools.tables.columns import Column, Empty, Head, Look, Table, Take
from schools.tables.exports import MOST_ROWS, REASONS, most_rows, take_away
from schools.tables.filters import Filters
from schools.tables.pages import Shown

__all__ = [
    "MOST_ROWS", "REASONS", "Column", "Empty", "Filters", "Head", "Look", "Shown", "Table", "Take", "most_rows",
    "take_away",
]  # fmt: skip
