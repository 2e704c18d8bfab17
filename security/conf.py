"""Every number of the security rules: typed, documented, overridable as `SECURITY_<NAME>`, bounds checked at start."""

from collections.abc import Iterator

from django.conf import settings


class Number:
    """One whole number with a default and the bounds outside which the site does not start."""

    def __init__(self, default: int, meaning: str, *, lowest: int = 1, highest: int) -> None:
        self.default, self.meaning, self.lowest, self.highest = default, meaning, lowest, highest

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object | None, owner: type | None = None) -> int:
        return int(getattr(settings, f"SECURITY_{self.name}", self.default))

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
    CODE_MAILS_AN_HOUR = Number(5, "mails with a code to one address in an hour", highest=20)
    CODE_MAILS_A_DAY = Number(10, "mails with a code to one address in 24 h", highest=50)

    # The journey.
    ENROLLMENT_LIFETIME = Number(30 * MINUTE, "an enrollment, from its start", lowest=5 * MINUTE, highest=HOUR)
    RECOVERY_STARTS_A_DAY = Number(3, "enrollments a person proves by mail in 24 h", highest=10)
    RECOVERIES_A_MONTH = Number(2, "swaps proved by mail in 30 days", highest=10)

    # Authenticator codes (RFC 6238 5.2: at most one step either side).
    TOTP_WINDOW = Number(1, "time steps either side of now in which a code counts", lowest=0, highest=1)
    TOTP_DRIFT_HINT = Number(
        10, "time steps either side within which a phone's clock is called slow or fast", highest=20
    )

    # Mailed links (NIST SP 800-63B-4 4.2.1.2: at most a day).
    INVITATION_LIFETIME = Number(DAY, "the link of an invitation, from its promise", lowest=HOUR, highest=DAY)

    # Failures of a factor (NIST SP 800-63B-4 3.2.2: far below 100).
    FAILURES_FREE = Number(5, "failures of a factor before the first wait", highest=10)
    FAILURE_WAIT = Number(30, "the first wait; it doubles", highest=10 * MINUTE)
    FAILURE_WAIT_LONGEST = Number(HOUR, "the longest wait", highest=HOUR)
    FAILURES_A_DAY = Number(50, "failures of a factor in 24 h", highest=100)

    # Sessions (NIST SP 800-63B-4 2.2.3, ASVS 7.3).
    PENDING_LIFETIME = Number(10 * MINUTE, "a sign-in between password and second factor", highest=30 * MINUTE)
    SESSION_IDLE = Number(30 * MINUTE, "a session without a request", highest=HOUR)
    SESSION_LIFETIME = Number(12 * HOUR, "a session at the longest", highest=DAY)
    STAFF_SESSION_IDLE = Number(15 * MINUTE, "a session of staff without a request", highest=15 * MINUTE)
    STAFF_SESSION_LIFETIME = Number(8 * HOUR, "a session of staff at the longest", highest=12 * HOUR)
    SESSION_TOUCH = Number(MINUTE, "how often the last-seen time is written", highest=5 * MINUTE)
    SESSION_GRACE = Number(30, "how long a rotated session key is sent on to the same path", highest=MINUTE)

    # The outbox.
    OUTBOX_LEASE = Number(12, "how long a message belongs to the process that sends it", lowest=10, highest=MINUTE)
    OUTBOX_GIVE_UP = Number(DAY, "how long a notice is tried", lowest=HOUR, highest=7 * DAY)

    @classmethod
    def numbers(cls) -> Iterator[Number]:
        """All of them, in the order of this page."""
        return (value for value in vars(cls).values() if isinstance(value, Number))


conf = Conf()
