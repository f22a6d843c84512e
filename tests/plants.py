"""A word that nobody else writes, planted into every confidential field through the verbs that people use.

A sealed column that is not named in `PLANTED` fails the test of the registry (tests/test_canary.py): plant a word into
it here, through its own action, and say by hand, from the access table, who may see it.
"""

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.urls import reverse

from accounts import actions as accounts
from listening import actions as listening
from listening.models import Conversation
from privacy.places import SealedRows
from referrals import actions as referrals
from referrals.choices import Paper, Source, Told
from referrals.models import Concern
from referrals.requirements import Colour
from schools.models import School
from students import actions as students
from students.models import CareLabel, CareTier, Guardian
from tests.cast import NOW, TODAY, Cast, activity, talk
from tests.referrals import cases

PLANTED: dict[str, list[str]] = {
    "listening.Conversation.note": [
        "KanariWorkNote", "KanariMentorNote", "KanariCounselingNote", "KanariDeletedNote", "KanariPeerNote",
    ],
    "listening.NoteEdition.note": ["KanariOlderEdition"],
    "listening.Addendum.note": ["KanariAddendum"],
    "referrals.Concern.words": ["KanariConcern", "KanariPeersConcern", "KanariCaseWords", "KanariBackWords"],
    "referrals.Concern.tried": ["KanariTried"],
    "referrals.Concern.guardian_words": ["KanariGuardianSaid"],
    "referrals.Concern.ways": ["KanariWays"],
    "referrals.Concern.reply": ["KanariReply"],
    "referrals.ReferralText.text": ["KanariAssessment", "KanariReply"],
    "referrals.Task.what": ["KanariTask"],
    "referrals.CasePaper.words": ["KanariPaperWords"],
    "referrals.CasePaper.file": ["KanariPaperFile"],
    "referrals.SecondWord.words": ["KanariSecondWord"],
    "students.CareCard.text": ["KanariCard", "KanariOlderCard"],
    "students.TierProposal.reason": ["KanariTierReason"],
    "students.StudentLabel.reason": ["KanariLabelReason"],
    "students.StudentLabel.end_reason": ["KanariLabelEnd"],
    "students.BreakGlass.reason": ["KanariGlassReason"],
    "students.BreakGlass.review_words": ["KanariGlassReview"],
    "students.Draft.typed": ["KanariDraft"],
    "students.RosterUpload.file": ["KanariUpload"],
    "mfa.Authenticator": ["KANARISECRETKANARISECRETKANARISE"],
}  # fmt: skip
"""The words by the column that holds them sealed."""
SEALED = list(dict.fromkeys(word for words in PLANTED.values() for word in words))

TIER, LABEL, PHONE = "KanariTierName", "KanariLabelName", "139 5550 1234"
OPEN = [TIER, LABEL, PHONE]
"""Not sealed, and not for everybody: what the most care is called here, a label, the phone of a guardian of 林知夏."""
NAME = "林知夏"
"""Not sealed; it leaves no page: no log, no job, no address and no message has it."""


@dataclass
class Planted:
    """Where what was planted opens: addresses that somebody might come by, whether a link leads there or not."""

    addresses: list[str] = field(default_factory=list)
    work_note: Conversation | None = None


def label_of(kind: SealedRows) -> str:
    """How `PLANTED` calls one kind of sealed rows."""
    return getattr(kind, "label", kind.model._meta.label)


def plant(cast: Cast) -> Planted:
    """Everything that somebody could write in confidence about 七年级(1)班, each with its own word."""
    found = Planted()
    _rename(cast.school)
    Guardian.objects.filter(student=cast.lin, user=cast.parent).update(phone=PHONE)
    _notes(cast, found)
    _concerns(cast, found)
    _cases(cast, found)
    _care(cast, found)
    _glass(cast, found)
    _own(cast, found)
    return found


def _rename(school: School) -> None:
    CareTier.objects.in_use().filter(school=school, axis=CareTier.Axis.S3).update(name=TIER)
    CareLabel.objects.filter(school=school, name="单亲").update(name=LABEL)


def _notes(cast: Cast, found: Planted) -> None:
    work = talk(cast.head_teacher, cast.lin, note="KanariOlderEdition")
    listening.edit_note(by=cast.head_teacher, talk=work, note="KanariWorkNote", edition=work.note_edition, at=NOW)
    listening.add_to_note(by=cast.head_teacher, talk=work, note="KanariAddendum", at=NOW, request_key=uuid4())
    deleted = talk(cast.head_teacher, cast.ma, note="KanariDeletedNote")
    listening.delete_conversation(by=cast.head_teacher, talk=deleted, at=NOW)
    talks = [
        work,
        deleted,
        talk(cast.teacher, cast.ma, note="KanariMentorNote"),
        talk(cast.counselor, cast.xu, note="KanariCounselingNote", by_counselor=True),
    ]
    together = activity(cast.peer, cast.peer, cast.lin, cast.ma, note="KanariPeerNote")
    pages = ("conversation", "note", "note-add", "note-editions", "conversation-edit")
    found.addresses += [reverse(f"listening:{page}", args=[one.uid]) for one in (*talks, together) for page in pages]
    found.addresses.append(reverse("listening:peer-activity", args=[cast.class_1.uid, together.uid]))
    found.work_note = work


def _concerns(cast: Cast, found: Planted) -> None:
    for by, about, words, source in (
        (cast.head_teacher, cast.lin, "KanariConcern", Source.TALK),
        (cast.peer, cast.ma, "KanariPeersConcern", Source.TALK),
    ):
        concern = referrals.raise_concern(by=by, student=about, at=NOW, source=source, words=words)
        found.addresses.append(reverse("referrals:concern", args=[concern.uid]))


def _cases(cast: Cast, found: Planted) -> None:
    """A case on its way about 陈一诺, with all that is written on it, and one about 许若楠 that was answered."""
    case = cases.accepted(
        cast,
        by=cast.head_teacher2,
        student=cast.chen,
        words="KanariCaseWords",
        tried="KanariTried",
        guardian_told=Told.YES,
        guardian_words="KanariGuardianSaid",
        ways="KanariWays",
    )
    words = {"seen": "KanariAssessment", "protective": "外婆", "reason": "一周以来"}
    referrals.assess(by=cast.counselor, referral=case, version=case.version, colour=Colour.YELLOW, at=NOW, **words)
    task = referrals.NewTask(cast.head_teacher2, "KanariTask", TODAY + timedelta(days=6))
    case = cases.write_plan(cast, cases.fresh(case), [task])
    file = base64.b64encode(b"KanariPaperFile").decode()
    facts = {"kind": Paper.LEAVE_APPLICATION, "dated": TODAY, "words": "KanariPaperWords", "file": file}
    referrals.add_paper(
        by=cast.counselor, referral=case, version=case.version, media_type="application/pdf", at=NOW, **facts
    )
    case = cases.fresh(case)
    referrals.propose_lower(
        by=cast.counselor, referral=case, version=case.version, colour=Colour.BLUE, reason="KanariSecondWord", at=NOW
    )
    back = cases.raised(cast, by=cast.head_teacher, student=cast.xu, words="KanariBackWords")
    referrals.send_back(by=cast.counselor, referral=back, version=back.version, reply="KanariReply", at=NOW)
    concerns = Concern.objects.filter(referral__in=(case, back))
    for one in (case, back):
        found.addresses.append(reverse("referrals:case", args=[one.uid]))
        written = [*one.steps.all(), *one.tasks.all(), *one.second_words.all()]
        found.addresses += [reverse("referrals:case-text", args=[one.uid, text.uid]) for text in written]
    found.addresses += [reverse("referrals:concern", args=[one.uid]) for one in concerns]


def _care(cast: Cast, found: Planted) -> None:
    tier = CareTier.objects.get(school=cast.school, name=TIER)
    proposal = students.propose(
        by=cast.counselor, student=cast.ma, tier=tier, reason="KanariTierReason", review_on=None, at=NOW
    )
    students.confirm_tier(by=cast.counselor, proposal=proposal, at=NOW)
    label = CareLabel.objects.get(school=cast.school, name=LABEL)
    given = students.give_label(by=cast.counselor, student=cast.xu, label=label, reason="KanariLabelReason", at=NOW)
    students.end_label(by=cast.counselor, given=given, reason="KanariLabelEnd", at=NOW)
    for read, (text, addressed) in enumerate([("KanariOlderCard", []), ("KanariCard", [cast.teacher])]):
        students.write_card(by=cast.counselor, student=cast.xu, text=text, addressed=addressed, read=read, at=NOW)
    found.addresses += [
        reverse("students:care-proposal", args=[cast.ma.uid, proposal.uid]),
        reverse("students:care-label", args=[cast.xu.uid, given.uid]),
        reverse("students:card", args=[cast.xu.uid]),
        reverse("students:card", args=[cast.xu.uid]) + "?edition=1",
        reverse("students:card-edit", args=[cast.xu.uid]),
    ]


def _glass(cast: Cast, found: Planted) -> None:
    """Opened by a counselor who is not in charge, over, and reviewed by the 组长."""
    glass = students.open_glass(
        by=cast.counselor2, student=cast.ma, reason="KanariGlassReason", at=NOW - timedelta(hours=3)
    )
    students.close_glass(by=cast.counselor2, glass=glass, at=NOW - timedelta(hours=2, minutes=30))
    students.review_glass(by=cast.principal, glass=glass, words="KanariGlassReview", at=NOW - timedelta(hours=1))
    found.addresses.append(reverse("students:glass", args=[glass.uid]))


def _own(cast: Cast, found: Planted) -> None:
    """What is nobody's but the person's: a draft, a file that waits, the secret of a second factor."""
    draft = students.keep_draft(
        by=cast.teacher,
        form="log",
        about=cast.ma.uid,
        page=students.Page(tab=UUID(int=7), turn=1, edition=0),
        typed=students.Typed(fields=[("note", "KanariDraft")], words=["note"]),
        at=NOW,
    )
    assert draft is not None
    file = "姓名,班级,家庭情况\n新同学,七年级(1)班,KanariUpload\n"
    upload = students.keep_upload(
        by=cast.registrar, school=cast.school, filename="名册.csv", content=file.encode(), at=NOW
    )
    accounts.set_second_factor(user=cast.bureau, secret="KANARISECRETKANARISECRETKANARISE", at=NOW)
    found.addresses += [
        reverse("students:draft", args=["log", cast.ma.uid]),
        reverse("students:draft-text", args=[draft.uid]),
        *(reverse(f"students:import-{page}", args=[upload.uid]) for page in ("columns", "preview")),
    ]


def faces(word: str) -> Iterator[bytes]:
    """How a word may stand in a file: as it is, in two bytes a letter, as hex, in base64 at any place."""
    plain = word.encode()
    yield plain
    yield word.encode("utf-16-le")
    yield plain.hex().encode()
    for before in range(3):
        whole = base64.b64encode(b"x" * before + plain)
        yield whole[4 if before else 0 : -4]
    if not word.isascii():
        yield word.encode("unicode_escape")
        yield "".join(f"%{one:02X}" for one in plain).encode()


def seen_in(content: bytes | str, words: Iterable[str]) -> list[str]:
    """Which of these words stand there in any of their faces."""
    raw = content.encode(errors="backslashreplace") if isinstance(content, str) else content
    return [word for word in words if any(face in raw for face in faces(word))]


def opened(kinds: Sequence[SealedRows], unseal: Any) -> dict[str, set[str]]:
    """Which of the words are sealed in the rows of each kind."""
    found: dict[str, set[str]] = {}
    for kind in kinds:
        texts = [unseal(sealed, place) for row in kind.rows() for sealed, place in kind.texts(row)]
        words = {word for word in SEALED for text in texts if seen_in(text, [word])}
        found[label_of(kind)] = words
    return found


__all__ = ["LABEL", "NAME", "OPEN", "PHONE", "PLANTED", "SEALED", "TIER", "Planted", "opened", "plant", "seen_in"]
