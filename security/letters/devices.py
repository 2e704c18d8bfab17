"""Letters about devices and the journey that replaces them."""

from django.utils.translation import gettext as _

from security.conf import conf
from security.letters import staff
from security.letters.letter import Letter, detail, device, moment, not_you
from security.models import OutboxMessage
from security.refusals import lifetime


def sent_elsewhere(message: OutboxMessage) -> Letter:
    said = detail(message)
    words = [
        _("A verification code for a new device was sent to %(to)s, another address of your account.") % said,
        _("Whoever has it can replace the device that shows your sign-in codes.")
        if said.get("replaces")
        else _("Whoever has it can pair a device with your account."),
    ]
    subject = _("Somebody is setting up a new device for your account")
    return Letter(subject, words, alarm=_("If this was not you, cancel it:"), refusal=_("Cancel the reset"))


def cancelled(message: OutboxMessage) -> Letter:
    return Letter(
        _("Setting up a new device was cancelled"),
        [_("Setting up a new device was under way for your account, and it was cancelled. Nothing has changed.")],
        alarm=_(
            "If you did not cancel it, somebody else may be in your e-mail or signed in as you. Change your password."
        ),
    )


def bound(message: OutboxMessage) -> Letter:
    if detail(message).get("row") == "import":
        return staff.taken_over(message)
    name = device(message.event)
    return Letter(
        _("A new device shows your sign-in codes"),
        [
            _("The device %(name)s was added to your account. Its app shows your sign-in codes from now on.")
            % {"name": name}
            if name
            else _("A device was added to your account. Its app shows your sign-in codes from now on."),
            _("Everywhere else you were signed in, you have been signed out."),
        ],
        alarm=not_you(),
        refusal=_("This wasn’t me"),
    )


def replaced(message: OutboxMessage) -> Letter:
    name = device(message.event)
    return Letter(
        _("Your device for sign-in codes was replaced"),
        [
            _("The device %(name)s shows your sign-in codes from now on. The old one no longer works for this account.")
            % {"name": name}
            if name
            else _("A new device shows your sign-in codes from now on. The old one no longer works for this account."),
            " ".join(
                [
                    _proof(detail(message)["proof"]),
                    _("Everywhere else you were signed in, you have been signed out."),
                ]
            ),
            *_probation(message),
        ],
        alarm=not_you(),
        refusal=_("This wasn’t me"),
        afterwards=[_("If it was you, delete the old entry in your old app. It is no use any more.")],
    )


def _proof(proof: str) -> str:
    return {
        "authenticator": _("It was confirmed with your password and a code of a device that you had."),
        "recovery_code": _("It was confirmed with your password and a recovery code. The other codes are void now."),
        "passkey": _("It was confirmed with your password and a passkey."),
        "mailed_code": _("It was confirmed with your password and a code sent by e-mail."),
        "staff": _("It was confirmed with your password and a link that our support sent."),
    }[proof]


def _probation(message: OutboxMessage) -> list[str]:
    until = detail(message).get("probation_until")
    if not until:
        return []
    return [
        _(
            "Until %(when)s nobody can change your password, addresses or devices without an older device, passkey or "
            "recovery code. What you had before signs nobody in any more, but you can still object with it."
        )
        % {"when": moment(until)}
    ]


def removed(message: OutboxMessage) -> Letter:
    name = device(message.event) or _("without a name")
    return Letter(
        _("A device was removed from your account"),
        [
            _("The device %(name)s no longer signs you in.") % {"name": name},
            _("Everywhere else you were signed in, you have been signed out."),
        ],
        alarm=not_you(),
        refusal=_("This wasn’t me"),
    )


def held(message: OutboxMessage) -> Letter:
    said = detail(message)
    return Letter(
        _("A new device is about to take over"),
        [
            _("Somebody who knows your password and reads your e-mail has set up a new device for your account.")
            if said["proof"] == "mailed_code"
            else _("Somebody who knows your password has set up a new device for your account."),
            _("Nothing has changed yet. The new device can be used from %(when)s on.")
            % {"when": moment(said["ripens_at"])},
            _("Until then your old device works as before."),
        ],
        alarm=_("If this was not you, cancel it. It takes one press, and you need not sign in:"),
        refusal=_("Cancel the reset"),
    )


def half_way(message: OutboxMessage) -> Letter:
    when = moment(detail(message)["ripens_at"])
    return Letter(
        _("Half of the wait for your new device is over"),
        [
            _("A new device was set up for your account. It can be used from %(when)s on.") % {"when": when},
            _("If that was you, there is nothing to do but wait."),
        ],
        alarm=_("If this was not you, cancel it. It takes one press, and you need not sign in:"),
        refusal=_("Cancel the reset"),
    )


def ripe(message: OutboxMessage) -> Letter:
    said = detail(message)
    return Letter(
        _("Your new device can be used now"),
        [
            _("The wait is over. Sign in with your password and a code of the new device: with that it takes over."),
            _("If nobody does so until %(when)s, it lapses, and everything stays as it is.")
            % {"when": moment(said["lapses_at"])},
        ],
        action=(_("Sign in"), "/sign-in/"),
        alarm=_("If this was not you, cancel it now. It takes one press, and you need not sign in:"),
        refusal=_("Cancel the reset"),
    )


def assisted(message: OutboxMessage) -> Letter:
    return Letter(
        _("Set up a new device for your account"),
        [
            _("Our support has opened the way to pair a new device with your account. You need your password as well."),
            _("The link is good for %(time)s and for one use.") % {"time": lifetime(conf.ASSISTED_LINK_LIFETIME)},
        ],
        alarm=_("If you did not ask for this, say so at once. It takes one press, and you need not sign in:"),
        refusal=_("This wasn’t me"),
        tells_where=False,
    )


def assisted_elsewhere(message: OutboxMessage) -> Letter:
    return Letter(
        _("Our support has sent a link for a new device"),
        [_("A link to pair a new device with your account was sent to another address of yours.")],
        alarm=_("If you did not ask for this, say so at once. It takes one press, and you need not sign in:"),
        refusal=_("This wasn’t me"),
        tells_where=False,
    )
