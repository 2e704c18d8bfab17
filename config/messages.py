"""What is said once on the next page, kept in a signed cookie: looking at a page must not write to the session."""

from django.contrib.messages.storage.cookie import CookieStorage


class HostCookieStorage(CookieStorage):
    """Under a name that binds the cookie to this host and to https (ASVS 3.3.3)."""

    cookie_name = "__Host-messages"
