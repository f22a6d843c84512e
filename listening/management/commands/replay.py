"""`manage.py replay FILE.json`: what a described school owes on an evening, as JSON and nothing else."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from listening.replay import replay


class Command(BaseCommand):
    """The school's own database is not opened: there is nothing to check or to migrate in it."""

    help = "在一个临时的数据库里按文件重演一所学校，输出每一条应谈（JSON）。不改动本校数据。"
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="描述学校的 JSON 文件")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            described = json.loads(options["file"].read_text(encoding="utf-8"))
        except (OSError, ValueError) as reason:
            raise CommandError(f"读不了这个文件：{options['file']}。请确认路径，内容要是 UTF-8 的 JSON。") from reason
        self.stdout.write(json.dumps(replay(described), ensure_ascii=False, indent=1))
