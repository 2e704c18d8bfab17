"""The two ceremonies of WebAuthn, as the library holds them, with what we ask differently.

Nothing is decided here: who may register, and what an assertion opens, is decided by flows (`flows/passkeys.py`).
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnUserHandle, as_credential_descriptors
from webauthn import verify_authentication_response
from webauthn.helpers import (
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import ResidentKeyRequirement, UserVerificationRequirement

from security.models import Passkey
from security.person import Person


class Refused(Exception):
    """What was sent is no right answer to what was asked."""


@contextmanager
def _whatever_was_sent() -> Iterator[None]:
    """Whatever a parser or a check meets in it is its sender's fault; only the database is not."""
    try:
        yield
    except (Refused, OperationalError, InterfaceError):
        raise
    except Exception:
        raise Refused from None


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a right signature says: whether its owner was verified, and the authenticator's count of signatures."""

    verifies_user: bool
    count: int
    is_backed_up: bool


def digest(challenge: bytes) -> str:
    """What is kept of a challenge."""
    return hashlib.sha256(challenge).hexdigest()


def challenge_of(data: Any) -> bytes:
    """The challenge that this answer says it answers. Raises Refused for what is no answer."""
    with _whatever_was_sent():
        response = _parsed(data).response
        return parse_client_data_json(response.client_data_json).challenge


def credential_id_of(data: Any) -> str:
    """The digest by which the passkey of this assertion is found. Raises Refused for what is none."""
    with _whatever_was_sent():
        return Passkey.get_credential_id_sha256(parse_authentication_credential_json(data).raw_id)


def _parsed(data: Any) -> Any:
    is_registration = isinstance(data, dict) and "attestationObject" in (data.get("response") or {})
    return (parse_registration_credential_json if is_registration else parse_authentication_credential_json)(data)


class Ceremony(WebAuthnHelper):
    """User verification is preferred and looked at (NIST SP 800-63B-4 app. B.3), discoverable keys are preferred and
    not required, and no attestation is asked for or kept: the public brings what it has.
    """

    def __init__(self, among: Iterable[Passkey] | None = None) -> None:
        super().__init__(request=None)
        self.among = among

    def get_discoverable_credentials_preference(self) -> ResidentKeyRequirement:
        return ResidentKeyRequirement.PREFERRED

    def get_credential_display_name(self, user: Any) -> str:
        return str(user.name or user.email)

    def get_generate_registration_options_kwargs(self, *, user: Any) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_generate_registration_options_kwargs(user=user)
        return kwargs | {"exclude_credentials": as_credential_descriptors(Passkey.objects.of(user).live())}

    def get_generate_authentication_options_kwargs(
        self, *, user: Any = None, require_user_verification: bool = False
    ) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_generate_authentication_options_kwargs(
            user=None, require_user_verification=False
        )
        kwargs["user_verification"] = UserVerificationRequirement.PREFERRED
        return kwargs | ({"allow_credentials": as_credential_descriptors(self.among)} if self.among is not None else {})

    def create_attestation(self, *args: Any) -> None:
        """It says nothing that was proven."""

    def create_credential(self, user: Any, response: Any, parsed_credential: Any, original_data: Any) -> Passkey:
        """Not saved yet. Raises Refused for a key that is registered, here or to somebody else."""
        passkey: Passkey = super().create_credential(user, response, parsed_credential, original_data)
        passkey.verifies_user = bool(response.user_verified)
        passkey.is_security_key = bool(passkey.transports) and set(passkey.transports) <= {"usb", "nfc", "ble"}
        known_by = Passkey.get_credential_id_sha256(passkey.credential_id)
        if Passkey.objects.filter(credential_id_sha256=known_by).exists():
            raise Refused
        return passkey

    def register(self, person: Person, challenge: bytes, data: Any) -> Passkey:
        """The new passkey, kept. Raises Refused."""
        state = {"challenge": bytes_to_base64url(challenge), "require_user_verification": False}
        with _whatever_was_sent():
            passkey: Passkey = self.register_complete(person, state, data)
        return passkey

    def verify(self, passkey: Passkey, challenge: bytes, data: Any) -> Assertion:
        """What this passkey signed, if it signed this challenge for this site and is its person's. Raises Refused.

        The counter is for the caller to judge: a right signature with an old count is a different matter from a wrong
        one.
        """
        with _whatever_was_sent():
            credential = parse_authentication_credential_json(data)
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.get_relying_party_domain(),
                expected_origin=self.get_allowed_origins(),
                credential_public_key=bytes(passkey.public_key),
                credential_current_sign_count=0,
                require_user_verification=False,
            )
        handle = credential.response.user_handle
        if handle and handle != WebAuthnUserHandle.get_handle_for_user(passkey.user):
            raise Refused
        return Assertion(verified.user_verified, verified.new_sign_count, verified.credential_backed_up)
