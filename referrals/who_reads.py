"""谁能看到, said below the field while one writes on a case."""

from datetime import datetime

from accounts.models import User
from referrals.circle import leaders
from referrals.models import Referral
from students.care_words import reader_words
from students.notes import Text, readers


def who_reads(kind: str, referral: Referral, *, by: User, at: datetime) -> str:
    """In words, for a note, a task, the reply to a reporter, a summary; empty for what is no text."""
    if not kind:
        return ""
    summary = kind == "summary"
    owner = [referral.owner] if referral.owner and not summary else []
    addressed = leaders(referral.school, referral.student, at=at) if summary else owner
    found = readers(
        Text.REFERRAL_SUMMARY if summary else Text.REFERRAL,
        author=by, school=referral.school, students=[referral.student], at=at, addressed=addressed,
    )  # fmt: skip
    said = reader_words(found, author=by, others=[one for one in addressed if summary])
    match kind:
        case "task":
            return f"做这件事的人、{said}"
        case "reply":
            return f"上报人、{said}"
    return said
