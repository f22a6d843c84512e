"""`manage.py seed_demo [--today D] [--if-empty]`: the demo county, the same every time for the same day."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from demo import county
from demo.cast import PASSWORD
from demo.checks import is_demo_database
from schools.models import School


class Command(BaseCommand):
    """Fills an empty database, and only where DEMO=1."""

    help = "生成演示县：三所学校、账号和两个学期的倾听记录。只在 DEMO=1 且数据库还空着的时候能用。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--today", type=_day, help="按哪一天生成，如 2026-11-30；不写就是今天")
        parser.add_argument("--if-empty", action="store_true", help="演示数据已经在了就什么也不做")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or settings.TESTING):
            raise CommandError("演示数据只能在演示环境里生成。请用 DEMO=1 启动，它有自己的数据库。")
        if is_demo_database():
            if options["if_empty"]:
                return
            raise CommandError("演示数据已经在了。要重新生成，请先停止运行并删掉 var/demo 里的数据库。")
        if School.objects.exists() or User.objects.exists():
            raise CommandError("这个数据库里已经有学校的数据，演示数据不会写进来。请换一个空的数据库。")
        today = options["today"] or timezone.localdate()
        self.stdout.write(f"正在生成演示县（{today}），大约半分钟……")
        county.seed(today, say=self._say)
        self.stdout.write(f"演示县已生成。所有演示账号的密码都是 {PASSWORD}。")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _day(text: str) -> date:
    return date.fromisoformat(text)
