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
            _("The passkey %(name)s counts its uses, and was shown with a count that was there before. We refused it.")
            % {"name": device(message.event)},
            _(
                "There may be two of it, and we cannot tell which one is yours. Look where you are signed in, sign out "
                "everywhere else, and remove this passkey."
            ),
        ],
        action=(_("Where you’re signed in"), "/security/sessions/"),
        alarm=call_support(),
    )
