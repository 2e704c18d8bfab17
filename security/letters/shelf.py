"""Which letter belongs to which promised mail."""

from collections.abc import Callable

from security.letters import account, devices, passkeys, staff
from security.letters.letter import Letter
from security.models import OutboxMessage

_LETTERS: dict[str, Callable[[OutboxMessage], Letter]] = {
    "account_frozen": account.frozen,
    "account_thawed": account.thawed,
    "address_change_started": account.address_change_started,
    "address_changed": account.address_changed,
    "address_removed": account.address_removed,
    "assisted_reset": devices.assisted,
    "assisted_reset_elsewhere": devices.assisted_elsewhere,
    "assisted_reset_requested": staff.reset_requested,
    "authenticator_bound": devices.bound,
    "authenticator_removed": devices.removed,
    "authenticator_replaced": devices.replaced,
    "browser_copied": account.browser_copied,
    "browser_trusted": account.browser_trusted,
    "device_required": staff.device_required,
    "enrollment_cancelled": devices.cancelled,
    "enrollment_held": devices.held,
    "enrollment_held_half_way": devices.half_way,
    "enrollment_ripe": devices.ripe,
    "limits_lifted": staff.limits_lifted,
    "passkey_added": passkeys.added,
    "passkey_copied": passkeys.copied,
    "passkey_removed": passkeys.removed,
    "password_changed": account.password_changed,
    "password_chosen": account.password_chosen,
    "password_exposed": account.password_exposed,
    "password_link": account.password_link,
    "password_recovered": account.password_recovered,
    "recovery_code_used": account.code_used,
    "recovery_codes_made": account.codes_made,
    "replacement_required": staff.replacement_required,
    "roles_changed": staff.roles_changed,
    "session_after_failures": account.after_failures,
    "session_after_long": account.after_long,
    "session_in_new_browser": account.new_browser,
    "sessions_ended": staff.sessions_ended,
    "sessions_too_many": account.too_many_sessions,
    "support_asked": account.support_asked,
    "support_case": account.support_case,
    "verification_code_sent_elsewhere": devices.sent_elsewhere,
    "wrong_second_factor": account.wrong_second_factor,
}


def letter_for(message: OutboxMessage) -> Letter | None:
    """Its letter, in the language that is active; None for a mail with a template of its own."""
    write = _LETTERS.get(message.what)
    return write(message) if write else None


def names() -> set[str]:
    """The mails that have a letter."""
    return set(_LETTERS)
