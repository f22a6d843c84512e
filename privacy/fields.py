"""A column that holds sealed text and nothing else."""

from typing import Any

from django.db import models


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Bytes made by `Keyring.seal`. Clear text is refused on the way in and never comes out of the column."""

    description = "sealed text"

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, str):
            raise TypeError("a confidential field takes sealed bytes, never text")
        return super().get_prep_value(value)
