"""The board of a class against the same page without a query, and how much the home pages ask."""

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from bench import views
from bench.data import CLASS_SIZE, Data, add_rule, open_today
from bench.measuring import Times, medians
from listening import actions as listening
from listening.models import CheckIn
from schools.calendar import PeriodKind
from schools.models import Membership
from schools.roles import Role
from students.models import Guardian, Mentor, Student
from tests.cast import NOW, TERM, TODAY

LISTENED = 30  # of the fifty


def measure_board(data: Data, *, rounds: int) -> Times:
    """Fifty students × four rules; thirty of them were listened to."""
    settings.ROOT_URLCONF = "bench.urls"
    for name, period in (
        ("每周一谈", PeriodKind.WEEK),
        ("每月一谈", PeriodKind.MONTH),
        ("每学期一谈", PeriodKind.TERM),
    ):
        add_rule(data.school, name, period)
    open_today(data, since=TERM[0])
    teacher, room = data.head_teacher(0), data.school_class(0)
    for student in data.classmates(0)[:LISTENED]:
        listening.log_conversation(by=teacher, students=[student], day=TODAY, at=NOW)
    cells = CheckIn.objects.filter(
        school=data.school, school_class=room, period__start__lte=TODAY, period__end__gte=TODAY
    )
    if cells.count() != CLASS_SIZE * 4:
        raise AssertionError(f"{cells.count()} cells")
    client = Client()
    client.force_login(teacher)
    board, bare = reverse("listening:board", args=[room.uid]), f"/bench/board/{room.uid}/"
    with views.keeping():
        shown = _main_part(client.get(board))
    if _main_part(client.get(bare)) != shown:
        raise AssertionError("the bare page prints something else")
    return medians({"bare": lambda _: client.get(bare), "board": lambda _: client.get(board)}, rounds=rounds, warm_up=3)


def _main_part(answer: HttpResponse) -> bytes:
    """The page without its frame: the menu marks another address."""
    return answer.content.partition(b"<main")[2].partition(b"</main>")[0]


def count_home(data: Data) -> dict[str, int]:
    """The queries of 今日 for each role, looked at for the second time."""
    settings.ROOT_URLCONF = "bench.urls"
    return {str(role.label): _queries(person) for role, person in _people(data).items()}


def _queries(person: User) -> int:
    client = Client()
    client.force_login(person)
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/")
    if answer.status_code != 200:
        raise AssertionError(answer.status_code)
    return len(queries)


def _people(data: Data) -> dict[Role, User]:
    """One person a role; the head teacher has listened to some and is one of three hundred."""
    school, room = data.school, data.school_class(0)
    found = {Role.HEAD_TEACHER: data.head_teacher(0)}
    scopes: dict[Role, dict[str, object]] = {
        Role.COUNSELOR: {"school": school, "is_lead": True},
        Role.SUBJECT_TEACHER: {"school": school, "school_class": room},
        Role.MENTOR: {"school": school},
        Role.GRADE_HEAD: {"school": school, "grade": room.grade},
        Role.LEADER: {"school": school},
        Role.REGISTRAR: {"school": school},
        Role.GUARDIAN: {"school": school},
        Role.STUDENT: {"school": school},
        Role.PEER: {"school": school, "school_class": room},
        Role.BUREAU: {"authority": data.authority},
        Role.ADMINISTRATOR: {},
    }
    for role, scope in scopes.items():
        person = User.objects.create(username=f"home-{role}", name=str(role.label))
        Membership.objects.create(user=person, role=role, valid_from=TERM[0], **scope)
        found[role] = person
    first, second, third = data.classmates(0)[-3:]
    Student.objects.filter(pk=first.pk).update(user=found[Role.STUDENT])
    Guardian.objects.create(school=school, student=second, user=found[Role.GUARDIAN], name="家长", valid_from=TERM[0])
    Mentor.objects.create(school=school, student=third, teacher=found[Role.MENTOR], valid_from=TERM[0])
    return found
