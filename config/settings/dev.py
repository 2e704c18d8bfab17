"""A developer's machine: plain http, no secrets needed, every variable honoured."""

from pathlib import Path
from urllib.parse import urlsplit

from config import env

VAR = Path(__file__).resolve().parents[2] / "var"
VAR.mkdir(exist_ok=True)

HAS_BROKER = env.is_set("REDIS_URL")

env.provide(
    SECRET_KEY="development only, and never used anywhere else than on a laptop",  # noqa: S106
    SECURITY_KEYS="dev:ZGV2ZWxvcG1lbnQgb25seSwgMzIgYnl0ZXMgbG9uZyE=",
    DATABASE_URL=f"sqlite:///{VAR / 'dev.sqlite3'}",
    REDIS_URL="redis://localhost:6379/0",
    EMAIL_URL="smtp://localhost:1025",
    SITE_URL="http://127.0.0.1:8000",
    DEFAULT_FROM_EMAIL="account@example.com",
    SUPPORT_EMAIL="support@example.com",
    LOG_FORMAT="text",
)

from config.settings.base import *
from config.settings.base import DATABASES, INSTALLED_APPS, MIDDLEWARE, OTP_WEBAUTHN_RP_ID, SITE_URL  # noqa: F401

if OTP_WEBAUTHN_RP_ID in ("127.0.0.1", "::1"):  # no address of a network card can have passkeys, localhost can
    OTP_WEBAUTHN_RP_ID = "localhost"
    OTP_WEBAUTHN_ALLOWED_ORIGINS = [f"http://localhost:{urlsplit(SITE_URL).port or 80}"]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *ALLOWED_HOSTS]
SESSION_COOKIE_NAME, SESSION_COOKIE_SECURE = "sessionid", False
CSRF_COOKIE_NAME, CSRF_COOKIE_SECURE = "csrftoken", False
BROWSER_COOKIE_NAME, TRUST_COOKIE_NAME = "browser", "trust"
LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_SECURE = "language", False
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
MAY_BE_SEEDED = True
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A reader does not wait for a writer, and a writer waits for its turn instead of failing in the middle.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }

if not HAS_BROKER:
    # Without Redis, Celery's tasks run where they are called, and what fails there is found by the next sweep.
    REDIS_URL = ""
    CELERY_BROKER_URL = "memory://localhost/"
    CELERY_TASK_ALWAYS_EAGER = True
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
