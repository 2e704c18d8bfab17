"""What Django's own `startproject` has, but for the admin."""

import os

from config import env

SECRET_KEY = "the floor is measured, and never served to anybody"
DATABASES = {"default": env.database("FLOOR_DATABASE_URL") | {"CONN_HEALTH_CHECKS": True}}
DATABASES["default"]["OPTIONS"]["pool"].pop("check")  # Django looks at each connection itself
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.load.floor.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "tests.load.floor",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    }
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is measured apart
MIGRATION_MODULES = dict.fromkeys(["auth", "contenttypes", "sessions"])  # the tables are made in one go
LOGIN_URL = "/sign-in/"
SITE_NAME = "My Account"
USE_TZ = True
LOGGING_CONFIG = None
MAILERS = env.mailers("EMAIL_URL") if os.environ.get("EMAIL_URL") else {}
CELERY_BROKER_URL = os.environ.get("REDIS_URL", "")
CELERY_TASK_IGNORE_RESULT = True
