"""The one password hash: Argon2id with OWASP's first line of parameters."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """46 MiB, one pass, one lane (OWASP Password Storage Cheat Sheet): small enough to run many at a time."""

    time_cost = 1
    memory_cost = 47104
    parallelism = 1
