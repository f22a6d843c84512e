"""One database, measured in a process of its own: `python -m bench.one '{"schools": 1, "size": 5000, …}'`.

The database is that of the environment, empty at first. Prints one line of JSON.
"""

import json
import sys
from typing import Any

import django
import time_machine


def main(plan: dict[str, Any]) -> dict[str, Any]:
    """Make the schools, then take the measurements that the plan names."""
    django.setup()
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command

    from bench import data, nights, pages, talks
    from schools.calendar import PeriodKind
    from tests.cast import NOW

    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)  # the tables as the models have them, without their history
    call_command("createcachetable", verbosity=0)
    found: dict[str, Any] = {}
    with time_machine.travel(NOW, tick=False):
        made = data.make(schools=plan["schools"], size=plan["size"])
        if rounds := plan.get("night"):
            found["night"] = nights.measure(made, rounds=rounds)
        if rounds := plan.get("talk"):
            data.add_rule(made.school, "每周关爱", PeriodKind.WEEK, tiered=True)
            data.open_today(made)
            found["talk"] = talks.measure(made, rounds=rounds)
        if plan.get("home"):
            found["home"] = pages.count_home(made)
        if rounds := plan.get("board"):
            found["board"] = pages.measure_board(made, rounds=rounds)
    return found


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1])), ensure_ascii=False))
