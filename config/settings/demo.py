"""`make demo`: the whole story in one process on SQLite, with a pretend inbox and two pretend phones.

Serves this machine only. No other settings module knows the demo's pages.
"""

from config import env

env.provide(DATABASE_URL="sqlite:///var/demo.sqlite3")

from config.settings.dev import *
from config.settings.dev import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "config.demo"]
MIDDLEWARE = ["config.demo.middleware.LoopbackOnlyMiddleware", *MIDDLEWARE]
ROOT_URLCONF = "config.demo.urls"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
REDIS_URL = ""
CELERY_BROKER_URL = "memory://localhost/"
CELERY_TASK_ALWAYS_EAGER = True
MAILERS = {"default": {"BACKEND": "config.demo.inbox.EmailBackend"}}
LOGGING = {**LOGGING, "root": {"handlers": ["stderr"], "level": "WARNING"}}
