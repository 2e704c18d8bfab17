"""Settings under which `purge_expired` is measured: the pretended past is thirteen months, and shorter than is kept."""

from config.settings.dev import *

SECURITY_EVENTS_KEPT = 370 * 86400
