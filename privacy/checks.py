"""What an installation must not look like. Run by every command; the last one by `check --deploy`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from privacy import backups
from privacy.places import sealed_columns
from privacy.retention import LEAST_DAYS


@register(Tags.security)
def key_lies_apart(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The key file is in no folder that is copied away or handed out."""
    static = [Path(folder) for folder in settings.STATICFILES_DIRS]
    folders = [backups.folder(), Path(settings.MEDIA_ROOT), Path(settings.STATIC_ROOT), *static]
    inside = [folder for folder in folders if Path(settings.FIELD_KEY_FILE).is_relative_to(folder.resolve())]
    return [
        Error(
            f"密钥文件在 {folder} 里，会和备份或网页一起流出去。请换一个文件夹，并改 FIELD_KEY_FILE。",
            id="privacy.E001",
        )
        for folder in inside
    ]


@register(Tags.models)
def sealed_columns_say_where(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Rotation opens a text in its place only: a column that does not say it would be left behind."""
    return [
        Error(f"{column.label} is sealed, but the model has no {column.field}_place.", id="privacy.E002")
        for column in sealed_columns()
        if not column.says_where
    ]


@register(Tags.security)
def no_debug_over_a_school(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A page of DEBUG shows what was in the program's hands when it failed, opened texts too."""
    if not settings.DEBUG or settings.DEMO or settings.TESTING:
        return []
    return [Error("DEBUG=1 会把打开的文字写进报错页，不能和学校的数据一起用。请设 DEBUG=0。", id="privacy.E003")]


@register(Tags.security)
def trail_is_kept_long_enough(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """网络安全法 asks for six months at least."""
    if settings.TRAIL_DAYS >= LEAST_DAYS:
        return []
    return [
        Error(
            f"TRAIL_DAYS={settings.TRAIL_DAYS} 太短：留痕至少要保存 {LEAST_DAYS} 天。请改成 {LEAST_DAYS} 或更多。",
            id="privacy.E004",
        )
    ]


@register(Tags.security, deploy=True)
def no_demo_in_public(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Everybody knows the passwords of the demo."""
    if not settings.DEMO:
        return []
    return [Warning("DEMO=1 的账号密码是公开的。给学校用请设 DEMO=0。", id="privacy.W001")]
