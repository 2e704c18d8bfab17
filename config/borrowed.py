"""Words of Django's own that our catalogues say in their place: months as Italian and Portuguese write them, and the
French apostrophe.
"""

from django.utils.translation import gettext_noop

TODAY = gettext_noop("today")
MONTHS = (
    gettext_noop("January"),
    gettext_noop("February"),
    gettext_noop("March"),
    gettext_noop("April"),
    gettext_noop("May"),
    gettext_noop("June"),
    gettext_noop("July"),
    gettext_noop("August"),
    gettext_noop("September"),
    gettext_noop("October"),
    gettext_noop("November"),
    gettext_noop("December"),
)
