"""The web process. A page's statement may take five seconds; jobs and commands do not come this way."""

import os

from django.core.wsgi import get_wsgi_application

from config.start import NOT_AGAIN, refuse_wrong_key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("STATEMENT_TIMEOUT", "5000")

application = get_wsgi_application()
refuse_wrong_key(code=NOT_AGAIN)
