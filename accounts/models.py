"""Who you are: a name to sign in with, a name to be called by. What you may do stands in memberships, not here."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    """Accounts are made by a school, never by signing up."""

    def create_user(self, username: str, *, name: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=username, name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """One person with one account."""

    class Theme(models.TextChoices):
        SYSTEM = "", "跟随系统"
        LIGHT = "light", "浅色"
        DARK = "dark", "深色"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    username = models.CharField(
        "用户名",
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[\w.@-]+$", "用户名只用字母、数字和 . @ - _ 。")],
        error_messages={"unique": "这个用户名已经有人用了，换一个。"},
    )
    name = models.CharField("姓名", max_length=40)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("下次登录要改密码", default=False)
    theme = models.CharField("外观", max_length=5, choices=Theme, blank=True, default=Theme.SYSTEM)
    joined_at = models.DateTimeField("建立时间", default=timezone.now)
    factor_reset_at = models.DateTimeField(
        "两步验证重设时间", null=True, blank=True
    )  # the person is told at the next sign-in

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = "账号"

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name
