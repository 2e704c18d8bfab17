"""What one network may do, whoever's account it tries: wrong answers, accounts tried in vain, requests for mails.

A block is an IPv4 address or the /64 of an IPv6 one, as seen behind TRUSTED_PROXIES only; without an address there is
no block. A right answer takes nothing back. A browser in which the person completed a second factor has a lane of its
own: it is neither stopped nor counted here, so that nobody is locked out by their neighbours. What protects one account
is counted in `throttle`, whatever the network.
"""

import ipaddress
from datetime import datetime

from django.db import transaction

from security import events, throttle, windows
from security.actor import Actor
from security.conf import HOUR, MINUTE, conf
from security.models import Kind
from security.refusals import Reason, Refusal
from security.windows import Window


def block_of(address: str | None) -> str:
    """The block this address lies in, or an empty string where there is none."""
    if not address:
        return ""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return str(ipaddress.IPv6Network((int(found), 64), strict=False))
        found = found.ipv4_mapped
    return str(found)


def closed(actor: Actor, lane: str = "") -> Refusal | None:
    """Whether too much went wrong from here lately, and until when. Ask before anything is looked at."""
    block = "" if lane else block_of(actor.address)
    if not block:
        return None
    full = [(until, window) for window in (_failures(), _accounts()) if (until := windows.full_until(window, block))]
    if not full:
        return None
    until, window = max(full, key=lambda pair: pair[0])
    return _refused(window, until, block, actor)


def failed(actor: Actor, address: str, lane: str = "") -> None:
    """Count a wrong password, second factor or recovery code for the account of this address.

    Call it last, when nothing more is locked: while Redis is away it holds a row that all of a network share.
    """
    block = "" if lane else block_of(actor.address)
    if not block:
        return
    windows.hit(_failures(), block)
    if windows.hit(Window("account", 1, HOUR), block, throttle.of_address(address)):
        windows.hit(_accounts(), block)


def may_ask_for_mail(actor: Actor, lane: str = "") -> Refusal | None:
    """Count a request for a mail, or say until when there are too many from here."""
    block = "" if lane else block_of(actor.address)
    if not block or windows.hit(_mails(), block):
        return None
    until = windows.full_until(_mails(), block)
    return _refused(_mails(), until, block, actor) if until else None


def _failures() -> Window:
    return Window("failures", conf.BLOCK_FAILURES_A_MINUTE, MINUTE)


def _accounts() -> Window:
    return Window("accounts", conf.BLOCK_ACCOUNTS_AN_HOUR, HOUR)


def _mails() -> Window:
    return Window("mails", conf.BLOCK_MAILS_AN_HOUR, HOUR)


def _refused(window: Window, until: datetime, block: str, actor: Actor) -> Refusal:
    """The refusal; recorded once for as long as the window is."""
    if windows.hit(Window(f"{window.name} told", 1, window.seconds), block):
        with transaction.atomic():
            events.record(Kind.LIMIT_REACHED, None, actor, what=window.name)
    return Refusal(Reason.BUSY_NETWORK, until=until)
