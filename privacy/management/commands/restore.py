"""`manage.py restore FILE FOLDER`: bring a nightly copy back into an empty folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from privacy import backups


class Command(BaseCommand):
    """Restores; the running database is not touched."""

    help = "把一份夜间备份恢复到一个空文件夹。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="备份文件，在 var/…/backups/ 里")
        parser.add_argument("folder", type=Path, help="空文件夹；以后用 STATE_DIR 指向它启动")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            database = backups.restore(options["file"], options["folder"])
        except backups.CannotRestore as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write(f"已恢复到 {database}。启动时设 STATE_DIR={options['folder']}，密钥文件用原来的那一份。")
