"""Whatever a browser sends, or somebody who pretends to be one: refused in words, never a 500, and nothing is kept."""

import base64

import cbor2
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from security.models import Passkey, Session
from tests.keys import Key, ask, b64, give, tell

pytestmark = pytest.mark.django_db
ADD, ALONE = "/security/passkeys/add/", "/sign-in/passkey/"
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=30),
    st.binary(max_size=300).map(b64),
    st.lists(st.text(max_size=3), max_size=3),
    st.recursive(
        st.integers(), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner)
    ),
    st.recursive(st.integers(), lambda inner: st.lists(inner, max_size=2)).map(lambda made: b64(cbor2.dumps(made))),
)
damage = st.dictionaries(
    st.sampled_from(
        ["clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject", "transports"]
    ),
    junk,
    max_size=3,
)
outside = st.dictionaries(
    st.sampled_from(["id", "rawId", "type", "response", "clientExtensionResults"]), junk, max_size=2
)


@MANY
@given(inner=damage, outer=outside)
def test_of_a_registration(owner, clock, inner, outer):
    if not Session.objects.filter(person=owner.user).exists():
        owner.sign_in()
    now = timezone.now()
    Session.objects.filter(person=owner.user).update(fresh_for="passkeys", fresh_at=now, fresh_since=now)
    made = Key().create(ask(owner, ADD).json())
    made["response"] = made["response"] | inner
    answer = tell(owner, ADD, made | outer)
    assert answer.status_code == 200
    assert Passkey.objects.count() == ("id" in answer.json())  # transports and extensions may be anything
    assert "id" in answer.json() or answer.json()["error"]
    Passkey.objects.all().delete()


@MANY
@given(inner=damage, outer=outside)
def test_of_a_sign_in(owner, clock, inner, outer):
    key = give(owner)
    made = key.get(ask(owner, ALONE).json())
    made["response"] = made["response"] | inner
    answer = tell(owner.elsewhere() if not inner and not outer else owner, ALONE, made | outer)
    assert answer.status_code in (200, 403, 429)
    owner.post("/sign-out/")


@MANY
@given(place=st.integers(0, 400), bit=st.integers(0, 7), part=st.sampled_from(["authenticatorData", "signature"]))
def test_one_bit_of_what_was_signed(owner, clock, place, bit, part):
    """No single bit can be turned without being found."""
    key = give(owner, verifies=False)
    made = key.get(ask(owner, ALONE).json())
    raw = bytearray(base64.urlsafe_b64decode(made["response"][part] + "=="))
    raw[place % len(raw)] ^= 1 << bit
    made["response"][part] = b64(bytes(raw))
    assert tell(owner, ALONE, made).status_code in (403, 429)


@pytest.mark.parametrize("count", [2**31, 2**32 - 1])
def test_a_count_of_32_bits_is_kept(owner, clock, count):
    key = give(owner, count=1)
    key.count = count
    assert tell(owner, ALONE, key.get(ask(owner, ALONE).json())).status_code == 200
    assert Passkey.objects.get().sign_count == count
