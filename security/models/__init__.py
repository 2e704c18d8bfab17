"""What security keeps."""

from security.models.address_change import AddressChange, Which
from security.models.assisted_reset import AssistedReset
from security.models.authenticator import Authenticator
from security.models.browsers import KnownBrowser, TrustedBrowser
from security.models.campaign import Asks, Campaign
from security.models.enrollment import Enrollment
from security.models.event import Event, Kind
from security.models.figure import Figure, RolledUp
from security.models.former import FormerAddress, FormerPassword
from security.models.group_policy import GroupPolicy
from security.models.outbox import OutboxMessage
from security.models.passkey import Passkey, PasskeyChallenge
from security.models.profile import SecurityProfile
from security.models.recovery_code import RecoveryCode, RecoveryCodeSet
from security.models.session import Session
from security.models.support_case import SupportCase
from security.models.throttle import Throttle
from security.models.verification_code import VerificationCode

__all__ = [
    "AddressChange",
    "Asks",
    "AssistedReset",
    "Authenticator",
    "Campaign",
    "Enrollment",
    "Event",
    "Figure",
    "FormerAddress",
    "FormerPassword",
    "GroupPolicy",
    "Kind",
    "KnownBrowser",
    "OutboxMessage",
    "Passkey",
    "PasskeyChallenge",
    "RecoveryCode",
    "RecoveryCodeSet",
    "RolledUp",
    "SecurityProfile",
    "Session",
    "SupportCase",
    "Throttle",
    "TrustedBrowser",
    "VerificationCode",
    "Which",
]
