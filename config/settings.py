"""Django's settings. What differs between installations comes from config/env.py; only that reads the environment."""

from datetime import timedelta
from typing import Any

from config import env
from config.env import BASE_DIR

ENV = env.read()
TESTING = ENV.testing
DEMO = ENV.demo
DEBUG = ENV.debug
STATE_DIR = ENV.state
STATE_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

SECRET_KEY = ENV.secret_key
FIELD_KEY_FILE = ENV.field_key_file
ALLOWED_HOSTS = list(ENV.allowed_hosts)

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "privacy",
    "accounts",
    "schools",
    "notifications",
    "students",
    "referrals",
    "listening",
    "reports",
    "demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # its templates, for the form renderer below
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "schools.middleware.MomentMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.DoorMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.FirstPasswordMiddleware",
    "schools.middleware.HatMiddleware",
    "schools.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "reports.shell.shell",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Database

SQLITE_OPTIONS: dict[str, Any] = {
    # A transaction that will write takes its lock at once and waits: DEFERRED fails with "locked" in the middle.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;"  # readers never wait for the writer
        "PRAGMA synchronous=FULL;"  # a saved talk survives a power cut
        "PRAGMA foreign_keys=ON;"
        "PRAGMA secure_delete=ON;"  # what is deleted is overwritten
    ),
}
POSTGRESQL_OPTIONS: dict[str, Any] = {
    "connect_timeout": 2,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # Set for pages by config/wsgi.py; the night and migrations may take their time.
    "options": f"-c statement_timeout={ENV.statement_timeout}",
}
IS_SQLITE = ENV.database["ENGINE"].endswith("sqlite3")
DATABASES = {
    "default": {
        **ENV.database,
        "CONN_MAX_AGE": 0 if TESTING else 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": (SQLITE_OPTIONS if IS_SQLITE else POSTGRESQL_OPTIONS) | ENV.database.get("OPTIONS", {}),
    },
}

# In the database, because throttles must count over all processes and hold when the broker is down.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

# Who signs in, and how

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None  # a school makes accounts by name
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None  # pupils and parents have no address; nothing asks for one
ACCOUNT_SESSION_REMEMBER = False  # teachers share computers: the browser's end is the session's end
ACCOUNT_PREVENT_ENUMERATION = True
# Failures alone are counted, five within 15 minutes (GB/T 22239): a whole school sits behind one address, and visitors
# of the demo change persona often. Which key is counted where stands in the adapter; a device where the account has
# signed in before is counted apart, so that nobody is kept out by what others try.
ACCOUNT_RATE_LIMITS: dict[str, str | None] = {
    "login": None,
    "login_failed": "60/m/ip,5/15m/key",  # key: account and address
    "login_failed_known": "5/15m/key",  # key: account and known device
    "login_failed_anywhere": "50/h/key",  # key: account
    "code_failed": "5/15m/key",  # key: account, after its password
}
ALLAUTH_TRUSTED_PROXY_COUNT = ENV.trusted_proxies

# Counselors, leaders and administrators need it where there are real people; the demo offers it.
SECOND_FACTOR_REQUIRED = not (DEMO or TESTING)
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "倾听"
MFA_TOTP_TOLERANCE = 1  # half a minute before and after: clocks of phones differ
MFA_RECOVERY_CODES_SHOW_ONCE = True

SESSION_IDLE = timedelta(minutes=ENV.session_idle)
SESSION_MOST = timedelta(minutes=ENV.session_most)
CONFIRMED_FOR = timedelta(minutes=ENV.confirmed_for)
TRAIL_DAYS = ENV.trail_days  # three years; never under 184 (privacy/checks.py)
SESSION_COOKIE_NAME = "qingting_session"
# Only sweeps up: accounts/door.py ends sessions. A day longer, so that what was typed is not lost with the session.
SESSION_COOKIE_AGE = 60 * ENV.session_most + 24 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENV.https
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # names of students stay here
CSRF_COOKIE_NAME = "qingting_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = ENV.https

# What browsers may do with our pages

SECURE_SSL_REDIRECT = ENV.https
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if ENV.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENV.https
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # the browsers' preload list is for the owner of the domain to join
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}

# Language and time

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = ENV.time_zone
USE_I18N = True
USE_TZ = True

# Files

NPM_DIR = BASE_DIR / "node_modules"
NPM_FILES = {"vendor/htmx.min.js": "htmx.org/dist/htmx.min.js"}  # address below /static/: file below node_modules
STATIC_URL = "/static/"
STATIC_ROOT = ENV.static_root
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "static-built"]  # the second holds the sprite of tools/icons.py
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "config.finders.NpmFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if TESTING or DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        ),
    },
}
# Tests and development serve what the finders see; an installation serves what `collectstatic` has gathered.
WHITENOISE_USE_FINDERS = TESTING or DEBUG
WHITENOISE_AUTOREFRESH = TESTING or DEBUG
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
MEDIA_ROOT = STATE_DIR / "media"

EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # messages go to the inbox; nothing leaves by mail

# Paths and answers are logged, never what was sent: no handler here prints a request or mails a traceback.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # At DEBUG these two print what templates hold and what statements carry: never, whatever the rest is at.
        "django.template": {"level": "INFO"},
        "django.db.backends": {"level": "INFO"},
    },
}

# Jobs: every task may run twice, takes ids or dates only, and leaves its result in the database.

LONGEST_TASK = 600  # seconds
CELERY_BROKER_URL = ENV.redis_url
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = LONGEST_TASK
CELERY_TASK_SOFT_TIME_LIMIT = LONGEST_TASK - 30
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3 * LONGEST_TASK,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
# A page that queues a job must not wait for a broker that is down: the sweep finds the work in the database.
CELERY_TASK_PUBLISH_RETRY = False
# When the broker goes away under a task it ends and may run again; True would kill it half done.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "beat")
