"""What a person may set for the own account."""

from django import forms

from accounts.models import User


class ThemeForm(forms.Form):
    """How pages look."""

    theme = forms.ChoiceField(label="外观", choices=User.Theme.choices, required=False, widget=forms.RadioSelect)
