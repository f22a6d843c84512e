"""Rows that are added and never changed."""

from typing import Any

from django.db import models

from privacy.models import Immutable


class AddedOnlyQuerySet(models.QuerySet[Any]):
    """Reading only."""

    def update(self, **kwargs: Any) -> int:
        raise Immutable

    def delete(self) -> tuple[int, dict[str, int]]:
        raise Immutable


class AddedOnly(models.Model):
    """What happened, happened."""

    objects = AddedOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise Immutable
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise Immutable
