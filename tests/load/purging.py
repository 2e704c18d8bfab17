"""Settings under which `purge_expired` is measured: of the thirteen months that are pretended, the oldest are over."""

from config.settings.dev import *

SECURITY_EVENTS_KEPT = 370 * 86400
