"""What is asked when a note is changed or added to."""

import uuid
from typing import Any

from django import forms

from listening.forms.fields import note_field


class NoteForm(forms.Form):
    """The note as it shall stand; empty takes the words away (the edition before is kept)."""

    note = note_field(label="记几句", required=False, rows=8)
    edition = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class AddendumForm(forms.Form):
    """What is added."""

    note = note_field(label="补充几句", required=True, rows=5)
    request_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"request_key": uuid.uuid4(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
