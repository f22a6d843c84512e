"""The forms of the roster's import."""

from typing import Any

from django import forms

from schools.models.classes import GRADE_NAMES
from students.roster_import import Field, Table
from students.roster_import.table import LARGEST_FILE

ROW_FIELDS = (
    Field.NAME,
    Field.CLASS,
    Field.GRADE,
    Field.SCHOOL_NUMBER,
    Field.NATIONAL_NUMBER,
    Field.GENDER,
    Field.GUARDIAN_NAME,
    Field.GUARDIAN_RELATION,
    Field.GUARDIAN_PHONE,
)


class UploadForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label="名册文件",
        help_text="xlsx、xls 或 csv，最大 10 MB。只读姓名、班级、学号这些需要的列，其余的不看也不留。",
        error_messages={"required": "选一个文件。", "empty": "这个文件是空的，请换一个。"},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError("文件超过 10 MB。请只留名册这一张表，再传一次。")
        return file


class ColumnsForm(forms.Form):
    """Which column is what, and what the file does not say itself."""

    grade = forms.TypedChoiceField(
        label="年级",
        help_text="文件里没有写年级时，用这里选的",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "文件里写了")] + [(n, name) for n, name in enumerate(GRADE_NAMES, 1)],
    )
    class_number = forms.IntegerField(
        label="班号",
        help_text="文件里没有班级这一列时，写几班",
        required=False,
        min_value=1,
        max_value=99,
        error_messages={"invalid": "班号写数字，比如 3。", "max_value": "班号写 1 到 99。", "min_value": "班号写 1 到 99。"},
    )

    def __init__(self, *args: Any, table: Table, cohorts: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
        self.cohorts = cohorts
        heads = list(dict.fromkeys(label for sheet in table.sheets for label in sheet.labels))
        guessed = table.sheets[0].columns if table.sheets else {}
        for field in ROW_FIELDS:
            self.fields[field.value] = forms.ChoiceField(
                label=field.label,
                required=field is Field.NAME,
                choices=[("", "没有这一列"), *((head, head) for head in heads)],
                initial=guessed.get(field, ""),
                error_messages={"required": "说一下哪一列是姓名。"},
            )
        for cohort in cohorts:
            self.fields[f"cohort_{cohort}"] = forms.TypedChoiceField(
                label=f"{cohort}现在是",
                coerce=int,
                empty_value=None,
                required=False,
                choices=[("", "选一个年级")] + [(n, name) for n, name in enumerate(GRADE_NAMES, 1)],
            )

    @property
    def column_fields(self) -> list[forms.BoundField]:
        return [self[field.value] for field in ROW_FIELDS]

    @property
    def cohort_fields(self) -> list[forms.BoundField]:
        return [self[f"cohort_{cohort}"] for cohort in self.cohorts]

    def chosen(self) -> dict[Field, str]:
        """The head for each field, as the person wants it."""
        return {field: self.cleaned_data[field.value] for field in ROW_FIELDS}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        heads = [head for field in ROW_FIELDS if (head := data.get(field.value))]
        twice = next((head for head in heads if heads.count(head) > 1), None)
        if twice:
            raise forms.ValidationError(f"“{twice}”这一列选了两次。一列只能当一样用。")
        return data
