"""Every place that holds a sealed text, taken from the models, so that no place can be forgotten.

A sealed column `words` is an EncryptedTextField, and its model says where one row's text lives by a property
`words_place`. Rotation, `keys verify` and the start look here; a system check refuses a column without its property.
What a library stores in a table of its own is added by the app that seals it, in its AppConfig: `also_sealed(…)`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import F, QuerySet
from django.db.models.functions import Substr

from privacy.fields import EncryptedTextField
from privacy.keyring import Keyring, Place, header_of

SAMPLE = 20  # rows of one kind that are tried at the first start over an older database


class SealedRows(ABC):
    """Rows of one model that hold sealed texts."""

    model: type[models.Model]

    @property
    def name(self) -> str:
        """What one is called, in Chinese."""
        return str(self.model._meta.verbose_name)

    @abstractmethod
    def rows(self) -> QuerySet[Any]:
        """All rows with a text, also those that no page shows, with what their place reads."""

    @abstractmethod
    def texts(self, row: Any) -> list[tuple[bytes, Place]]:
        """What is sealed in one row, and where."""

    @abstractmethod
    def put(self, row: Any, sealed: Sequence[bytes]) -> bool:
        """Put these in the place of those that were read; False where somebody has written in between."""

    def not_under(self, key_id: str) -> QuerySet[Any]:
        """Rows that may hold texts of other keys."""
        return self.rows()


@dataclass(frozen=True, slots=True)
class SealedColumn(SealedRows):
    """One column of one model."""

    model: type[models.Model]
    field: str

    @property
    def label(self) -> str:
        return f"{self.model._meta.label}.{self.field}"

    @property
    def says_where(self) -> bool:
        return hasattr(self.model, f"{self.field}_place")

    def rows(self) -> QuerySet[Any]:
        # By the base manager, which hides no row; select_related follows what must be there: the school, the owner.
        rows: QuerySet[Any] = self.model._base_manager.filter(**{f"{self.field}__isnull": False})
        return rows.select_related()

    def not_under(self, key_id: str) -> QuerySet[Any]:
        header = header_of(key_id)
        start = Substr(F(self.field), 1, len(header), output_field=models.BinaryField())
        rows: QuerySet[Any] = self.rows().annotate(_start=start).exclude(_start=header)
        return rows

    def texts(self, row: Any) -> list[tuple[bytes, Place]]:
        return [(bytes(getattr(row, self.field)), getattr(row, f"{self.field}_place"))]

    def put(self, row: Any, sealed: Sequence[bytes]) -> bool:
        still = self.model._base_manager.filter(pk=row.pk, **{self.field: bytes(getattr(row, self.field))})
        return bool(still.update(**{self.field: sealed[0]}))


_also: dict[str, SealedRows] = {}


def also_sealed(rows: SealedRows) -> None:
    """Make rows known that hold sealed texts in a column of another kind."""
    _also[rows.model._meta.label] = rows


def sealed_columns() -> list[SealedColumn]:
    """The sealed columns of all models, in the order of the apps."""
    return [
        SealedColumn(model, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields
        if isinstance(field, EncryptedTextField) and not model._meta.proxy
    ]


def everything_sealed() -> list[SealedRows]:
    """All that is sealed in this database."""
    return [*sealed_columns(), *_also.values()]


def sample(ring: Keyring) -> Iterator[bool]:
    """Whether they open, of the newest texts of each kind."""
    for kind in everything_sealed():
        for row in kind.rows().order_by("-pk")[:SAMPLE]:
            yield from (ring.can_unseal(sealed, place) for sealed, place in kind.texts(row))
