"""What waits for a second person: closing, a lighter colour, that it was no harm."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from privacy.fields import EncryptedTextField
from privacy.keyring import Place
from referrals.models.cases import Referral
from referrals.stages import BY_TWO, Verb
from schools.models import School


class SecondWordQuerySet(models.QuerySet["SecondWord"]):
    def waiting(self) -> "SecondWordQuerySet":
        return self.filter(state=SecondWord.State.WAITING)


class SecondWord(models.Model):
    """One person's word, which another one's word makes true. Confirmed or not, it stays."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待确认"
        CONFIRMED = "confirmed", "已确认"
        DECLINED = "declined", "没有采纳"
        WITHDRAWN = "withdrawn", "已收回"
        OVERTAKEN = "overtaken", "情况变了"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, db_index=False, related_name="+", verbose_name="学校")
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="second_words", verbose_name="转介")
    verb = models.CharField("要做什么", max_length=20, choices=[(one.value, one.label) for one in sorted(BY_TWO)])
    facts = models.JSONField("事实", default=dict)
    words = EncryptedTextField("小结或原因")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="谁提出")
    at = models.DateTimeField("何时提出")
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="谁答复"
    )
    answered_at = models.DateTimeField("何时答复", null=True)

    objects = SecondWordQuerySet.as_manager()

    class Meta:
        verbose_name = "待第二人确认"
        constraints = [
            # One question at a time.
            models.UniqueConstraint(fields=["referral"], condition=Q(state="waiting"), name="second_word_one_waiting"),
            models.CheckConstraint(
                condition=Q(state="waiting", answered_by=None, answered_at=None)
                | (~Q(state="waiting") & Q(answered_at__isnull=False)),
                name="second_word_answered",
            ),
            # Nobody confirms what they propose.
            models.CheckConstraint(
                condition=~Q(state="confirmed") | (Q(answered_by__isnull=False) & ~Q(answered_by=F("by"))),
                name="second_word_by_another",
            ),
        ]
        indexes = [
            # Reader: what waits for a word in a school.
            models.Index(fields=["school"], condition=Q(state="waiting"), name="second_word_waiting"),
        ]

    @property
    def words_place(self) -> Place:
        """Where the words are sealed. Reads the school: select it."""
        return Place("second_word", "words", self.uid, self.school.uid)

    @property
    def asks_for(self) -> Verb:
        return Verb(self.verb)
