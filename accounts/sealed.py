"""The secrets of second factors among all that is sealed: a change of keys takes them along (privacy/places.py)."""

import base64
from collections.abc import Sequence
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from accounts.second_factor import place_of
from privacy.keyring import Place
from privacy.places import SealedRows

KEYS = ("secret", "seed")  # of the code, and of the spare codes


class FactorSecrets(SealedRows):
    """Text in allauth's own table; each row has one secret."""

    model = Authenticator

    @property
    def name(self) -> str:
        return "两步验证"

    def rows(self) -> QuerySet[Any]:
        found: QuerySet[Any] = Authenticator.objects.select_related("user")
        return found

    def texts(self, row: Any) -> list[tuple[bytes, Place]]:
        return [(base64.b64decode(row.data[key]), place_of(row.user)) for key in KEYS if key in row.data]

    def put(self, row: Any, sealed: Sequence[bytes]) -> bool:
        held = [key for key in KEYS if key in row.data]
        data = row.data | {key: base64.b64encode(one).decode() for key, one in zip(held, sealed, strict=True)}
        return bool(Authenticator.objects.filter(pk=row.pk, data=row.data).update(data=data))
