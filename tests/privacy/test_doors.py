"""Who may open a sealed text, and where one may be put: read from the source of all apps, not from what is called."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import BinaryField

from privacy.checks import sealed_columns_say_where
from privacy.fields import EncryptedTextField
from privacy.places import SealedColumn, everything_sealed, sealed_columns

ROOT = Path(__file__).resolve().parents[2]
APPS = [
    "config", "demo", "reports", "listening", "referrals", "students", "notifications", "schools", "accounts",
    "privacy", "tools", "bench",
]  # fmt: skip

# Each with the reason why it has to.
MAY_OPEN = {
    ("privacy/keyring.py", "decrypt"): "the cipher itself",
    ("privacy/keyring.py", "unseal"): "`can_unseal` drops the text, `reseal` seals it again: neither hands it on",
    ("students/notes.py", "unseal"): "open_note, the one door for people: the right, a row in the trail, the text",
    ("accounts/second_factor.py", "unseal"): "the secret of an account's own second factor, to check a code; no note",
    ("students/drafts.py", "unseal"): "a draft, for whoever typed it and nobody else",
    ("students/actions/imports.py", "unseal"): "a registrar's own upload, read once more when a column is put right",
}
MAY_TRY = {
    ("privacy/rotation.py", "reseal"): "rotation, bytes to bytes",
    ("privacy/rotation.py", "can_unseal"): "verify: yes or no",
    ("privacy/canary.py", "can_unseal"): "the canary: yes or no",
    ("privacy/places.py", "can_unseal"): "the first start over an older database: yes or no",
}
OPENING = {"unseal", "decrypt", "decrypt_into", "reseal", "can_unseal"}
CIPHERS = {"cryptography", "nacl", "Crypto", "Cryptodome"}
MAY_IMPORT_A_CIPHER = {"privacy/keyring.py"}


def trees():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def names_of(node):
    """How a node may name a method: an attribute, a name, an import, a word for getattr."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.Constant(value=str(name)) | ast.alias(name=name):
            return {name}
    return set()


def openers():
    return {
        (path, name) for path, tree in trees() for node in ast.walk(tree) for name in names_of(node) if name in OPENING
    }


def imported(tree):
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (one.name.split(".")[0] for one in names)
            case ast.ImportFrom(module=str(module)):
                yield module.split(".")[0]


def test_nobody_else_opens_a_sealed_text():
    assert openers() == set(MAY_OPEN) | set(MAY_TRY)


def test_nobody_else_has_a_cipher():
    found = {path for path, tree in trees() if CIPHERS & set(imported(tree))}

    assert found == MAY_IMPORT_A_CIPHER


@pytest.mark.parametrize(
    "source",
    [
        "keyring().unseal(a, b)",
        "getattr(keyring(), 'unseal')(a, b)",
        "from privacy.keyring import unseal",
        "open_it = Keyring.unseal",
        "AESGCM(raw).decrypt(nonce, body, None)",
    ],
)
def test_these_would_be_seen(source):
    found = {name for node in ast.walk(ast.parse(source)) for name in names_of(node)} & OPENING

    assert len(found) == 1


def is_sealing(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "seal"


def goes_into(node):
    """The names of what a value is given to: `row.note = …`, `create(note=…)`."""
    match node:
        case ast.keyword(arg=str(name)):
            return {name}
        case ast.Assign(targets=targets):
            return {target.attr for target in targets if isinstance(target, ast.Attribute)}
    return set()


def sealed_elsewhere(tree, known):
    """Calls of `seal` whose bytes go somewhere else than into a column of one of these names."""
    kept = {
        id(call)
        for node in ast.walk(tree)
        if goes_into(node) & known
        for call in ast.walk(node.value)
        if is_sealing(call)
    }
    return [call for call in ast.walk(tree) if is_sealing(call) and id(call) not in kept]


# Where else it is sealed, and why rotation knows of it all the same.
SEALED_ELSEWHERE = {
    "privacy/keyring.py": "reseal: where it was before",
    "privacy/canary.py": "the canary, which stays under its own key",
    "demo/care.py": "a card of the demo, sealed before its row is made: CareCard.text",
    "students/actions/glass.py": "the words of a review, written by an update: BreakGlass.review_words",
    "accounts/adapter.py": "hands on to second_factor",
    "accounts/second_factor.py": "rows of a library, made known by `also_sealed`",
}


def test_what_is_sealed_goes_into_a_column_that_rotation_knows():
    known = {column.field for column in sealed_columns()}

    assert {path for path, tree in trees() if sealed_elsewhere(tree, known)} - set(SEALED_ELSEWHERE) == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("talk.note = keyring().seal(a, b) if a else None", 0),
        ("Talk(note=keyring().seal(a, b))", 0),
        ("talk.facts = {'said': keyring().seal(a, b)}", 1),
        ("cache.set('said', keyring().seal(a, b))", 1),
        ("return keyring().seal(a, b)", 1),
    ],
)
def test_sealing_into_another_place_would_be_seen(source, found):
    assert len(sealed_elsewhere(ast.parse(source), {"note"})) == found


def test_every_sealed_column_says_where_a_text_lives():
    assert sealed_columns_say_where(None) == []
    assert [column.label for column in sealed_columns() if not column.says_where] == []


def test_column_that_does_not_say_where_is_refused(monkeypatch):
    lost = SealedColumn(apps.get_model("privacy", "AuditEntry"), "detail")
    monkeypatch.setattr("privacy.checks.sealed_columns", lambda: [lost])

    assert [(one.id, "detail_place" in one.msg) for one in sealed_columns_say_where(None)] == [("privacy.E002", True)]


def test_every_sealed_column_of_every_model_is_known_to_rotation():
    declared = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField)
    }

    assert {one.label for one in everything_sealed() if isinstance(one, SealedColumn)} == declared
    assert declared >= {"listening.Conversation.note", "referrals.Concern.words", "students.RosterUpload.file"}


def test_bytes_in_the_database_are_sealed_texts_or_the_canary():
    """A plain BinaryField is where a sealed text could hide from rotation."""
    plain = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_fields
        if isinstance(field, BinaryField) and not isinstance(field, EncryptedTextField)
    }

    assert plain == {"privacy.KnownKey.canary"}
