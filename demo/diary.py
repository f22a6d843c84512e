"""The pages on which a school's talks are written, until they go into the database by sets."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from accounts.models import User
from demo.marks import Marks
from demo.people import House
from demo.pupils import Pupil
from demo.words import places
from demo.words.names import called
from demo.words.notes import ContactWriter, CounselorWriter, Gender, NoteWriter, PeerWriter, Stage
from listening.models import Conversation, ConversationStudent, Topic
from listening.models.conversations import Channel
from listening.quotas import Hat, Kind, Outcome
from privacy.keyring import keyring

NOTED = 0.67  # of all talks; the others carry no note
NOTED_BY_COUNSELORS = 0.85
NOTED_BY_PEERS = 0.8
BATCH = 2000
SLOT = 25  # minutes between the beginnings of two talks of one listener
SLOTS = (
    time(7, 20), time(7, 45), time(8, 10),
    time(10, 5),
    time(12, 10), time(12, 35), time(13, 0), time(13, 25),
    time(15, 50), time(16, 15), time(16, 40), time(17, 5),
)  # fmt: skip
SLOTS_TODAY = 3  # the visitor may come early: of today only the morning is known
MINUTES = (15, 15, 15, 15, 16, 18, 18, 20, 20, 22, 25)
CHANNELS = {
    Channel.FACE: 80,
    Channel.WALK: 13,
    Channel.PLAY: 3,
    Channel.PHONE: 2,
    Channel.LETTER: 1,
    Channel.VIDEO: 1,
}
CHANNELS_OF_KIND = {
    Kind.CONTACT: {Channel.PHONE: 75, Channel.FACE: 25},
    Kind.VISIT: {Channel.FACE: 1},
}
CHANNELS_OF_PEERS = {Channel.WALK: 30, Channel.PLAY: 40, Channel.FACE: 30}
AT_HOME = "学生家里"
TOGETHER = frozenset({Channel.FACE, Channel.WALK, Channel.PLAY})  # both are in one place
WALKS = ("操场", "校园小路", "花坛边", "连廊")


STAGES: tuple[Stage, ...] = ("primary", "junior")


class Writers:
    """The pens of the whole county: no note is written twice, whichever hand writes it."""

    def __init__(self, rng: Random) -> None:
        self.teachers = {stage: NoteWriter(rng.getrandbits(32)) for stage in STAGES}
        self.counselors = CounselorWriter(rng.getrandbits(32))
        self.contacts = ContactWriter(rng.getrandbits(32))
        self.peers = PeerWriter(rng.getrandbits(32))
        written: set[str] = set()
        for writer in (*self.teachers.values(), self.counselors, self.contacts, self.peers):
            writer.written = written
        self.written = written


class Diary:
    """The talks of one school."""

    def __init__(self, house: House, *, today: date, rng: Random, marks: Marks, writers: Writers) -> None:
        self.house, self.today, self.rng, self.marks, self.writers = house, today, rng, marks, writers
        self.zone = timezone.get_current_timezone()
        self.topics = list(Topic.objects.filter(school=house.school))
        self.talks: list[Conversation] = []
        self.about: list[Sequence[Pupil]] = []
        self.touched: list[list[Topic]] = []
        self.busy: dict[tuple[int, date], set[time]] = defaultdict(set)

    def talks_on(self, listener: User, day: date) -> int:
        """How many talks this listener has on that day."""
        return len(self.busy[listener.pk, day])

    def write(
        self,
        pupils: Sequence[Pupil],
        listener: User,
        day: date,
        *,
        minutes: int = 0,
        outcome: Outcome = Outcome.MADE,
        typed_in: date | None = None,
        by_counselor: bool = False,
        kind: Kind = Kind.TALK,
        hat: Hat = Hat.STAFF,
    ) -> Conversation:
        """One talk. `typed_in` is the day of a late entry; without `minutes` it takes as long as such talks do."""
        rng = self.rng
        made = outcome == Outcome.MADE
        minutes = (minutes or rng.choice(MINUTES)) if made else 0
        clock = self._clock(listener, day, minutes or 10)
        channel = Channel.FACE
        if made and not by_counselor:
            usual = CHANNELS_OF_PEERS if hat == Hat.PEER else CHANNELS_OF_KIND.get(kind, CHANNELS)
            channel = rng.choices(tuple(usual), tuple(usual.values()))[0]
        place = self._place(channel, kind, by_counselor=by_counselor)
        touched = rng.sample(self.topics, rng.choices((0, 1, 2), (10, 62, 28))[0]) if made else []
        guardian = None if kind == Kind.TALK else pupils[0].guardian
        talk = Conversation(
            uid=self.marks.of("talk", self.house.plan.code, len(self.talks)),
            request_key=self.marks.of("request", self.house.plan.code, len(self.talks)),
            school=self.house.school,
            listener=listener,
            kind=kind,
            hat=hat,
            by_counselor=by_counselor,
            guardian=guardian,
            guardian_name=guardian.name if guardian else "",
            day=day,
            clock=clock,
            minutes=minutes,
            outcome=outcome,
            channel=channel,
            place=place if made else "",
            recorded_by=listener,
            recorded_at=self._typed_at(day, clock, minutes, typed_in),
            recorded_on=typed_in or day,
            entered_on=typed_in or day,
        )
        noted = NOTED_BY_COUNSELORS if by_counselor else NOTED_BY_PEERS if hat == Hat.PEER else NOTED
        if made and rng.random() < noted:
            talk.note = keyring().seal(self._note(pupils, touched, talk), talk.note_place)
        self.talks.append(talk)
        self.about.append(pupils)
        self.touched.append(touched)
        return talk

    def _clock(self, listener: User, day: date, minutes: int) -> time | None:
        """A time at which the listener is free; None where the day is full and nobody wrote it down."""
        taken = self.busy[listener.pk, day]
        usual = SLOTS[:SLOTS_TODAY] if day == self.today else SLOTS
        free = [slot for slot in usual if slot not in taken]
        if not free:
            taken.add(time(0, len(taken)))
            return None
        slot = self.rng.choice(free)
        taken.add(slot)
        begins = datetime.combine(day, slot) + timedelta(minutes=self.rng.randint(0, max(0, SLOT - minutes)))
        return begins.time()

    def _typed_at(self, day: date, clock: time | None, minutes: int, typed_in: date | None) -> datetime:
        if typed_in is not None and typed_in != day:
            # A late entry is made before school begins.
            return datetime.combine(typed_in, time(7, self.rng.randrange(60)), self.zone)
        ended = datetime.combine(day, clock or time(8, 20), self.zone) + timedelta(minutes=minutes)
        return ended + timedelta(minutes=self.rng.randint(1, 4 if day == self.today else 180))

    def _place(self, channel: Channel, kind: Kind, *, by_counselor: bool) -> str:
        if by_counselor:
            return places.counseling_place(self.rng)
        if kind == Kind.VISIT:
            return AT_HOME
        if kind == Kind.CONTACT:
            return self.rng.choice(places.CONTACT_PLACES) if channel == Channel.FACE else ""
        if channel == Channel.WALK:
            return self.rng.choice(WALKS)
        return places.place(self.rng) if channel in TOGETHER else ""

    def _note(self, pupils: Sequence[Pupil], touched: list[Topic], talk: Conversation) -> str:
        one = pupils[0]
        gender: Gender = one.gender if len(pupils) == 1 else ""
        if talk.by_counselor:
            return self.writers.counselors.next(child_gender=gender)
        if talk.hat == Hat.PEER:
            return self.writers.peers.next(stage=one.stage)
        if talk.kind != Kind.TALK:
            spoken_with = called(one.guardian.relation if one.guardian else "")
            visit = talk.kind == Kind.VISIT
            return self.writers.contacts.next(guardian=spoken_with, child_gender=gender, visit=visit)
        return self.writers.teachers[one.stage].next(
            topics=[topic.name for topic in touched],
            child_gender=gender,
            stage=one.stage,
            place=talk.place,
            face=talk.channel in TOGETHER,
            about=one.student.uid if len(pupils) == 1 else None,
        )

    def bind(self) -> int:
        """Everything into the database. Returns how many talks there are."""
        order = sorted(range(len(self.talks)), key=lambda at: (self.talks[at].recorded_at, at))
        talks = Conversation.objects.bulk_create([self.talks[at] for at in order], batch_size=BATCH)
        ConversationStudent.objects.bulk_create(
            [
                ConversationStudent(conversation=talk, student=pupil.student, school=self.house.school, day=talk.day)
                for at, talk in zip(order, talks, strict=True)
                for pupil in self.about[at]
            ],
            batch_size=BATCH,
        )
        between = Conversation.topics.through
        between.objects.bulk_create(
            [
                between(conversation_id=talk.pk, topic_id=topic.pk)
                for at, talk in zip(order, talks, strict=True)
                for topic in self.touched[at]
            ],
            batch_size=BATCH,
        )
        return len(talks)
