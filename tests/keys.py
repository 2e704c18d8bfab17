"""A passkey in software: what an authenticator keeps and signs (WebAuthn Level 3, 6), written apart from the library
that the site checks it with.
"""

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django_otp_webauthn.models import WebAuthnUserHandle

from security.models import Passkey
from tests.people import Someone

ORIGIN, SITE = "http://localhost:8000", "localhost"
PRESENT, VERIFIED, MAY_SYNC, SYNCED, ATTESTED = 1, 4, 8, 16, 64


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Key:
    """`verifies` is what its flag says; `count` the number of its next signature, 0 for one that does not count."""

    verifies: bool = True
    synced: bool = False
    count: int = 0
    origin: str = ORIGIN
    site: str = SITE
    handle: bytes = b""
    aaguid: str = "00000000-0000-0000-0000-000000000000"
    identity: bytes = field(default_factory=lambda: os.urandom(32))
    secret: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any], **instead: Any) -> dict[str, Any]:
        """The answer to `navigator.credentials.create`."""
        self.handle = base64.urlsafe_b64decode(options["user"]["id"] + "==")
        attested = bytes.fromhex(self.aaguid.replace("-", "")) + struct.pack(">H", len(self.identity)) + self.identity
        data = self._data(ATTESTED) + attested + cbor2.dumps(self._public())
        response = {
            "clientDataJSON": self._client_data("webauthn.create", options["challenge"]),
            "attestationObject": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            "transports": ["internal"],
        }
        extensions = {"credProps": {"rk": True}}
        return self._credential(response) | {"clientExtensionResults": extensions} | instead

    def get(self, options: dict[str, Any], **instead: Any) -> dict[str, Any]:
        """The answer to `navigator.credentials.get`."""
        data = self._data(0)
        said = self._client_data("webauthn.get", options["challenge"])
        raw = base64.urlsafe_b64decode(said + "==")
        signature = self.secret.sign(data + hashlib.sha256(raw).digest(), ec.ECDSA(SHA256()))
        response = {"clientDataJSON": said, "authenticatorData": b64(data), "signature": b64(signature)}
        if self.handle:
            response["userHandle"] = b64(self.handle)
        if self.count:
            self.count += 1
        return self._credential(response | instead) | {"clientExtensionResults": {}}

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0) | (MAY_SYNC | SYNCED if self.synced else 0)
        return hashlib.sha256(self.site.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _public(self) -> dict[int, Any]:
        numbers = self.secret.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}

    def _client_data(self, kind: str, challenge: str) -> str:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return b64(json.dumps(said).encode())

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        return {"id": b64(self.identity), "rawId": b64(self.identity), "type": "public-key", "response": response}


def give(someone: Someone, *, added_at: datetime | None = None, **said: Any) -> Key:
    """A passkey that this person has had for a while."""
    key = Key(**said)
    key.handle = WebAuthnUserHandle.get_handle_for_user(someone.user)
    row = Passkey(
        user=someone.user,
        credential_id=key.identity,
        public_key=cbor2.dumps(key._public()),
        sign_count=key.count,
        verifies_user=key.verifies,
        backup_state=key.synced,
        discoverable=True,
        aaguid=key.aaguid,
    )
    if added_at:
        row.added_at = added_at
    row.save()
    someone.user.security_profile.change(has_other_ways=True)
    key.count += bool(key.count)
    return key


def ask(someone: Someone, place: str) -> Any:
    """What the page asks the browser to sign; `place` may carry a query."""
    path, _, query = place.partition("?")
    return someone.client.post(f"{path}begin/" + (f"?{query}" if query else ""), "", content_type="application/json")


def tell(someone: Someone, place: str, answer: Any) -> Any:
    path, _, query = place.partition("?")
    where = f"{path}finish/" + (f"?{query}" if query else "")
    return someone.client.post(where, answer, content_type="application/json")


def show(someone: Someone, place: str, key: Key) -> Any:
    """The whole ceremony: `/sign-in/passkey/`, `/security/step-up/passkey/?for=…` and so on."""
    options = ask(someone, place)
    assert options.status_code == 200, options.content.decode()
    return tell(someone, place, key.get(options.json()))
