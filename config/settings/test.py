"""What tests run on: real PostgreSQL, Redis and SMTP whose addresses the test run itself provides."""

from config import env

env.provide(LOG_FORMAT="json")

from config.settings.dev import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
SECURITY_POLICIES_KEPT = SECURITY_PORTAL_KEPT = 0  # what one process writes another one reads at once
