"""The check-up: if the phone, the laptop or the mailbox were lost, how would this person get back in, and what is the
best thing they can do about it now? What is going on at the moment stands above it on every page (news.py).

`of` is a pure function over the facts; `facts` reads them.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from security import policy
from security.conf import conf
from security.flows import challenge, passkeys, recovery_codes
from security.letters.letter import moment
from security.models import Authenticator
from security.models.enrollment import Entrance
from security.person import Person, masked
from security.refusals import Refusal, duration

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = object


@dataclass(frozen=True, slots=True)
class Facts:
    """What the answer depends on. `devices` are those that sign in now; `mailed_to` are masked."""

    has_factor: bool = True
    is_staff: bool = False
    devices: int = 1
    passkeys: int = 0
    codes: recovery_codes.State | None = None
    addresses: int = 1
    mailed_to: tuple[str, ...] = ()
    mail_closed: Refusal | None = None
    wait: int = 0
    probation_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that gets lost, and the ways in that are left; without any, only support helps."""

    name: str
    title: str
    icon: str
    ways: list[str]
    but: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """The next best thing to do: what, why, and where."""

    title: StrOrPromise
    why: StrOrPromise
    place: str
    query: str = ""

    @property
    def path(self) -> str:
        """The address of the page where it is done."""
        return reverse(self.place) + self.query


ENABLE = Step(
    gettext_lazy("Enable enhanced security"),
    gettext_lazy("A password can be guessed, stolen or tricked out of you. Turning it on takes about three minutes."),
    "security:reset:email",
)
MAKE_CODES = Step(
    gettext_lazy("Make recovery codes"),
    gettext_lazy("Ten codes on paper let you in at once if your phone gets lost. It takes a minute."),
    "security:recovery_codes",
)
MAKE_MORE_CODES = Step(
    gettext_lazy("Make new recovery codes"),
    gettext_lazy("You have used most of your recovery codes."),
    "security:recovery_codes",
)
REHEARSE = Step(
    gettext_lazy("Check your recovery codes"),
    gettext_lazy("See that you still find them: two characters of one of them are enough, and none is spent."),
    "security:recovery_codes",
)
ADD_ADDRESS = Step(
    gettext_lazy("Add a recovery address"),
    gettext_lazy("Our warnings then reach you even if one mailbox is lost, or is no longer yours alone."),
    "accounts:email",
)
ADD_DEVICE = Step(
    gettext_lazy("Add another device"),
    gettext_lazy("If one gets lost, the other one lets you in at once."),
    "security:reset:email",
    "?add=1",
)
ADD_PASSKEY = Step(
    gettext_lazy("Add a passkey"),
    gettext_lazy("You sign in with finger, face or PIN, and no false page can get it out of you."),
    "security:passkeys",
)


@dataclass(frozen=True, slots=True)
class Checkup:
    """What the home page says. `step_from` is when the step becomes possible, if it is not yet."""

    step: Step | None
    step_from: datetime | None = None
    losses: list[Loss] = field(default_factory=list)


def facts(person: Person) -> Facts:
    """What is true of this account now. Five statements at the most."""
    profile = person.security_profile  # type: ignore[attr-defined]
    devices, keys = _how_many(person)
    if not devices and not challenge.is_needed(person):
        return Facts(has_factor=False, devices=0)
    return Facts(
        is_staff=person.is_staff,
        devices=devices,
        passkeys=keys,
        codes=recovery_codes.state(person),
        addresses=len(person.notification_addresses()),
        mailed_to=tuple(masked(address) for address in person.seasoned_addresses()),
        mail_closed=policy.mailed_code(person, Entrance.SIGN_IN, profile),
        wait=policy.wait_of_mailed_code(person, []),
        probation_until=profile.probation_until if profile.is_on_probation else None,
    )


def _how_many(person: Person) -> tuple[int, int]:
    """Devices and passkeys that sign in. One statement."""
    devices = Authenticator.objects.of(person).live().order_by().values_list(Value("device"))
    keys = passkeys.live(person).order_by().values_list(Value("passkey"))
    found = [kind for (kind,) in devices.union(keys, all=True)]
    return found.count("device"), found.count("passkey")


def of(known: Facts) -> Checkup:
    """What these facts come to."""
    if not known.has_factor:
        return Checkup(ENABLE)
    return Checkup(
        step=_step(known),
        step_from=known.probation_until,
        losses=[_phone(known), _laptop(known), _mailbox(known)],
    )


def _step(known: Facts) -> Step | None:
    """The first of these that is true; for staff a device comes before codes, with which they can replace none."""
    left = known.codes.left if known.codes else 0
    wants_device = known.devices < 2
    wanted = [
        (ADD_DEVICE, known.is_staff and wants_device),
        (MAKE_CODES, not left),
        (MAKE_MORE_CODES, left < conf.RECOVERY_CODES_LOW),
        (REHEARSE, known.codes is not None and _is_due(known.codes)),
        (ADD_ADDRESS, known.addresses < 2),
        (ADD_DEVICE, wants_device),
        (ADD_PASSKEY, not known.passkeys),
    ]
    return next((step for step, is_wanted in wanted if is_wanted), None)


def _is_due(codes: recovery_codes.State) -> bool:
    since = timezone.now() - timedelta(seconds=conf.RECOVERY_CODES_UNCHECKED)
    return codes.rehearsed_at is None or codes.rehearsed_at < since


def _phone(known: Facts) -> Loss:
    ways = []
    if known.devices > 1:
        ways.append(_("your password and a code of your other device"))
    if known.passkeys:
        ways.append(_("your passkey, if it is kept somewhere else too"))
    if known.codes and known.codes.left:
        ways.append(_codes(known.codes.left))
    until = known.mail_closed.until if known.mail_closed else None
    if known.mailed_to and known.mail_closed is None:
        ways.append(_mailed(known))
    why_not = _("A code sent by e-mail is no way in until %(when)s.") % {"when": _moment(until)} if until else ""
    return Loss("phone", _("If you lose your phone"), "phone", ways, why_not)


def _codes(left: int) -> str:
    words = ngettext(
        "your password and a recovery code (you have %(n)d left)",
        "your password and a recovery code (you have %(n)d left)",
        left,
    )
    return words % {"n": left}


def _mailed(known: Facts) -> str:
    to = _(" or ").join(known.mailed_to)
    if not known.wait:
        return _("your password and a code sent to %(to)s") % {"to": to}
    return _(
        "your password and a code sent to %(to)s: at once where you are signed in or have signed in for a week, "
        "elsewhere after a wait of %(wait)s"
    ) % {"to": to, "wait": duration(timedelta(seconds=known.wait))}


def _laptop(known: Facts) -> Loss:
    ways = [_("your password and a code of your phone, in any other browser")] if known.devices else []
    but = _("On the page “Where you’re signed in” sign the lost one out, and trust its browser no longer.")
    return Loss("laptop", _("If you lose your laptop"), "laptop", ways, but)


def _mailbox(known: Facts) -> Loss:
    ways = [_("your password and a code of your phone, as always")] if known.devices else []
    if known.passkeys:
        ways.append(_("your passkey"))
    but = (
        _("You could not replace a forgotten password, and our warnings would not reach you.")
        if known.addresses < 2
        else _("You could not replace a forgotten password until you have entered another address.")
    )
    return Loss("mailbox", _("If you lose your mailbox"), "mail", ways, but)


def _moment(at: datetime) -> str:
    return moment(at.timestamp())
