"""Letters about what our support or an operator did to an account. They name neither the person nor the reason."""

from django.utils.translation import gettext as _

from security.letters.letter import Letter, detail, moment, not_expected, not_you
from security.models import OutboxMessage


def frozen(message: OutboxMessage) -> Letter:
    return Letter(
        _("Your account is frozen"),
        [
            _("Our support has frozen your account. Nobody can sign in now."),
            _("The freeze ends on %(when)s, or before that when our support lifts it.")
            % {"when": moment(detail(message)["until"])},
        ],
        alarm=not_expected(),
        tells_where=False,
    )


def thawed(message: OutboxMessage) -> Letter:
    return Letter(
        _("Your account is open again"),
        [
            _("Our support has lifted the freeze. You sign in as before."),
            _("Look through your devices, recovery codes and addresses now."),
        ],
        action=(_("Sign in & security"), "/security/"),
        alarm=not_expected(),
        tells_where=False,
    )


def sessions_ended(message: OutboxMessage) -> Letter:
    return Letter(
        _("You were signed out everywhere"),
        [
            _("Our support has signed you out in every browser, and no browser is trusted any more."),
            _("Your password and your devices stay as they are. Sign in again as usual."),
        ],
        alarm=not_expected(),
        tells_where=False,
    )


def limits_lifted(message: OutboxMessage) -> Letter:
    return Letter(
        _("You can try to sign in again"),
        [
            _("After wrong passwords or codes you had to wait. Our support has lifted that."),
            _("Your password and your devices stay as they are."),
        ],
        alarm=not_expected(),
        tells_where=False,
    )


def password_set(message: OutboxMessage) -> Letter:
    return Letter(
        _("Your password was changed"),
        [
            _("Our support has set a new password for your account. Choose one of your own once you have signed in."),
            _("Everywhere you were signed in, you have been signed out."),
            _("Until %(when)s no new device can be set up with a code sent by e-mail.")
            % {"when": moment(detail(message)["mail_closed_until"])},
        ],
        alarm=not_you(),
        refusal=_("This wasn’t me"),
        tells_where=False,
    )


def taken_over(message: OutboxMessage) -> Letter:
    return Letter(
        _("Your device came with you"),
        [
            _("Our sign-in is new. The authenticator app that you had set up shows your sign-in codes as before."),
            _("You need not set up anything again. At your next sign-in we ask for a code of it."),
        ],
        alarm=not_you(),
        refusal=_("This wasn’t me"),
        tells_where=False,
    )


def roles_changed(message: OutboxMessage) -> Letter:
    return Letter(
        _("Your role at this site was changed"),
        [
            _("An administrator has changed what you may do for other people here."),
            _("You were signed out everywhere. Sign in again, and you have your new role."),
        ],
        alarm=not_expected(),
        tells_where=False,
    )


def reset_requested(message: OutboxMessage) -> Letter:
    return Letter(
        _("Our support wants to send you a link for a new device"),
        [
            _("Somebody asked our support for a new device for your account. A second member of our staff decides."),
            _("If they agree, we write to you again, with a link. Until then everything stays as it is."),
        ],
        alarm=_("If you did not ask for this, say so at once. It takes one press, and you need not sign in:"),
        refusal=_("This wasn’t me"),
        tells_where=False,
    )


def device_required(message: OutboxMessage) -> Letter:
    return Letter(
        _("Set up Enhanced Security for your account"),
        [
            _("Your account needs a second step at sign-in: a code that an app on your phone shows."),
            _("Set it up by %(when)s. After that you are asked to before anything else opens.")
            % {"when": moment(detail(message)["until"])},
            _("It takes a few minutes. Keep your phone ready."),
        ],
        action=(_("Sign in & security"), "/security/"),
        alarm=not_expected(),
        tells_where=False,
    )


def replacement_required(message: OutboxMessage) -> Letter:
    return Letter(
        _("Pair your device anew"),
        [
            _("To keep your account safe, every device that shows your sign-in codes has to be paired anew."),
            _("You were signed out. At your next sign-in we lead you through it; keep your phone ready."),
            _("Your codes work until then, and prove that it is you."),
        ],
        action=(_("Sign in"), "/sign-in/"),
        alarm=not_expected(),
        tells_where=False,
    )
