"""What happens once when a process of the site starts: nonsense ends it with one line instead of a traceback."""

import logging
import os
import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def configure() -> None:
    """Read the settings; production's, unless DJANGO_SETTINGS_MODULE says otherwise. Lines of the log do not say which
    thread, process or task wrote them, so nobody finds that out for each of them.
    """
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.logAsyncioTasks = False  # type: ignore[attr-defined]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
    try:
        settings.INSTALLED_APPS  # noqa: B018
    except ImproperlyConfigured as error:
        sys.exit(f"Rekey does not start: {error}")


def checked(application: Any) -> Any:
    """The application, if every system check of its settings passes."""
    from django.core.checks import run_checks

    errors = [message for message in run_checks() if message.is_serious() and not message.is_silenced()]
    if errors:
        said = (f"{error.msg} {error.hint or ''} ({error.id})" for error in errors)
        sys.exit("Rekey does not start: " + " ".join(" ".join(said).split()))
    return application
