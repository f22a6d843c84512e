from datetime import date

from django.urls import path, register_converter

from listening import views

app_name = "listening"


class DayConverter:
    """2026-11-16 in an address; anything else is a page that does not exist."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns = [
    path("", views.my_list, name="list"),
    path("new/", views.new, name="new"),
    path("glass/<uuid:glass>/", views.glass, name="glass"),
    path("glass/<uuid:glass>/<uuid:conversation>/", views.glass_note, name="glass-note"),
    path("conversations/<uuid:conversation>/", views.conversation, name="conversation"),
    path("conversations/<uuid:conversation>/note/", views.note, name="note"),
    path("conversations/<uuid:conversation>/add/", views.note_add, name="note-add"),
    path("conversations/<uuid:conversation>/editions/", views.note_editions, name="note-editions"),
    path("conversations/<uuid:conversation>/edit/", views.edit, name="conversation-edit"),
    path("conversations/<uuid:conversation>/delete/", views.delete, name="conversation-delete"),
    path("conversations/<uuid:conversation>/allow-late/", views.allow_late, name="conversation-allow-late"),
    path("classes/", views.classes, name="classes"),
    path("classes/<uuid:school_class>/", views.board, name="board"),
    path("classes/<uuid:school_class>/sheet/", views.sheet, name="sheet"),
    path("classes/<uuid:school_class>/peers/", views.peers, name="peers"),
    path("classes/<uuid:school_class>/peers/<uuid:activity>/", views.peer_activity, name="peer-activity"),
    path("classes/<uuid:school_class>/report/", views.class_report, name="class-report"),
    path("classes/<uuid:school_class>/report.xlsx", views.class_report_file, name="class-report-file"),
    path("classes/<uuid:school_class>/blank/", views.blank_sheet, name="class-blank"),
    path("checkins/<uuid:subject>/<uuid:rule>/<day:start>/", views.check_in, name="check-in"),
    path("checkins/<uuid:subject>/<uuid:rule>/<day:start>/excuse/", views.excuse, name="check-in-excuse"),
    path(
        "checkins/<uuid:subject>/<uuid:rule>/<day:start>/excuse/allow/",
        views.excuse_allow,
        name="check-in-excuse-allow",
    ),
    path("checkins/<uuid:subject>/<uuid:rule>/<day:start>/make-up/", views.make_up, name="check-in-make-up"),
    path("missed/", views.missed, name="missed"),
    path("missed/export/", views.missed_export, name="missed-export"),
    path("excuses/", views.excuses, name="excuses"),
    path("rules/", views.rules, name="rules"),
    path("rules/new/", views.rule_new, name="rule-new"),
    path("rules/<uuid:uid>/edit/", views.rule_edit, name="rule-edit"),
    path("rules/<uuid:uid>/end/", views.rule_end, name="rule-end"),
]
