"""Logging one talk: through the form and by the action alone, against an empty POST by the same person."""

from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.test import Client
from django.urls import reverse

from bench.data import Data
from bench.measuring import Times, medians
from listening import actions as listening
from listening.models import CheckIn, Conversation
from listening.quotas import Status
from tests.cast import NOW, TODAY

WARM_UP = 4
AS_BROWSERS_DO = "application/x-www-form-urlencoded"


def measure(data: Data, *, rounds: int) -> Times:
    """Every round another student; the form and the action each have a class of their own."""
    settings.ROOT_URLCONF = "bench.urls"
    client = Client()
    client.force_login(data.head_teacher(0))
    by_form, by_action = data.classmates(0), data.classmates(1)
    colleague = data.head_teacher(1)

    def empty(_: int) -> None:
        _expect(client.post("/bench/empty/").status_code, 204)

    def form(which: int) -> None:
        student = by_form[which]
        sent = {
            "students": str(student.uid),
            "minutes": "15",
            "outcome": "made",
            "channel": "face",
            "note": "聊了聊最近的事，睡得还好。",
            "day": TODAY.isoformat(),
            "clock": "12:30",
            "place": "操场",
            "request_key": str(uuid4()),
        }
        answer = client.post(reverse("listening:new"), urlencode(sent), content_type=AS_BROWSERS_DO)
        _expect(answer.status_code, 302)

    def action(which: int) -> None:
        student = by_action[which]
        listening.log_conversation(
            by=colleague, students=[student], day=TODAY, at=NOW, note="聊了聊。", request_key=uuid4()
        )

    found = medians({"empty": empty, "form": form, "action": action}, rounds=rounds, warm_up=WARM_UP)
    logged = 2 * (rounds + WARM_UP)
    _expect(Conversation.objects.filter(day=TODAY).count(), logged)
    fortnight = CheckIn.objects.filter(status=Status.MET, rule__tiers=None)
    _expect(fortnight.count(), logged)
    return found


def _expect(found: int, expected: int) -> None:
    if found != expected:
        raise AssertionError(f"{found} instead of {expected}")
