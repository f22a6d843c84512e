"""`manage.py create_school NAME`: a school with its registrar, whose first password it prints."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from listening import actions as listening
from schools import actions as schools
from schools.models import School
from students import actions as students


class Command(BaseCommand):
    """Founds a school with the presets of the 倾听一刻钟 plan."""

    help = "新建一所学校和它的校务管理员，并显示管理员的首次登录密码。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="校名")
        parser.add_argument("--stage", choices=School.Stage.values, default=School.Stage.JUNIOR, help="学段")
        parser.add_argument("--username", default="", help="管理员的用户名；不写就自动取一个")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                school, registrar, password = schools.create_school(
                    name=options["name"], stage=options["stage"], username=options["username"], at=timezone.now()
                )
                students.adopt_scheme(school)
                listening.adopt_presets(school)
        except schools.NameTaken as reason:
            raise CommandError(f"“{options['name']}”已经有了。换一个校名，或直接用原来的管理员登录。") from reason
        self.stdout.write(f"学校：{school.name}")
        self.stdout.write(f"管理员用户名：{registrar.username}")
        self.stdout.write(f"首次密码：{password}")
        self.stdout.write("登录后请先改密码，再填学期、导入名册。")
