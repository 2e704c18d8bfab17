"""Production, and safe: it starts only when every secret and address is there. The others only loosen it."""

from pathlib import Path
from urllib.parse import urlsplit

from django.utils.csp import CSP
from kombu import Exchange, Queue
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import env

BASE_DIR = Path(__file__).resolve().parents[2]

# What the environment says.

SECRET_KEY = env.text("SECRET_KEY")
SECURITY_KEYS = env.keyring("SECURITY_KEYS")
DATABASES = {"default": env.database("DATABASE_URL") | {"CONN_HEALTH_CHECKS": True}}
REDIS_URL = env.redis("REDIS_URL")
MAILERS = env.mailers("EMAIL_URL")
SITE_URL = env.site("SITE_URL")
SITE_NAME = env.text("SITE_NAME", "My Account")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [urlsplit(SITE_URL).hostname or ""]
DEFAULT_FROM_EMAIL = env.address("DEFAULT_FROM_EMAIL", f"account@{urlsplit(SITE_URL).hostname}")
SUPPORT_EMAIL = env.address("SUPPORT_EMAIL", DEFAULT_FROM_EMAIL)
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
SECURITY_HOLD_NEW_BROWSER = env.whole_number("RESET_HOLD_NEW_BROWSER", 24 * 3600)
SECURITY_HOLD_RISK = env.whole_number("RESET_HOLD_RISK", 72 * 3600)
LOG_FORMAT = env.choice("LOG_FORMAT", "json", "text")
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
SENTRY_DSN = env.text("SENTRY_DSN", "")

# The house.

DEBUG = False
MAY_BE_SEEDED = False  # with pretend accounts
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "accounts",
    "security",
    "django_otp",
    "django_otp_webauthn",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
]
MIDDLEWARE = [
    "security.middleware.ForwardedHeadersMiddleware",
    "security.middleware.TrailMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "security.middleware.ResponseHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "security.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "security.middleware.PersonMiddleware",
    "security.middleware.VerifiedMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "config.loader.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.shell.context",
            ],
        },
    }
]
FORM_RENDERER = "accounts.shell.FormRenderer"
CSRF_FAILURE_VIEW = "accounts.views.errors.csrf_failure"

# Who people are, and their sessions.

AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.E003",  # the address is unique: by a constraint on UPPER(email), which it cannot see
    "admin.E408",  # request.user comes from our own session middleware, which the checks of the admin do not know
    "admin.E410",
]
MESSAGE_STORAGE = "config.messages.HostCookieStorage"
LOGIN_URL = "accounts:sign_in"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "accounts.hashers.Argon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.validators.LongEnoughValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "accounts.validators.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
    {
        "NAME": "accounts.validators.UnlikeThePersonValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
    {"NAME": "accounts.validators.AnyCommonPasswordValidator"},
    {"NAME": "accounts.validators.OwnWordsValidator"},
    {"NAME": "accounts.validators.NotExposedValidator"},
    {"NAME": "accounts.validators.GuessableValidator"},
]
SESSION_ENGINE = "security.sessions"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
BROWSER_COOKIE_NAME = "__Host-browser"
TRUST_COOKIE_NAME = "__Host-trust"
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None

# What browsers are told.

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # asked from beside the process, without TLS; they say nothing to strangers
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
}

# Languages and clocks.

USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [  # by the names they have for themselves
    ("en", "English"),
    ("fr", "français"),
    ("it", "italiano"),
    ("de", "Deutsch"),
    ("es", "español"),
    ("pt", "português"),
    ("nl", "Nederlands"),
]
LANGUAGE_COOKIE_NAME = "__Host-language"
LANGUAGE_COOKIE_AGE = 365 * 86400
LANGUAGE_COOKIE_SECURE = True
LANGUAGE_COOKIE_HTTPONLY = True
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# Files.

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}

# What is cached may be lost at any time, and nothing in it is trusted (see accounts/portal.py).

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {
            "serializer": "config.caches.JSONSerializer",
            "socket_timeout": 0.5,
            "socket_connect_timeout": 0.5,
            "retry": Retry(NoBackoff(), 0),
        },
    }
}

# Input that is larger than any form of ours is not read.

DATA_UPLOAD_MAX_MEMORY_SIZE = 128 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 50

# django-otp: every device is ours, and none of its pages is used.

OTP_LOGIN_URL = LOGIN_URL

# Passkeys are bound to the name of this site for ever; its own views decide what they open.

OTP_WEBAUTHN_CREDENTIAL_MODEL = "security.Passkey"
OTP_WEBAUTHN_RP_ID = urlsplit(SITE_URL).hostname or ""
OTP_WEBAUTHN_RP_NAME = SITE_NAME
OTP_WEBAUTHN_ALLOWED_ORIGINS = [SITE_URL]
OTP_WEBAUTHN_TIMEOUT_SECONDS = 300

# Celery carries ids and nothing else; the outbox in the database is what is trusted.
# A broker that is away costs a request milliseconds: no retries, short time-outs (see security/tasks.py).

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ALWAYS_EAGER = CELERY_TASK_EAGER_PROPAGATES = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 1800
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20  # a mail that is being sent is finished: longer than SMTP's time-out
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever, see config/celery.py
CELERY_BROKER_CONNECTION_TIMEOUT = 0.5
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    "visibility_timeout": 3600,  # longer than any task; what a killed worker had, the sweep finds long before
    "queue_order_strategy": "priority",  # the first queue first, for a worker that has several
}
CELERY_DB_REUSE_MAX = 10**9  # tasks: config/celery.py gives connections back to the pool itself
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in ("urgent", "mail", "chores")]
CELERY_TASK_DEFAULT_QUEUE = "mail"
CELERY_TASK_ROUTES = {"security.chores.*": {"queue": "chores"}, "security.tasks.tidy": {"queue": "chores"}}
CELERY_BEAT_SCHEDULER = "config.beat:Scheduler"  # keeps no file, whose locks fail on some disks
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "security.tasks.sweep", "schedule": 5.0, "options": {"expires": 10}},
    "campaigns": {"task": "security.chores.go_on_with_campaigns", "schedule": 5.0, "options": {"expires": 10}},
    "roll_up": {"task": "security.chores.roll_up", "schedule": 3600.0, "options": {"expires": 1800}},
    "tidy": {"task": "security.tasks.tidy", "schedule": 3600.0, "options": {"expires": 1800}},
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# Logs: one line an entry on standard error, without anything secret.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "config.logs.JsonFormatter"},
        "text": {
            "()": "config.logs.TextFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}

# Errors, told to whoever keeps an eye on them. The library costs memory, so it is not even read otherwise.

if SENTRY_DSN:
    from config import tracker

    tracker.start(SENTRY_DSN)
