"""Pages for staff, in Django's admin behind our own sign-in."""
