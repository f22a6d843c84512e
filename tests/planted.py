"""The cast with a word in every confidential field and the address of every object of the matrix, once for a module."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import time_machine
from django.db import transaction

from accounts.models import User
from listening import actions as listening
from tests.cast import NOW, TODAY, make_cast
from tests.plants import Planted, plant
from tests.test_who_sees_what import PEOPLE, Addresses, add_who_lost_access, signed_in


class World:
    """The planted school and its addresses."""

    def __init__(self, addresses: Addresses, found: Planted) -> None:
        self.addresses, self.found = addresses, found
        self.cast = addresses.cast


@contextmanager
def planted_world(blocker: Any) -> Iterator[World]:
    """Made once, everybody signed in; taken back at the end."""
    with blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        cast = make_cast()
        add_who_lost_access(cast)
        found = plant(cast)
        addresses = Addresses(cast)
        addresses.cookies = {name: signed_in(cast.people[name]) for name in PEOPLE}
        User.objects.filter(pk=cast.disabled.pk).update(is_active=False)
        for school in (cast.school, cast.other_school):
            listening.settle_changes(school, on=TODAY, at=NOW)
        yield World(addresses, found)
        transaction.set_rollback(True)
