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
    path("conversations/<uuid:conversation>/", views.conversation, name="conversation"),
    path("classes/", views.classes, name="classes"),
    path("classes/<uuid:school_class>/", views.board, name="board"),
    path("checkins/<uuid:subject>/<uuid:rule>/<day:start>/", views.check_in, name="check-in"),
    path("missed/", views.missed, name="missed"),
    path("rules/", views.rules, name="rules"),
]
