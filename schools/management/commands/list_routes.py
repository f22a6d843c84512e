"""`manage.py list_routes [--json]`: every route with its name, methods, permission and kind of object."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.core.management.base import BaseCommand
from django.urls import URLPattern, URLResolver, get_resolver

from schools.permissions import Declared

ANY_METHOD = ["GET", "POST"]


@dataclass(frozen=True, slots=True)
class Route:
    """One address pattern. `permission` is empty where a view declares none (a house rule finds that)."""

    pattern: str
    name: str
    methods: list[str]
    permission: str
    kind: str


def routes() -> Iterator[Route]:
    """All routes, in the order in which they are tried."""
    yield from _walk(get_resolver().url_patterns, prefix="/", namespace="")


def _walk(patterns: Any, *, prefix: str, namespace: str) -> Iterator[Route]:
    for one in patterns:
        pattern = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = ":".join(filter(None, [namespace, one.namespace or ""]))
            yield from _walk(one.url_patterns, prefix=pattern, namespace=inner)
        elif isinstance(one, URLPattern):
            declared = declared_of(one.callback)
            yield Route(
                pattern=pattern,
                name=":".join(filter(None, [namespace, one.name or ""])),
                methods=methods_of(one.callback),
                permission=declared.permission if declared else "",
                kind=declared.of if declared else "",
            )


def declared_of(view: Callable[..., Any]) -> Declared | None:
    """What the view says of itself, through its decorators."""
    found: Declared | None = getattr(view, "declared", None)
    return found


def methods_of(view: Callable[..., Any]) -> list[str]:
    """The methods that `require_http_methods` lets through, read from the decorator's closure."""
    step: Any = view
    while step is not None:
        for cell in getattr(step, "__closure__", None) or ():
            content = cell.cell_contents
            if (
                isinstance(content, list)
                and content
                and all(isinstance(word, str) and word.isupper() for word in content)
            ):
                return sorted(content)
        step = getattr(step, "__wrapped__", None)
    return ANY_METHOD


class Command(BaseCommand):
    """Prints the routes."""

    help = "列出全部地址：路径、名称、方法、权限、对象种类。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(routes())
        if options["json"]:
            self.stdout.write(json.dumps([asdict(route) for route in found], ensure_ascii=False, indent=1))
            return
        for route in found:
            self.stdout.write(
                f"{route.pattern}  {route.name}  {','.join(route.methods)}  {route.permission}  {route.kind}"
            )
