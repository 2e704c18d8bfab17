"""What security keeps."""

from security.models.authenticator import Authenticator
from security.models.enrollment import Enrollment
from security.models.event import Event, Kind
from security.models.outbox import OutboxMessage
from security.models.profile import SecurityProfile
from security.models.session import Session
from security.models.throttle import Throttle
from security.models.verification_code import VerificationCode

__all__ = [
    "Authenticator",
    "Enrollment",
    "Event",
    "Kind",
    "OutboxMessage",
    "SecurityProfile",
    "Session",
    "Throttle",
    "VerificationCode",
]
