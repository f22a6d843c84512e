"""The forms of this app that keep drafts."""

from collections.abc import Mapping

from referrals.case_drafts import FORMS_OF_CASES
from schools.permissions import Permission
from students.drafts import Form, of_students

FORMS: Mapping[str, Form] = {
    "report": Form("上报", of_students("referrals:new", Permission.CONCERN_OWN, query="student")),
    **FORMS_OF_CASES,
}
