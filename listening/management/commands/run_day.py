"""`manage.py run_day [D] [--wait]`: queue the jobs of a day for the worker, as beat would."""

import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from kombu.exceptions import OperationalError

from listening.tasks import queue_day
from privacy.models import JobRun
from schools.models import School

LONGEST_WAIT = 600  # seconds


class Command(BaseCommand):
    """Queues; the worker does the work."""

    help = "排入某一天的夜间任务（默认今天），由后台进程执行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("day", nargs="?", type=_day, help="日期，如 2026-11-30；不写就是今天")
        parser.add_argument("--wait", action="store_true", help="等到全部做完")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        day = options["day"] or timezone.localdate(now)
        try:
            runs = queue_day(day, at=now)
        except OperationalError as reason:
            raise CommandError("连不上任务队列。请先启动 make run，或检查 REDIS_URL。") from reason
        self.stdout.write(f"{day} 的任务已排队，共 {School.objects.count()} 所学校。")
        if options["wait"]:
            self._wait(runs)

    def _wait(self, runs: list[int]) -> None:
        until = time.monotonic() + LONGEST_WAIT
        while JobRun.objects.filter(pk__in=runs, finished_at=None).exists():
            if time.monotonic() > until:
                raise CommandError("等了 10 分钟还没有做完。请看看后台进程是否在运行。")
            time.sleep(0.2)
        self.stdout.write("都做完了。")


def _day(text: str) -> date:
    return date.fromisoformat(text)
