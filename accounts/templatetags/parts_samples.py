"""Sample words for the page which shows all parts together (``components/parts.html``, served under DEBUG only)."""

from __future__ import annotations

from typing import Final

from django import forms, template

register = template.Library()

LISTS: Final[dict[str, list[tuple[object, ...]]]] = {
    "crumbs": [("关注与转介", "#"), ("2025-017", "")],
    "actions": [
        ("上一双周", "#", "chevron-left", False),
        ("打印", "#", "printer", False),
        ("记一次", "#", "plus", True),
    ],
    "filters": [("全部 46", "#", True), ("待谈 13", "#", False), ("已谈 31", "#", False), ("补录 1", "#", False)],
    "others": [
        ("谈心谈话", "每月", 5, 7, "11月28日前"),
        ("家长沟通", "每月", 4, 7, "11月28日前"),
        ("同伴倾听", "双周", 36, 45, "心理委员记录"),
    ],
    "mentors": [("刘敏", 5, 11, 16), ("孙莉", 4, 11, 15), ("王海涛", 4, 10, 14)],
    "track": [
        ("上报", "11月17日", "done"),
        ("受理", "17:35", "done"),
        ("初评", "橙 · 优先", "done"),
        ("研判会议", "明天 16:30", "now"),
        ("多方会谈", "", ""),
        ("转介", "如需要", "opt"),
        ("结案", "", ""),
    ],
}


class SampleForm(forms.Form):
    """One field of each kind, with a fault on one of them."""

    who = forms.MultipleChoiceField(
        label="和谁", choices=[("1", "林知夏"), ("2", "马依依")], initial=["1"], widget=forms.CheckboxSelectMultiple
    )
    minutes = forms.ChoiceField(
        label="聊了多久", choices=[(n, n) for n in ("10", "15", "20", "30")], initial="15", widget=forms.RadioSelect
    )
    result = forms.ChoiceField(
        label="结果", choices=[("met", "聊成了"), ("not", "没聊成")], initial="met", widget=forms.RadioSelect
    )
    topics = forms.MultipleChoiceField(
        label="聊了什么",
        help_text="可多选，可不选",
        required=False,
        choices=[(word, word) for word in ("学业", "同伴", "家里", "情绪", "睡眠", "身体", "兴趣", "将来")],
        initial=["同伴", "情绪"],
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(label="记几句", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    day = forms.DateField(label="日期", widget=forms.DateInput(attrs={"type": "date"}))
    grade = forms.ChoiceField(label="年级", choices=[("7", "七年级"), ("8", "八年级")])
    roster = forms.FileField(label="名册", help_text="xls、xlsx 或 csv", required=False)
    care = forms.BooleanField(label="需要心理教师关注", help_text="保存后请顾老师今天内看一看", required=False)


@register.simple_tag
def sample(name: str) -> list[tuple[object, ...]]:
    """One of the sample lists."""
    return LISTS[name]


@register.simple_tag
def sample_steps() -> list[str]:
    """The four steps of an import."""
    return ["选文件", "认列", "核对", "完成"]


@register.simple_tag
def sample_form(faulty: bool = False) -> SampleForm:
    """The sample form, fresh or sent with two faults."""
    if not faulty:
        return SampleForm()
    sent = {"who": "1", "minutes": "15", "result": "met", "day": "", "grade": "9"}
    return SampleForm(sent, auto_id="faulty_%s")
