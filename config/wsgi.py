"""The web process. A page's statement may take five seconds; jobs and commands do not come this way.

It does not start without a sound key file: a page that could not seal would lose what was typed.
"""

import os
import sys

from django.core.wsgi import get_wsgi_application

from privacy.keyring import KeyFileError, keyring

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("STATEMENT_TIMEOUT", "5000")

application = get_wsgi_application()
try:
    keyring()
except KeyFileError as reason:
    sys.exit(str(reason))
