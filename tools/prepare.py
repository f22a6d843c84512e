"""Between broker and web: the database as this version wants it, the demo's rows, static files. One process for all."""

import hashlib
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from config.start import refuse_wrong_key
    from demo import checks

    if not checks.stands_apart():
        sys.exit(checks.REFUSED)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    refuse_wrong_key()  # once, before three processes say it
    if settings.DEMO:
        call_command("seed_demo", if_empty=True)
    collect_static()


def collect_static() -> None:
    """Gather and hash the static files, unless nothing has changed since the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    mark = fingerprint()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == mark:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(mark, encoding="ascii")


def fingerprint() -> str:
    """Names, sizes and times of all that is served."""
    folders = [Path(folder) for folder in settings.STATICFILES_DIRS]
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.is_file())
    files += [settings.NPM_DIR / file for file in settings.NPM_FILES.values()]
    seen = [f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files]
    served = [settings.STATIC_URL, settings.STORAGES["staticfiles"]["BACKEND"], *settings.NPM_FILES]
    return hashlib.sha256("\n".join([*seen, *served]).encode()).hexdigest()


if __name__ == "__main__":
    main()
