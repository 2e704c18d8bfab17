"""Letters about signing in, the password, recovery codes, browsers, addresses, and the account as a whole."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from security.conf import conf
from security.letters import staff
from security.letters.letter import Letter, call_support, detail, moment, not_expected, not_you
from security.models import Authenticator, OutboxMessage
from security.refusals import lifetime


def password_chosen(message: OutboxMessage) -> Letter:
    words = [_("The password of your new account was chosen. From now on you sign in with it.")]
    return Letter(_("Your password is set"), words, alarm=call_support())


def password_changed(message: OutboxMessage) -> Letter:
    if detail(message).get("reason"):
        return staff.password_set(message)
    return Letter(
        _("Your password was changed"),
        [
            _("You sign in with the new password from now on."),
            _("Everywhere else you were signed in, you have been signed out."),
        ],
        alarm=not_you(),
        refusal=_("This wasn’t me"),
    )


def password_recovered(message: OutboxMessage) -> Letter:
    until = detail(message)["mail_closed_until"]
    return Letter(
        _("Your password was replaced"),
        [
            _("A new password was set with the link in an e-mail. Everywhere you were signed in, you are signed out."),
            _("Until %(when)s no new device can be set up with a code sent by e-mail.") % {"when": moment(until)},
        ],
        alarm=not_you(),
        refusal=_("This wasn’t me"),
    )


def password_exposed(message: OutboxMessage) -> Letter:
    """With a device one signs in and is asked; without one, the password opens nothing any more."""
    has_device = Authenticator.objects.of(message.person).paired().exists() if message.person else False
    return Letter(
        _("Choose another password for your account"),
        [
            _("Somebody else may know your password, so you were signed out everywhere."),
            _("At your next sign-in you choose another one. Change it also wherever else you use the same password.")
            if has_device
            else _("It opens nothing any more. Choose another one, also wherever else you use the same password."),
        ],
        action=(_("Sign in"), "/sign-in/") if has_device else (_("Choose a new password"), "/forgot-password/"),
        alarm=not_expected(),
        tells_where=False,
    )


def password_link(message: OutboxMessage) -> Letter:
    return Letter(
        _("Choose a new password"),
        [
            _("Somebody, probably you, said that they forgot the password of your account."),
            _("The link is good for %(time)s and for one use. With Enhanced Security, keep your device ready.")
            % {"time": lifetime(conf.PASSWORD_LINK_LIFETIME)},
        ],
        alarm=_("If this was not you, do nothing. Your password stays as it is."),
    )


def wrong_second_factor(message: OutboxMessage) -> Letter:
    return Letter(
        _("Somebody with your password was stopped"),
        [
            _("Your password was typed, and then a wrong code or passkey. Nobody got in."),
            _("If it was you and it was a mistake, all is well."),
        ],
        alarm=call_support(),
    )


def new_browser(message: OutboxMessage) -> Letter:
    words = [_("Somebody signed in to your account from a browser in which you never signed in before.")]
    return Letter(_("New sign-in to your account"), words, alarm=call_support())


def after_failures(message: OutboxMessage) -> Letter:
    words = [_("Somebody signed in to your account after many wrong codes or passwords.")]
    return Letter(_("Sign-in after many wrong tries"), words, alarm=call_support())


def after_long(message: OutboxMessage) -> Letter:
    words = [_("Somebody signed in to your account for the first time in a long while.")]
    return Letter(_("Your account was used again"), words, alarm=call_support())


def too_many_sessions(message: OutboxMessage) -> Letter:
    return Letter(
        _("You were signed out in one browser"),
        [
            ngettext(
                "You can be signed in in %(n)d browser at a time. The one that was signed in longest was signed out.",
                "You can be signed in in %(n)d browsers at a time. The one that was signed in longest was signed out.",
                int(detail(message)["limit"]),
            )
            % {"n": int(detail(message)["limit"])}
        ],
        alarm=call_support(),
    )


def codes_made(message: OutboxMessage) -> Letter:
    return Letter(
        _("New recovery codes were made"),
        [_("Your account has a new set of recovery codes. Codes that were made before no longer sign you in.")],
        alarm=not_you(),
        refusal=_("This wasn’t me"),
    )


def code_used(message: OutboxMessage) -> Letter:
    left = int(detail(message)["left"])
    return Letter(
        _("A recovery code was used"),
        [
            " ".join([_use(detail(message)["purpose"]), _("It is spent now.")]),
            ngettext("You have %(n)d code left.", "You have %(n)d codes left.", left) % {"n": left}
            if left
            else _("That was the last one."),
            *([_("Make new ones on Sign in & security.")] if left < conf.RECOVERY_CODES_LOW else []),
        ],
        alarm=call_support(),
    )


def _use(purpose: str) -> str:
    return {
        "sign_in": _("One of your recovery codes was used to sign in."),
        "enrollment": _("One of your recovery codes was used to set up a new device."),
        "step_up": _("One of your recovery codes was used to prove that it is you."),
        "contest": _("One of your recovery codes was used to undo a change."),
        "password": _("One of your recovery codes was used to choose a new password."),
    }.get(purpose, _("One of your recovery codes was used."))


def browser_trusted(message: OutboxMessage) -> Letter:
    return Letter(
        _("A browser is trusted now"),
        [
            _("Until %(when)s this browser is asked for your password only, not for a code.")
            % {"when": moment(detail(message)["until"])}
        ],
        alarm=call_support(),
    )


def browser_copied(message: OutboxMessage) -> Letter:
    return Letter(
        _("Your trusted browsers were ended"),
        [
            _("Something that your trusted browser had put away long ago was used again. Somebody may have copied it."),
            _("No browser is trusted any more. At your next sign-in we ask for a code everywhere."),
        ],
        alarm=call_support(),
    )


def address_change_started(message: OutboxMessage) -> Letter:
    return Letter(
        _("A new e-mail address was entered for your account"),
        [
            _("%(to)s is to become an address of your account. It does so when the code sent there is typed in.")
            % {"to": detail(message)["to"]},
        ],
        alarm=_("If this was not you, stop it:"),
        refusal=_("Stop the change"),
    )


def address_changed(message: OutboxMessage) -> Letter:
    said = detail(message)
    words = {
        "primary": _("You sign in with the address %(to)s from now on."),
        "recovery": _("%(to)s is the recovery address of your account from now on."),
    }[said["which"]]
    before = _("The address before it still gets our warnings for %(time)s.") % {"time": lifetime(conf.FORMER_ADDRESS)}
    return Letter(
        _("An e-mail address of your account was changed"),
        [words % said, *([before] if said["was"] else [])],
        alarm=not_you(),
        refusal=_("This wasn’t me"),
    )


def address_removed(message: OutboxMessage) -> Letter:
    return Letter(
        _("The recovery address of your account was removed"),
        [
            _("%(to)s still gets our warnings for %(time)s.")
            % {"to": detail(message)["to"], "time": lifetime(conf.FORMER_ADDRESS)}
        ],
        alarm=not_you(),
        refusal=_("This wasn’t me"),
    )


def frozen(message: OutboxMessage) -> Letter:
    if not detail(message).get("change"):
        return staff.frozen(message)
    return Letter(
        _("Your account is frozen"),
        [
            _("Somebody said that a change to your account was not made by you. Nobody can sign in now."),
            _(
                "You open it again with your password and a device or recovery code that you had before that change. "
                "Otherwise the freeze ends on %(when)s."
            )
            % {"when": moment(detail(message)["until"])},
        ],
        action=(_("Open your account"), "/sign-in/"),
        alarm=_("You have nothing left? Ask our support at %(address)s.") % {"address": settings.SUPPORT_EMAIL},
    )


def thawed(message: OutboxMessage) -> Letter:
    if not detail(message).get("change"):
        return staff.thawed(message)
    return Letter(
        _("Your account is open again"),
        [
            _("It was opened with a way in that was there before. What was changed since then is void."),
            _("Look through your devices, recovery codes and addresses now."),
        ],
        action=(_("Sign in & security"), "/security/"),
        alarm=call_support(),
    )


def support_asked(message: OutboxMessage) -> Letter:
    return Letter(
        _("You asked us for help"),
        [
            _("We have got your request and will write to you. We never ask for your password or a code."),
            _("Until then your account stays as it is."),
        ],
        alarm=_("If you did not ask, you need not do anything. Nobody gets in by asking."),
    )


def support_case(message: OutboxMessage) -> Letter:
    return Letter(
        _("Somebody asks for help to get back into their account"),
        [_("Case %(case)s, for the account %(account)s.") % {**detail(message), "account": message.person}],
    )
