"""Every number of the security rules: typed, documented, overridable as `SECURITY_<NAME>`, bounds checked at start."""

from collections.abc import Iterator

from django.conf import settings


class _Read:
    """The numbers as they were found: settings find out slowly, and each time, that one is not among them."""

    settings: object = None  # those they were found in; a test has its own
    numbers: dict[str, int] = {}


class Number:
    """One whole number with a default and the bounds outside which the site does not start."""

    def __init__(self, default: int, meaning: str, *, lowest: int = 1, highest: int) -> None:
        self.default, self.meaning, self.lowest, self.highest = default, meaning, lowest, highest

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object | None, owner: type | None = None) -> int:
        if settings._wrapped is not _Read.settings:
            _Read.settings, _Read.numbers = settings._wrapped, {}
        found = _Read.numbers.get(self.name)
        if found is None:
            found = _Read.numbers[self.name] = int(getattr(settings, f"SECURITY_{self.name}", self.default))
        return found

    def __set__(self, instance: object, value: int) -> None:
        raise AttributeError(f"set SECURITY_{self.name} in the settings instead")


MINUTE, HOUR, DAY = 60, 3600, 86400


class Conf:
    """The numbers. Times are seconds."""

    # Mailed verification codes (NIST SP 800-63B-4 4.2.1.2, ASVS 6.5.5).
    CODE_LIFETIME = Number(10 * MINUTE, "a mailed code, from its hand-over to the mail server", highest=10 * MINUTE)
    CODE_PATIENCE = Number(30 * MINUTE, "a mailed code, from its promise, sent or not", highest=30 * MINUTE)
    CODE_TRIES = Number(5, "guesses at one mailed code", highest=5)
    CODE_FAILURES_A_DAY = Number(10, "wrong mailed codes of a person in 24 h, over all codes", highest=100)
    CODE_COOL_DOWN = Number(60, "between two codes of one enrollment", lowest=30, highest=HOUR)
    CODE_RESENDS = Number(3, "further codes in one enrollment", highest=10)
    CODE_MAILS_AN_HOUR = Number(5, "mails with a code or link to one address in an hour, password known", highest=20)
    CODE_MAILS_A_DAY = Number(10, "mails with a code or link to one address in 24 h, password known", highest=50)
    LINK_MAILS_AN_HOUR = Number(3, "mails with a link to one address in an hour, before the password", highest=10)
    LINK_MAILS_A_DAY = Number(5, "mails with a link to one address in 24 h, before the password", highest=20)
    UNCONFIRMED_MAILS_A_DAY = Number(3, "codes to an unconfirmed address in 24 h, over all accounts", highest=10)
    ADDRESS_CHANGES_A_DAY = Number(10, "new addresses a person enters in 24 h", highest=50)

    # The journey.
    ENROLLMENT_LIFETIME = Number(30 * MINUTE, "an enrollment, from its start", lowest=5 * MINUTE, highest=HOUR)
    RECOVERY_STARTS_A_DAY = Number(3, "enrollments a person proves by mail in 24 h", highest=10)
    RECOVERIES_A_MONTH = Number(2, "swaps proved by mail in 30 days", highest=10)

    # Who replaces a device without an old one (NIST SP 800-63B-4 4.2): the waits, and what can be taken back.
    HOLD_NEW_BROWSER = Number(
        DAY, "the wait after a mailed code from a browser nobody knows", lowest=0, highest=7 * DAY
    )
    HOLD_RISK = Number(3 * DAY, "the wait with a risk signal, or after a link from staff", lowest=0, highest=7 * DAY)
    HOLD_LAPSES = Number(
        7 * DAY, "how long a new device may take over once its wait is over", lowest=DAY, highest=30 * DAY
    )
    PROBATION = Number(3 * DAY, "changes need an older proof after such a swap", lowest=HOUR, highest=14 * DAY)
    MAIL_CLOSED = Number(
        7 * DAY, "no mailed code after a forgotten password or with a new address", lowest=DAY, highest=30 * DAY
    )
    CONTEST = Number(7 * DAY, "a change can be contested", lowest=DAY, highest=30 * DAY)
    FREEZE = Number(3 * DAY, "a freeze that nobody lifts", lowest=HOUR, highest=14 * DAY)
    RISK_FAILURES = Number(5, "wrong second factors in 24 h that are a risk signal", highest=50)
    FORMER_ADDRESS = Number(30 * DAY, "a former address gets the alerts", lowest=7 * DAY, highest=90 * DAY)
    ASSISTED_REQUEST_LIFETIME = Number(
        DAY, "a request for such a link waits for a second approver", lowest=HOUR, highest=7 * DAY
    )
    ASSISTED_LINK_LIFETIME = Number(DAY, "the link that staff have sent", lowest=HOUR, highest=DAY)

    # Trusted and known browsers.
    TRUSTED_BROWSER = Number(14 * DAY, "a browser is trusted", lowest=HOUR, highest=30 * DAY)
    TRUSTED_BROWSERS = Number(5, "trusted browsers of a person", highest=10)
    KNOWN_BROWSER_AGE = Number(
        7 * DAY, "until a browser in which a second factor was completed is known", lowest=DAY, highest=90 * DAY
    )

    # Recovery codes (NIST SP 800-63B-4 4.2.1.1).
    RECOVERY_CODES = Number(10, "codes in a set", lowest=8, highest=16)
    RECOVERY_CODES_LOW = Number(3, "fewer codes left than this, and we say so", highest=8)
    RECOVERY_CODES_UNCHECKED = Number(
        365 * DAY, "codes that nobody looked for are asked about", lowest=30 * DAY, highest=730 * DAY
    )

    # Authenticator codes (RFC 6238 5.2: at most one step either side).
    TOTP_WINDOW = Number(1, "time steps either side of now in which a code counts", lowest=0, highest=1)
    TOTP_DRIFT_HINT = Number(
        10, "time steps either side within which a phone's clock is called slow or fast", highest=20
    )

    # Passkeys (NIST SP 800-63B-4 3.1.6.2: a challenge is answered once, and soon).
    PASSKEY_CHALLENGE = Number(10 * MINUTE, "a browser may answer what it was asked to sign", highest=10 * MINUTE)
    PASSKEYS = Number(10, "passkeys of a person", highest=50)

    # Mailed links (NIST SP 800-63B-4 4.2.1.2: at most a day).
    INVITATION_LIFETIME = Number(DAY, "the link of an invitation, from its promise", lowest=HOUR, highest=DAY)
    PASSWORD_LINK_LIFETIME = Number(30 * MINUTE, "the link for a forgotten password", lowest=5 * MINUTE, highest=DAY)
    ADDRESS_CHANGE_LIFETIME = Number(30 * MINUTE, "a new address waits for its code", lowest=5 * MINUTE, highest=DAY)

    # Failures of a factor (NIST SP 800-63B-4 3.2.2: far below 100).
    FAILURES_FREE = Number(5, "failures of a factor before the first wait", highest=10)
    FAILURE_WAIT = Number(30, "the first wait; it doubles", highest=10 * MINUTE)
    FAILURE_WAIT_LONGEST = Number(HOUR, "the longest wait", highest=HOUR)
    FAILURES_A_DAY = Number(50, "failures of a factor in 24 h", highest=100)

    # Failures of a network, whoever's account is tried (ASVS 6.3.1).
    BLOCK_FAILURES_A_MINUTE = Number(20, "failures from one address block in a minute", highest=200)
    BLOCK_ACCOUNTS_AN_HOUR = Number(10, "accounts tried in vain from one address block in an hour", highest=200)
    BLOCK_MAILS_AN_HOUR = Number(20, "requests for a mail from one address block in an hour", highest=200)

    # Sessions (NIST SP 800-63B-4 2.2.3, ASVS 7.3).
    PENDING_LIFETIME = Number(10 * MINUTE, "a sign-in between password and second factor", highest=30 * MINUTE)
    SESSION_IDLE = Number(30 * MINUTE, "a session without a request", highest=HOUR)
    SESSION_LIFETIME = Number(12 * HOUR, "a session at the longest", highest=DAY)
    STAFF_SESSION_IDLE = Number(15 * MINUTE, "a session of staff without a request", highest=15 * MINUTE)
    STAFF_SESSION_LIFETIME = Number(8 * HOUR, "a session of staff at the longest", highest=12 * HOUR)
    SESSIONS = Number(10, "live sessions of a person", highest=50)
    SESSION_WARNING = Number(2 * MINUTE, "how long before an idle end we warn", lowest=20, highest=10 * MINUTE)
    STEP_UP = Number(10 * MINUTE, "how long a proof counts", lowest=MINUTE, highest=30 * MINUTE)
    STAFF_PROOF = Number(HOUR, "the pages for staff stay open after a proof for them", lowest=MINUTE, highest=8 * HOUR)
    STAFF_PROOF_GRACE = Number(15 * MINUTE, "a form of theirs may still be sent after that", highest=HOUR)
    SESSION_TOUCH = Number(MINUTE, "how often the last-seen time is written", highest=5 * MINUTE)
    SESSION_GRACE = Number(30, "how long a rotated session key is sent on to the same path", highest=MINUTE)

    # The record.
    ACTIVITY_SHOWN = Number(90 * DAY, "events are shown to their person", lowest=30 * DAY, highest=365 * DAY)
    EVENTS_KEPT = Number(396 * DAY, "events, before they are purged", lowest=90 * DAY, highest=3650 * DAY)
    ROWS_KEPT = Number(
        90 * DAY,
        "attempts, mails, codes and cases that are over, before they are purged",
        lowest=31 * DAY,
        highest=396 * DAY,
    )
    LONG_IDLE = Number(
        180 * DAY, "an account that was not used is told of a sign-in", lowest=30 * DAY, highest=730 * DAY
    )

    # Policies of groups.
    POLICIES_KEPT = Number(5, "a process holds to the policies that it has read", lowest=0, highest=MINUTE)

    PORTAL_KEPT = Number(2, "a process shows the links and announcements that it has read", lowest=0, highest=MINUTE)

    # The outbox.
    NOTICE_MERGE = Number(HOUR, "failures of one kind are told once in this time", lowest=MINUTE, highest=DAY)
    OUTBOX_LEASE = Number(12, "how long a message belongs to the process that sends it", lowest=10, highest=MINUTE)
    OUTBOX_GIVE_UP = Number(DAY, "how long a notice is tried", lowest=HOUR, highest=7 * DAY)

    @classmethod
    def numbers(cls) -> Iterator[Number]:
        """All of them, in the order of this page."""
        return (value for value in vars(cls).values() if isinstance(value, Number))


conf = Conf()
