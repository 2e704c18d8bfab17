"""What says of passkeys that there are any: pages for staff, commands, the check-up, the activity; and a policy."""

import json

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from security import checkup
from security.models import Event, GroupPolicy, Kind, Passkey, PasskeyChallenge
from tests import people
from tests.keys import ask, give, show
from tests.people import PASSWORD
from tests.staff import colleague, enter
from tests.walls import everything

pytestmark = pytest.mark.django_db
STAFF = "/security/step-up/passkey/?for=staff&next=/admin/"


def test_the_account_page_and_the_command_list_them(owner, clock, capsys):
    give(owner, aaguid="bada5566-a7aa-401f-bd96-45619a55120d")
    page = enter(colleague("support")).get(f"/admin/accounts/user/{owner.user.pk}/change/").content.decode()
    assert "1Password" in page
    row = Passkey.objects.get()
    for secret in (row.credential_id_sha256, bytes(row.public_key).hex(), bytes(row.credential_id).hex()):
        assert secret not in page
    call_command("security_status", owner.user.email, "--json")
    [listed] = json.loads(capsys.readouterr().out)["passkeys"]
    assert (listed["name"], listed["kept_by"], listed["suspended"]) == ("1Password", "1Password", False)
    call_command("security_status", owner.user.email)
    assert "passkey            1Password" in capsys.readouterr().out


def test_no_page_for_staff_changes_one(owner, clock):
    """SECURITY PK6: the key itself is nowhere to be edited."""
    give(owner)
    chief = enter(colleague("superuser"))
    for path in (
        "security/passkey",
        "django_otp_webauthn/webauthncredential",
        "django_otp_webauthn/webauthnuserhandle",
    ):
        assert chief.get(f"/admin/{path}/").status_code == 404


def test_the_activity_names_the_one_that_signed_in(owner, clock):
    key = give(owner)
    Passkey.objects.update(name="Blue key")
    show(owner, "/sign-in/passkey/", key)
    page = owner.get("/security/activity/").content.decode()
    assert "Blue key" in page
    assert "With a passkey" in page


def test_the_check_up_counts_them(owner, clock):
    give(owner)
    known = checkup.facts(owner.user)
    assert (known.devices, known.passkeys) == (1, 1)
    losses = {loss.name: loss.ways for loss in checkup.of(known).losses}
    assert "your passkey" in losses["mailbox"]
    assert any("passkey" in way for way in losses["phone"])


def test_where_password_managers_look(client):
    answer = client.get("/.well-known/passkey-endpoints")
    assert answer["Content-Type"].startswith("application/json")
    there = "http://127.0.0.1:8000/security/passkeys/"
    assert answer.json() == {"enroll": there, "manage": there}


class TestThePolicy:
    @pytest.fixture
    def sam(self, clock):
        sam = colleague("superuser", "sam@example.com")
        group = Group.objects.create(name="admins")
        sam.user.groups.add(group)
        GroupPolicy.objects.create(group=group, staff_need_passkey=True)
        return sam

    def test_the_pages_for_staff_open_with_nothing_else(self, sam):
        sam.sign_in()
        asked = sam.get(sam.get("/admin/").url).content.decode()
        assert "asks for a passkey here" in asked
        assert 'name="code"' not in asked
        assert "You have none yet" in asked
        answer = sam.post("/security/step-up/?for=staff&next=/admin/", code=sam.phone.code(1))
        assert answer.status_code == 200
        assert sam.get("/admin/").status_code == 302
        key = give(sam)
        assert show(sam, STAFF, key).json()["redirect_url"] == "/admin/"
        assert sam.get("/admin/").status_code == 200

    def test_a_touch_alone_is_not_enough(self, sam):
        sam.sign_in()
        key = give(sam, verifies=False)
        assert show(sam, STAFF, key).json()["code"] == "passkey unverified"
        assert sam.get("/admin/").status_code == 302

    def test_under_another_name_the_page_says_where(self, sam):
        sam.sign_in()
        give(sam)
        assert "work at http://localhost:8000 only" in sam.get("/security/step-up/?for=staff").content.decode()

    def test_whoever_has_none_adds_one_with_password_and_code(self, sam, clock):
        sam.sign_in()
        assert sam.get("/security/passkeys/").status_code == 200
        clock.forward(30)
        answer = sam.post("/security/step-up/?for=passkeys&next=/x", password=PASSWORD, code=sam.phone.code())
        assert answer.url == "/x"
        assert ask(sam, "/security/passkeys/add/").status_code == 200

    def test_others_are_asked_for_a_code_as_before(self, sam):
        assert enter(colleague("support")).get("/admin/").status_code == 200

    def test_it_is_set_with_a_reason(self, sam, clock):
        chief = enter(colleague("security"))
        said = {"grace_days": "14", "hold_hours": "0", "allows_mailed_code": "on", "allows_recovery_code": "on"}
        there = "/admin/security/grouppolicy/add/"
        assert chief.post(there, **said, new_group="it", staff_need_passkey="on", reason="audit").status_code == 302
        assert Event.objects.get(kind=Kind.POLICY_CHANGED).detail["values"]["staff_need_passkey"] is True


def test_asking_writes_a_challenge_and_nothing_else(owner, clock):
    give(owner)
    owner.sign_in()
    before = everything(but=("Session.last_seen_at",))
    ask(owner, "/security/step-up/passkey/")
    assert PasskeyChallenge.objects.count() == 1
    PasskeyChallenge.objects.all().delete()
    assert everything(but=("Session.last_seen_at",)) == before


def test_a_visitor_who_only_looks_leaves_no_session(client, db):
    client.get("/sign-in/")
    assert "sessionid" not in client.cookies
    someone = people.make("x@example.com")
    ask(someone, "/sign-in/passkey/")
    assert PasskeyChallenge.objects.get().person is None
