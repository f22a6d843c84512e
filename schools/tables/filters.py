"""What of a list is asked for. A form that is sent by GET, so that it stands in the address."""

from typing import Any

from django import forms
from django.http import QueryDict


class Filters(forms.Form):
    """Each list has its own. What was not understood is as if it had not been said; nothing is refused."""

    def __init__(self, data: QueryDict, **more: Any) -> None:
        super().__init__(data, auto_id="look-%s", **more)
        self.use_required_attribute = False

    def chosen(self, name: str) -> Any:
        """What was said in this field; None where it was nothing, or not understood."""
        self.is_valid()
        return self.cleaned_data.get(name) or None

    @property
    def said(self) -> dict[str, str]:
        """What the address keeps."""
        return {name: self.data[name] for name in self.fields if self.chosen(name)}
