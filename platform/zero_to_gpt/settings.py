"""The one settings module. Environment variables are declared in `variables.py` and read only here."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from grader.exercise.trees import LARGEST_TEXT
from zero_to_gpt import variables
from zero_to_gpt.variables import ROOT, made_folder, read, secret_key

BASE_DIR = ROOT
VAR = made_folder(ROOT / read("VAR_DIR"))

DEBUG: bool = read("DEBUG")
SECRET_KEY = secret_key(VAR)
HOST: str = read("HOST")
PORT = variables.port()
PUBLIC_URL_GIVEN = variables.public_url()
PUBLIC_URL = PUBLIC_URL_GIVEN or f"http://127.0.0.1:{PORT}"
HTTPS = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS: list[str] = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    urlsplit(PUBLIC_URL).hostname or "localhost",
    *read("ALLOWED_HOSTS"),
]

TRUSTED_PROXIES = variables.trusted_proxies()
WEB_THREADS: int = read("WEB_THREADS")
CONNECTIONS: int = read("CONNECTIONS")
STREAMS: int = read("STREAMS")

INSTALLED_APPS = [
    "zero_to_gpt.accounts",
    "zero_to_gpt.catalog",
    "zero_to_gpt.cohorts",
    "zero_to_gpt.fleet",
    "zero_to_gpt.submissions",
    "zero_to_gpt.progress",
    "zero_to_gpt.authoring",
    "zero_to_gpt.shows",
    "zero_to_gpt.site",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "import_export",
    "servestatic",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "zero_to_gpt.handler.static_files",
    "zero_to_gpt.caches.PrivateAnswers",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "zero_to_gpt.urls"
ASGI_APPLICATION = "zero_to_gpt.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "zero_to_gpt.cohorts.context.writes",
            ],
        },
    },
]

# --- data -----------------------------------------------------------------------------------------
DATABASES = {"default": variables.database(VAR)}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if SQLITE:
    DATABASES["default"] |= {
        # IMMEDIATE: a transaction that will write queues at its start instead of failing in its middle.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
        # Threads (the worker, the stream) need a file; memory would give each its own database.
        # One of its own for each run of the tests: two at once must not meet.
        "TEST": {"NAME": str(VAR / f"test-{os.getpid()}.sqlite3")},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": variables.cache()}

# --- celery (see celery.py): the database is the queue, this is only the bell -----------------------
BROKER_URL = variables.broker()
LEASE_SECONDS: int = read("LEASE_SECONDS")
SLOTS: int = read("SLOTS")

# --- grading --------------------------------------------------------------------------------------
EXERCISES_DIR = ROOT / "exercises"
SANDBOX: str = read("SANDBOX")
GPU = variables.gpu()
SANDBOX_HOME = ROOT / read("SANDBOX_HOME") if read("SANDBOX_HOME") else VAR / "sandbox"
WARM_BOXES: int = read("WARM_BOXES")
SOURCE_LIMIT_BYTES = LARGEST_TEXT
RUNS_PER_MINUTE: int = read("RUNS_PER_MINUTE")
SUBMITS_PER_MINUTE: int = read("SUBMITS_PER_MINUTE")
PROOF_MINUTES: int = read("PROOF_MINUTES")
SHOWS: bool = read("SHOWS")
# Above the source limit on purpose: our own sentence about 256 kB answers, not Django's.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

# --- people ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "zero_to_gpt.accounts.adapter.Adapter"
# By address only where many people behind one router stay far below; by account where a person is meant.
ACCOUNT_FORMS = {
    "login": "zero_to_gpt.accounts.forms.SignInForm",
    "signup": "zero_to_gpt.accounts.forms.SignUpForm",
    "reset_password": "zero_to_gpt.accounts.forms.NewPasswordForm",
}
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "signup": "120/m/ip",
    "reset_password": "120/m/ip,3/m/key",
    "reset_password_from_key": "120/m/ip",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_SESSION_REMEMBER = True
vars().update(variables.mail())
DEFAULT_FROM_EMAIL: str = read("EMAIL_FROM")
MAIL_ON_CONSOLE = read("EMAIL_URL") == "consolemail://"
# Without a mail server nobody could confirm an address: then it is asked for, not demanded.
ACCOUNT_EMAIL_VERIFICATION = "optional" if MAIL_ON_CONSOLE else "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

# --- language and time ------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [ROOT / "platform" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- static -----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = made_folder(VAR / "static")
STATIC_HASHED: bool = read("STATIC_HASHED")
SERVESTATIC_USE_FINDERS = not STATIC_HASHED
SERVESTATIC_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"
        if STATIC_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- walls of the pages -------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "style-src-attr": ["'unsafe-inline'"],  # KaTeX positions by style attributes
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
CSRF_FAILURE_VIEW = "zero_to_gpt.site.views.csrf_failed"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if HTTPS else []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "one line": {
            "()": "zero_to_gpt.faults.OneLine",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "brief": {"class": "logging.StreamHandler", "formatter": "one line"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "zero_to_gpt": {"level": variables.log_level()},
        "grader": {"level": variables.log_level()},
        "django.security.DisallowedHost": {"handlers": ["brief"], "propagate": False},
    },
}
