"""Serves the few files we take from npm, by name; nothing else in node_modules has an address."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, overload

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage


class NpmStorage(FileSystemStorage):
    """Reads settings.NPM_FILES under the names they are served by."""

    def path(self, name: str) -> str:
        return str(settings.NPM_DIR / settings.NPM_FILES[name])


class NpmFinder(BaseFinder):
    """Finds settings.NPM_FILES: {address below /static/: file below node_modules}."""

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        missing = [file for file in settings.NPM_FILES.values() if not (settings.NPM_DIR / file).is_file()]
        return [
            Error(f"node_modules/{file} is missing.", hint="Run `make setup`.", id="config.E001") for file in missing
        ]

    @overload
    def find(self, path: str, find_all: Literal[False] = False, **kwargs: Any) -> str | None: ...

    @overload
    def find(self, path: str, find_all: Literal[True], **kwargs: Any) -> list[str]: ...

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> str | list[str] | None:
        found = [str(settings.NPM_DIR / settings.NPM_FILES[path])] if path in settings.NPM_FILES else []
        if find_all:
            return found
        return found[0] if found else None

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        for name in settings.NPM_FILES:
            if not matches_patterns(name, list(ignore_patterns or [])):
                yield name, NpmStorage(location=settings.NPM_DIR)
