"""运行状态: when each of the house's own jobs last ran, how long it took, what is late. Times and counts alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Request
from privacy.models import Heartbeat, JobRun
from reports.health import LATE
from schools.models import School
from schools.permissions import Permission, allow, memberships_of, schools_of
from schools.roles import Role

GRACE = timedelta(minutes=30)  # how long after its time a job may still be on its way
MOST_NAMED = 20  # schools that are named as late; of more the number is said


@dataclass(frozen=True, slots=True)
class Job:
    """One of the house's jobs: its key in JobRun, the beat entry that queues it, its name, what its rows are."""

    key: str
    entry: str
    name: str
    rows: str


OF_SCHOOLS = (
    Job("school-day", "night", "每天的开出和结束", "处理 {} 行"),
    Job("morning", "morning", "早上的提醒", "新发 {} 条"),
    Job("consistency", "night", "核对", "不一致 {} 条"),
)
BACKUP = Job("backup", "backup", "备份", "")
TRAIL = Job("trail", "trail", "留痕清理", "")


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job of one school, or of all schools together."""

    name: str
    last: str  # 11月18日 00:10, or 还没有跑过
    took: str
    rows: str
    state: str  # met, late, due
    word: str
    late_schools: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence with a tick or a circle."""

    text: str
    done: bool
    url: str = ""
    action: str = ""


@require_safe
@allow(Permission.STATUS_VIEW)
def status(request: Request) -> HttpResponse:
    """The administrator sees every school's jobs as one line a job, a registrar those of the own school."""
    at = request.at
    is_administrator = any(held.role == Role.ADMINISTRATOR for held in memberships_of(request.user, at=at))
    groups: list[tuple[str, list[JobRow]]] = []
    if is_administrator:
        groups.append(("全部学校", _rows(list(School.objects.order_by("name")), at=at)))
    groups += [
        (school.name, _rows([school], at=at)) for school in schools_of(request.user, Permission.STATUS_VIEW, at=at)
    ]
    return render(request, "reports/status.html", {"groups": groups, "lines": [_clock(at), _backup(at), _trail(at)]})


def _rows(schools: Sequence[School], *, at: datetime) -> list[JobRow]:
    return [_row(job, schools, at=at) for job in OF_SCHOOLS]


def _row(job: Job, schools: Sequence[School], *, at: datetime) -> JobRow:
    """The latest run that was done, of these schools; late is who has none since the clock last asked for it."""
    of_these = JobRun.objects.filter(job=job.key, school_id__in=[school.pk for school in schools])
    done = of_these.exclude(finished_at=None)
    newest = done.order_by("-queued_at", "-pk").first()
    asked_since = dict(done.order_by().values_list("school_id").annotate(Max("queued_at")))
    late = [one.name for one in schools if one.pk in asked_since and is_late(job.entry, asked_since[one.pk], at=at)]
    never = [one.name for one in schools if one.pk not in asked_since]
    waiting = of_these.filter(finished_at=None, queued_at__gt=at - timedelta(days=2)).exists()
    if newest is None:
        return JobRow(job.name, "还没有跑过", "", "", "due", "排队中" if waiting else "等第一次")
    state, word = ("late", "晚了") if late else ("due", "排队中") if waiting or never else ("met", "正常")
    same_day = done.filter(day=newest.day).values_list("rows", flat=True)
    rows = sum(same_day) if len(schools) > 1 else newest.rows
    named = len(schools) > 1
    return JobRow(
        job.name,
        moment(newest.finished_at),
        took(newest),
        job.rows.format(f"{rows:,}"),
        state,
        word,
        late_schools=_names(late) if named and late else "",
    )


def _names(schools: list[str]) -> str:
    return "、".join(schools) if len(schools) <= MOST_NAMED else f"{len(schools)} 所学校"


def is_late(entry: str, last: datetime, *, at: datetime) -> bool:
    """Whether the beat schedule has asked for this job after its last run, longer ago than the grace."""
    return next_due(entry, last) + GRACE < at


def next_due(entry: str, last: datetime) -> datetime:
    """When the beat schedule asks for it the first time after this moment. A daily job has one time of the day."""
    schedule: Any = current_app.conf.beat_schedule[entry]["schedule"]
    local = timezone.localtime(last)
    hour, minute = min(schedule.hour), min(schedule.minute)
    due = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return due if due > local else due + timedelta(days=1)


def _clock(at: datetime) -> Line:
    last = Heartbeat.objects.filter(name="sweep").values_list("at", flat=True).first()
    if last is None:
        return Line("后台还没有报过平安，看看 make run 或后台服务有没有启动", done=False)
    alive = at - last <= LATE
    words = f"后台最近一次报平安：{moment(last)}"
    return Line(words if alive else f"{words}，已经停了，看看后台服务", done=alive)


def _backup(at: datetime) -> Line:
    last = JobRun.objects.filter(job=BACKUP.key).exclude(finished_at=None).order_by("-queued_at", "-pk").first()
    if last is None:
        return Line("还没有备份过，每天 02:00 自动备份", done=False)
    words = f"最近一次备份：{moment(last.finished_at)}"
    if not last.rows:
        words = f"数据库由它自己的工具备份，这里最近一次检查是 {moment(last.finished_at)}"
    late = is_late(BACKUP.entry, last.queued_at, at=at)
    return Line(f"{words}，晚了，看看后台服务" if late else words, done=not late)


def _trail(at: datetime) -> Line:
    kept = f"留痕保存 {settings.TRAIL_DAYS} 天，到期的每天 02:40 清理"
    last = JobRun.objects.filter(job=TRAIL.key).exclude(finished_at=None).order_by("-queued_at", "-pk").first()
    if last is None:
        return Line(kept, done=True)
    late = is_late(TRAIL.entry, last.queued_at, at=at)
    words = f"{kept}，最近一次 {moment(last.finished_at)}，{last.rows} 行"
    return Line(f"{words}，晚了，看看后台服务" if late else words, done=not late)


def moment(at: datetime | None) -> str:
    """11月18日 00:10."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def took(run: JobRun) -> str:
    """用时 2.3 秒: from the beginning, without the waiting."""
    if run.started_at is None or run.finished_at is None:
        return ""
    return f"用时 {(run.finished_at - run.started_at).total_seconds():.1f} 秒"
