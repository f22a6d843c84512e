"""The form of the house: what no single test would notice."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.template import TemplateDoesNotExist, engines
from django.template.loader import get_template
from django.template.loader_tags import ExtendsNode, IncludeNode

from config.celery import SCHEDULE, app

ROOT = Path(__file__).resolve().parents[1]
OURS = [
    "privacy",
    "accounts",
    "schools",
    "notifications",
    "students",
    "referrals",
    "listening",
    "reports",
    "demo",
    "config",
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# What unseals: the notes' one door, a registrar's own upload on its way in, and the keyring itself.
# The second factor opens its own secrets, for its own account; a draft is opened for whoever typed it.
MAY_UNSEAL = {
    "accounts/second_factor.py",
    "privacy/keyring.py",
    "students/drafts.py",
    "students/notes.py",
    "students/actions/imports.py",
}
NAMED_BY_DJANGO = {"400.html", "403.html", "404.html", "429.html", "500.html"}  # 429 by allauth


def sources() -> list[Path]:
    return [path for name in OURS for path in sorted((ROOT / name).rglob("*.py")) if "migrations" not in path.parts]


def test_beat_entries_name_tasks_that_exist():
    app.loader.import_default_modules()

    assert [entry["task"] for entry in SCHEDULE.values() if entry["task"] not in app.tasks] == []


def test_models_and_fields_speak_chinese():
    nameless = [
        f"{model.__name__}.{field.name}"
        for name in OURS
        if name in {config.name for config in apps.get_app_configs()}
        for model in apps.get_app_config(name).get_models()
        for field in model._meta.local_fields
        if not field.primary_key
        and field.name not in ("uid", "password", "last_login")
        and not re.search("[\u4e00-\u9fff]", str(field.verbose_name))
    ]

    assert nameless == []


def test_only_the_doors_unseal():
    callers = {
        str(path.relative_to(ROOT))
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("unseal", "decrypt")
    }

    assert callers - MAY_UNSEAL == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template_keeps_to_the_policy(path):
    text = path.read_text("utf-8")

    found = re.findall(r'style=|<style|\son[a-z]+="|<script(?![^>]*\bsrc=)|\|safe\b|https?://', text)
    assert [one for one in found if "://" not in one or path.name != "icons"] == []


def test_templates_parse():
    for path in TEMPLATES:
        get_template(str(path.relative_to(ROOT / "templates")))


def test_every_template_is_used():
    named = {
        name for path in [*sources(), *TEMPLATES] for name in re.findall(r'"([\w/]+\.html)"', path.read_text("utf-8"))
    }
    own = {str(path.relative_to(ROOT / "templates")) for path in TEMPLATES}
    by_frameworks = {name for name in own if name in NAMED_BY_DJANGO or name.startswith(("django/", "account/"))}

    assert sorted(own - named - by_frameworks - {"components/parts.html"}) == []


def test_templates_include_what_exists():
    missing = []
    for path in TEMPLATES:
        template = engines["django"].get_template(str(path.relative_to(ROOT / "templates"))).template
        for node in template.nodelist.get_nodes_by_type((IncludeNode, ExtendsNode)):
            name = getattr(getattr(node, "template", None) or node.parent_name, "var", None)
            if isinstance(name, str):
                try:
                    get_template(name)
                except TemplateDoesNotExist:
                    missing.append((path.name, name))

    assert missing == []


def test_no_module_is_longer_than_400_lines():
    long = [str(path.relative_to(ROOT)) for path in sources() if len(path.read_text("utf-8").splitlines()) > 400]

    assert long == []


def test_names_that_say_nothing_are_not_used():
    names = {path.stem for path in sources()}

    assert names & {"utils", "common", "core", "helpers", "services", "signals"} == set()


def test_words_we_do_not_use():
    unkind = re.compile("问题学生|差生|嫌疑|排行榜|排名|系统错误|系统异常|预警")
    # The importer knows the heads of schools' own tables, whatever they are called.
    files = [path for path in [*sources(), *TEMPLATES] if "roster_import" not in path.parts]

    assert [str(path.relative_to(ROOT)) for path in files if unkind.search(path.read_text("utf-8"))] == []
