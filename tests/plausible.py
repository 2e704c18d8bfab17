"""Every kind of event as the flows record it: what it says besides who, when and from where."""

from datetime import UTC, datetime
from typing import Any

from security.models import Kind

SOON = datetime(2036, 11, 27, 9, 30, tzinfo=UTC).timestamp()
LATER = datetime(2036, 12, 4, 9, 30, tzinfo=UTC).timestamp()
DEVICE, OLD_DEVICE = "0123456789abcdef01234567", "fedcba9876543210fedcba98"
ENDED = {"sessions_ended": "2", "browsers_ended": "1"}

DETAIL: dict[Kind, dict[str, Any]] = {
    Kind.ACCOUNT_CREATED: {"by_invitation": False, "epoch": 0},
    Kind.ACCOUNT_FROZEN: {"change": DEVICE, "until": SOON},
    Kind.ACCOUNT_THAWED: {"change": DEVICE, "proof": "recovery_code"},
    Kind.PROFILE_CHANGED: {"name": "Robin Doe", "old_name": "Robin"},
    Kind.SESSION_STARTED: {
        "factor": "authenticator",
        "device": DEVICE,
        "is_new_browser": True,
        "after_failures": True,
        "after_long": True,
    },
    Kind.SESSION_ENDED: {"why": "too many", "limit": 10, "session": DEVICE},
    Kind.SESSIONS_ENDED: {"sessions_ended": 3},
    Kind.STEP_UP_PASSED: {"factor": "authenticator", "purpose": "email"},
    Kind.LIMIT_REACHED: {"what": "failures"},
    Kind.PASSWORD_CHOSEN: {},
    Kind.PASSWORD_CHANGED: ENDED,
    Kind.PASSWORD_RECOVERED: {"factor": "authenticator", "mail_closed_until": LATER, **ENDED},
    Kind.PASSWORD_EXPOSED: {"reason": "it was on a list", **ENDED},
    Kind.PASSWORD_REFUSED: {"subject": "0" * 64},
    Kind.PASSWORD_CONFIRMED: {},
    Kind.PASSWORD_LINK_PROMISED: {"epoch": 0, "subject": "0" * 64},
    Kind.ENROLLMENT_STARTED: {"entrance": "reset", "comfort": "session"},
    Kind.ENROLLMENT_PROVED: {"proof": "mailed_code", "row": "4a", "hold": 0, "old_was_stolen": True},
    Kind.ENROLLMENT_HELD: {
        "proof": "mailed_code",
        "row": "4b",
        "hold": 259200,
        "risks": ["a notice came back"],
        "ripens_at": SOON,
        "lapses_at": LATER,
        "name": "New phone",
        "old_was_stolen": False,
    },
    Kind.ENROLLMENT_SUPERSEDED: {"was_serious": False},
    Kind.ENROLLMENT_CANCELLED: {"was_serious": True, "was_held": True},
    Kind.VERIFICATION_CODE_PROMISED: {"to": "o•••@e•••.com", "generation": 1, "replaces": True},
    Kind.VERIFICATION_CODE_REFUSED: {"generation": 1, "purpose": "enrollment"},
    Kind.AUTHENTICATOR_CODE_REFUSED: {"at_sign_in": True, "was_used_before": True},
    Kind.AUTHENTICATOR_BOUND: {
        "device": DEVICE,
        "name": "New phone",
        "row": "another",
        "proof": "authenticator",
        "hold": "0",
        **ENDED,
    },
    Kind.AUTHENTICATOR_REPLACED: {
        "device": DEVICE,
        "name": "New phone",
        "old_device": OLD_DEVICE,
        "old_name": "Old phone",
        "row": "4a",
        "proof": "mailed_code",
        "hold": "0",
        "old_was_stolen": False,
        "probation_until": SOON,
        **ENDED,
    },
    Kind.AUTHENTICATOR_RENAMED: {"device": DEVICE, "name": "New phone", "old_name": "Old phone"},
    Kind.AUTHENTICATOR_REMOVED: {"device": DEVICE, "name": "New phone", **ENDED},
    Kind.RECOVERY_CODES_MADE: {"set": DEVICE, **ENDED},
    Kind.RECOVERY_CODES_REHEARSED: {"set": DEVICE, "position": 4},
    Kind.RECOVERY_CODE_USED: {"set": DEVICE, "position": 4, "left": 9, "purpose": "sign_in"},
    Kind.RECOVERY_CODE_REFUSED: {"purpose": "sign_in", "at_sign_in": True},
    Kind.BROWSER_TRUSTED: {"browser": "Firefox (Linux)", "until": LATER},
    Kind.BROWSER_DISTRUSTED: {"browser": "Firefox (Linux)"},
    Kind.BROWSERS_DISTRUSTED: {"browsers_ended": 2},
    Kind.BROWSER_COPIED: {"browsers_ended": 2},
    Kind.ADDRESS_CHANGE_STARTED: {
        "which": "primary",
        "to": "n•••@e•••.com",
        "generation": 1,
        "change": DEVICE,
        "step": "new",
    },
    Kind.ADDRESS_CHANGE_STOPPED: {"which": "primary", "to": "n•••@e•••.com", "change": DEVICE},
    Kind.ADDRESS_CHANGED: {"which": "primary", "to": "n•••@e•••.com", "was": "o•••@e•••.com", **ENDED},
    Kind.ADDRESS_REMOVED: {"to": "s•••@e•••.com", **ENDED},
    Kind.LIMITS_LIFTED: {"reason": "case K7Q2", "factors": ["password"]},
    Kind.SUPPORT_ASKED: {"case": "K7Q2", "subject": "0" * 64},
    Kind.ASSISTED_RESET_STARTED: {"reason": "lost the phone", "case": "K7Q2", "epoch": 0, "second_approver": ""},
    Kind.KEYS_ROTATED: {"under": "k2", "renewed": 12},
    Kind.ROWS_PURGED: {"rows": {"sessions": 3}},
}
