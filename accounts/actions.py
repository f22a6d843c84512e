"""What a person does with the own account."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from privacy import actions as privacy


@transaction.atomic
def password_changed(*, user: User, at: datetime) -> None:
    """The person has chosen the password: the first one is over."""
    User.objects.filter(pk=user.pk).update(must_change_password=False)
    user.must_change_password = False
    privacy.record(by_id=user.pk, verb="account.password", at=at, kind="account", uid=user.uid)


def choose_theme(*, user: User, theme: str) -> None:
    """How pages look to this person: with the device, light or dark."""
    User.objects.filter(pk=user.pk).update(theme=theme)
