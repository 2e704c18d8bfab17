"""Letters about passkeys."""

from django.utils.translation import gettext as _

from security.letters.letter import Letter, call_support, device, not_you
from security.models import OutboxMessage


def added(message: OutboxMessage) -> Letter:
    return Letter(
        _("A passkey was added to your account"),
        [
            _("The passkey %(name)s signs you in from now on, and proves that it is you.")
            % {"name": device(message.event)},
            _("Everywhere else you were signed in, you have been signed out."),
        ],
        alarm=not_you(),
        refusal=_("This wasn’t me"),
    )


def removed(message: OutboxMessage) -> Letter:
    return Letter(
        _("A passkey was removed from your account"),
        [
            _("The passkey %(name)s no longer signs you in.") % {"name": device(message.event)},
            _("Everywhere else you were signed in, you have been signed out."),
        ],
        alarm=not_you(),
        refusal=_("This wasn’t me"),
    )


def copied(message: OutboxMessage) -> Letter:
    return Letter(
        _("A passkey of yours may have been copied"),
        [
            _("The passkey %(name)s was shown, but it counts its uses, and this one was out of order.")
            % {"name": device(message.event)},
            _("Nobody got in with it. If you keep it in more than one place, remove it and add a new one."),
        ],
        alarm=call_support(),
    )
