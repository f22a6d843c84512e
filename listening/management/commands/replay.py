"""`manage.py replay FILE.json`: what a described school owes on an evening, as JSON and nothing else."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from listening.replay import replay
from listening.replay.checking import first_fault


class Command(BaseCommand):
    """The school's own database is not opened: there is nothing to check or to migrate in it."""

    help = "在一个临时的数据库里按文件重演一所学校，输出每一条应谈（JSON）。不改动本校数据。"
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="描述学校的 JSON 文件")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            described = json.loads(options["file"].read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError) as reason:
            raise CommandError(f"读不了这个文件：{options['file']}。请确认路径，内容要是 UTF-8 的 JSON。") from reason
        try:
            answer = replay(described)
        except Exception as reason:  # what can be played is played; only what cannot is asked for its fault
            if (fault := first_fault(described)) is None:
                raise
            raise CommandError(f"这个文件里的学校读不通。{fault}格式见 docs/guide/replay.md。") from reason
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
