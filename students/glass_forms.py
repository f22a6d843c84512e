"""The forms of 紧急查看: why, and what its review says. Who and when are known."""

from django import forms

SHORTEST = 6  # characters: a reason, not a dot


class GlassForm(forms.Form):
    """Why it cannot wait."""

    reason = forms.CharField(
        label="为什么现在要看",
        min_length=SHORTEST,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        error_messages={
            "required": "写一句原因，才能打开。",
            "min_length": "再写具体一点，至少 6 个字。",
            "max_length": "最多 500 字。",
        },
    )


class GlassReviewForm(forms.Form):
    """已复核."""

    words = forms.CharField(
        label="复核的话",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        error_messages={"required": "写一句：看得合适，或者要怎么改进。", "max_length": "最多 500 字。"},
    )
