"""A sealed text opens in its own place, whole, with its own key, and nowhere else."""

import dataclasses
import os
import uuid

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import assume, given
from hypothesis import strategies as st

from privacy.keyring import CannotOpen, Keyring, Place, key_id_of

RING = Keyring({"k2": AESGCM(os.urandom(32)), "k1": AESGCM(os.urandom(32))})
NAMES = st.text("abcdefgh_", min_size=1, max_size=12)
PLACES = st.builds(Place, NAMES, NAMES, st.uuids(), st.uuids(), st.integers(0, 65_535))
TEXTS = st.text(max_size=200)


@given(TEXTS, PLACES)
def test_opens_in_its_place(text, place):
    sealed = RING.seal(text, place)

    assert (RING.unseal(sealed, place), key_id_of(sealed), text.encode() in sealed[2:] and len(text) > 3) == (
        text,
        "k2",
        False,
    )


@given(TEXTS, PLACES, PLACES, st.sampled_from([field.name for field in dataclasses.fields(Place)]))
def test_moved_by_one_part_of_its_place_it_does_not_open(text, place, other, part):
    assume(getattr(place, part) != getattr(other, part))
    moved = dataclasses.replace(place, **{part: getattr(other, part)})

    assert not RING.can_unseal(RING.seal(text, place), moved)


@given(PLACES, NAMES)
def test_no_two_places_are_bound_alike(place, more):
    """The parts are joined: what ends one must not begin the next."""
    shifted = dataclasses.replace(place, table=place.table + more, field=place.field)
    split = dataclasses.replace(place, table=place.table, field=more + place.field)

    assert len({one.associated_data("k1") for one in (place, shifted, split)}) == 3


@given(TEXTS, PLACES, st.integers(0, 40))
def test_text_of_an_earlier_edition_does_not_come_back(text, place, later):
    now = dataclasses.replace(place, edition=place.edition + 1 + later)

    assert not RING.can_unseal(RING.seal(text, place), now)


@given(TEXTS, PLACES)
def test_cut_at_every_length_it_does_not_open(text, place):
    sealed = RING.seal(text, place)

    assert [length for length in range(len(sealed)) if RING.can_unseal(sealed[:length], place)] == []
    assert not RING.can_unseal(sealed[1:], place)
    assert not RING.can_unseal(sealed + b"\0", place)


@given(st.text(max_size=20), PLACES)
def test_with_any_bit_flipped_it_does_not_open(text, place):
    sealed = RING.seal(text, place)
    flipped = [
        sealed[: bit // 8] + bytes([sealed[bit // 8] ^ 1 << bit % 8]) + sealed[bit // 8 + 1 :]
        for bit in range(8 * len(sealed))
    ]

    assert [number for number, one in enumerate(flipped) if RING.can_unseal(one, place)] == []


@given(st.binary(max_size=120), PLACES)
def test_bytes_of_anybody_do_not_open_and_do_not_break(noise, place):
    with pytest.raises(CannotOpen):
        RING.unseal(noise, place)

    assert key_id_of(noise) == "?" or key_id_of(noise).isascii()


@given(TEXTS, PLACES)
def test_resealed_it_opens_in_the_same_place_with_the_new_key_alone(text, place):
    old = RING.only("k1").seal(text, place)

    new = RING.reseal(old, place)

    assert (key_id_of(new), RING.only("k2").unseal(new, place), RING.only("k2").can_unseal(old, place)) == (
        "k2",
        text,
        False,
    )


def test_key_of_the_same_name_does_not_open():
    place = Place("t", "f", uuid.uuid4(), uuid.uuid4())
    other = Keyring({"k2": AESGCM(os.urandom(32))})

    assert not other.can_unseal(RING.seal("别人的", place), place)


def test_same_text_twice_is_not_the_same_bytes():
    place = Place("t", "f", uuid.uuid4(), uuid.uuid4())

    assert len({RING.seal("一样的话", place) for _ in range(50)}) == 50
