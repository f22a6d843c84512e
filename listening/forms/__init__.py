"""What is asked about talks and check-ins. Forms validate, actions write."""

from listening.forms.corrections import DeleteForm, FactsForm
from listening.forms.excuses import ExcuseForm, MakeUpForm
from listening.forms.notes import AddendumForm, NoteForm
from listening.forms.talks import TalkForm

__all__ = ["AddendumForm", "DeleteForm", "ExcuseForm", "FactsForm", "MakeUpForm", "NoteForm", "TalkForm"]
