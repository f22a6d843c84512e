"""`manage.py keys init | verify | rotate`: the key file, made, tried, replaced."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from privacy import rotation
from privacy.keyring import KeyFileError


class Command(BaseCommand):
    """Ends with 1 and one sentence when something is not as it should be. Never prints a key or a text."""

    help = "加密记录的密钥：init 新建，verify 检查，rotate 换一把新的。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="init | verify | rotate")
        init = verbs.add_parser("init", help="新建密钥文件；已经有了就不动它")
        init.add_argument("--old-key-is-lost", action="store_true", help="旧密钥找不回来了：以前的文字不再打得开")
        verbs.add_parser("verify", help="检查密钥和每一段文字，只报数目")
        rotate = verbs.add_parser("rotate", help="换一把新钥匙；中断了再执行一次会接着做")
        rotate.add_argument("--retire", action="store_true", help="不换新的，只把已经不用的旧钥匙从文件里去掉")

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.FIELD_KEY_FILE
        try:
            match options["verb"]:
                case "init":
                    self._init(old_is_lost=options["old_key_is_lost"])
                case "verify":
                    self._verify()
                case _ if options["retire"]:
                    gone = rotation.retire(path, at=timezone.now(), say=self._say)
                    self._say(
                        f"旧钥匙 {'、'.join(gone)} 已从 {path} 去掉。以前的数据库备份还要用它，旧的密钥备份请留着。"
                    )
                case _:
                    moved = rotation.rotate(path, at=timezone.now(), say=self._say)
                    self._say(f"换好了，共 {moved} 段。旧钥匙还在文件里；半小时后执行 keys rotate --retire 把它去掉。")
        except KeyFileError as reason:
            raise CommandError(str(reason)) from reason
        except OSError as reason:
            raise CommandError(f"写不了密钥文件 {path}（{reason.strerror}）。请检查文件夹的权限和空间。") from reason

    def _init(self, *, old_is_lost: bool) -> None:
        key_id = rotation.init(settings.FIELD_KEY_FILE, old_is_lost=old_is_lost, at=timezone.now())
        self._say(f"密钥文件已新建：{settings.FIELD_KEY_FILE}（钥匙 {key_id}）。现在就备份一份，和数据库的备份分开放。")

    def _verify(self) -> None:
        found = rotation.verify(settings.FIELD_KEY_FILE, at=timezone.now())
        self._say(f"密钥文件 {settings.FIELD_KEY_FILE} 是这个数据库的那一份，只有本用户能读。")
        for key_id in sorted(found.texts):
            self._say(f"钥匙 {key_id}：{found.texts[key_id]} 段，打不开 {found.closed[key_id]} 段")
        if closed := found.closed.total():
            raise CommandError(f"{closed} 段文字打不开，都原样保存着。请从备份里找回原来的密钥，或恢复出错前的数据库。")
        self._say(f"共 {found.texts.total()} 段，都打得开。")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
