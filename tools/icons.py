"""Join the icons in use into one sprite, ``static-built/img/icons.svg``.

Looks through the templates and the Python files for names, as in ``{% icon "clock" %}``, ``icon="clock"`` and
``"icon": "clock"``, and takes each from the outline set of @tabler/icons. Run at set-up, after ``npm ci``; needs
nothing but Python.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUTLINE = Path("@tabler/icons/icons/outline")
TARGET = ROOT / "static-built" / "img" / "icons.svg"
SKIPPED = {".venv", ".git", "node_modules", "static-built", "var", "tools"}
NAME = r"[a-z0-9][a-z0-9-]*"
USES = (
    re.compile(rf"""\{{%-?\s*icon\s+["']({NAME})["']"""),
    re.compile(rf"""\bicon\s*=\s*["']({NAME})["']"""),
    re.compile(rf"""["']icon["']\s*:\s*["']({NAME})["']"""),
    re.compile(rf"""\bicon\(\s*["']({NAME})["']"""),
)
ALWAYS = {"x": "static/js/panel.js"}
"""Drawn by a script, which names no icon in a way this file could find."""
INNER = re.compile(r"<svg\b[^>]*>(.*?)</svg>", re.DOTALL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="source", type=Path, default=ROOT / "node_modules", help="folder node_modules")
    parser.add_argument("--to", dest="target", type=Path, default=TARGET)
    options = parser.parse_args()
    found = used_names(ROOT)
    outline: Path = options.source / OUTLINE
    if not outline.is_dir():
        print(f"{outline} is not there: run npm ci first", file=sys.stderr)
        return 1
    missing = [name for name in sorted(found) if not (outline / f"{name}.svg").is_file()]
    for name in missing:
        print(f"{found[name]}: there is no icon named {name}", file=sys.stderr)
    if missing:
        return 1
    options.target.parent.mkdir(parents=True, exist_ok=True)
    options.target.write_text(sprite(outline, sorted(found)), encoding="utf-8")
    print(f"{len(found)} icons in {options.target}")
    return 0


def used_names(root: Path) -> dict[str, str]:
    """Each name in use and the first file that uses it."""
    names = dict(ALWAYS)
    for path in sorted([*root.rglob("*.html"), *root.rglob("*.py")]):
        inside = path.relative_to(root)
        if SKIPPED.intersection(inside.parts):
            continue
        text = path.read_text(encoding="utf-8")
        for use in USES:
            for name in use.findall(text):
                names.setdefault(name, str(inside))
    return names


def sprite(outline: Path, names: list[str]) -> str:
    """One SVG with a symbol for each name; stroke and size come from the style sheet."""
    symbols = [symbol(outline / f"{name}.svg", name) for name in names]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def symbol(path: Path, name: str) -> str:
    inner = INNER.search(path.read_text(encoding="utf-8"))
    if inner is None:
        raise ValueError(f"{path} holds no drawing")
    lines = (line.strip() for line in inner.group(1).splitlines())
    drawing = "".join(line for line in lines if line and 'd="M0 0h24v24H0z"' not in line)
    return f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>'


if __name__ == "__main__":
    sys.exit(main())
