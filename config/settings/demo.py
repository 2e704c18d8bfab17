"""`make demo`: the whole story in one process on SQLite, with a pretend inbox and two pretend phones.

Serves this machine only, and takes nothing from the environment that could lead it to somebody's data. No other
settings module knows the demo's pages.
"""

from config import env

env.override(DATABASE_URL="", REDIS_URL="", EMAIL_URL="", SECRET_KEY="", SECURITY_KEYS="", SENTRY_DSN="")
env.override(SITE_URL=f"http://127.0.0.1:{env.text('PORT', '8000')}")

env.provide(RESET_HOLD_NEW_BROWSER="0", RESET_HOLD_RISK="0")

from config.settings.dev import *
from config.settings.dev import DATABASES, INSTALLED_APPS, LOGGING, MIDDLEWARE, VAR

DATABASES["default"]["NAME"] = str(VAR / "demo.sqlite3")
INSTALLED_APPS = [*INSTALLED_APPS, "config.demo"]
MIDDLEWARE = ["config.demo.middleware.LoopbackOnlyMiddleware", *MIDDLEWARE]
ROOT_URLCONF = "config.demo.urls"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
MAILERS = {"default": {"BACKEND": "config.demo.inbox.EmailBackend"}}
LOGGING = {**LOGGING, "root": {"handlers": ["stderr"], "level": "WARNING"}}
