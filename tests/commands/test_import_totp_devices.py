"""`manage.py import_totp_devices`: people keep their phones when a site moves over from django-otp's own table."""

import time

import pyotp
import pytest
from django.core import mail
from django.db import connection

from accounts.models import User
from security import outbox
from security.models import Authenticator, Event, Kind, SecurityProfile
from tests import people
from tests.people import PASSWORD, Phone, Someone
from tests.walls import everything

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
KEY = pyotp.TOTP(SECRET).byte_secret().hex()
COLUMNS = "id, user_id, name, confirmed, key, step, t0, digits, tolerance, drift, last_t"
TABLE = """
CREATE TABLE otp_totp_totpdevice (
    id serial PRIMARY KEY, user_id bigint REFERENCES {users} (id), name varchar(64), confirmed boolean, key varchar(80),
    step smallint, t0 bigint, digits smallint, tolerance smallint, drift smallint, last_t bigint
)
"""


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def add(user_id, *, name="Old app", confirmed=True, key=KEY, step=30, digits=6, last_t=-1):
    sql(
        "INSERT INTO otp_totp_totpdevice (user_id, name, confirmed, key, step, t0, digits, tolerance, drift, last_t) "
        "VALUES (%s, %s, %s, %s, %s, 0, %s, 1, 0, %s)",
        *(user_id, name, confirmed, key, step, digits, last_t),
    )


@pytest.fixture
def ours(db):
    """The other site's table, referring to our accounts."""
    sql(TABLE.format(users="accounts_user"))


@pytest.fixture
def moved(ours, newcomer):
    """Somebody without a device here, who has one there."""
    add(newcomer.user.pk)
    return newcomer


def test_the_phone_goes_on_showing_codes_that_count(operate, moved, clock):
    ended = operate("import_totp_devices", "--json")
    assert (ended.code, ended.data) == (0, {"people": 1, "devices": 1, "left": [], "dry_run": False})
    Someone(moved.user, Phone(SECRET)).sign_in()
    device = Authenticator.objects.get()
    assert (device.name, device.proof) == ("Old app", "import")
    assert KEY not in device.sealed_secret


def test_a_code_that_was_used_there_is_used_here(operate, ours, newcomer, clock):
    add(newcomer.user.pk, last_t=int(time.time()) // 30)
    operate("import_totp_devices")
    newcomer.give_password()
    assert newcomer.post("/sign-in/code/", code=Phone(SECRET).code()).status_code == 200
    assert newcomer.post("/sign-in/code/", code=Phone(SECRET).code(1)).url == "/account/"


def test_its_owner_is_told_and_signed_out(operate, moved, clock):
    moved.sign_in()
    operate("import_totp_devices")
    assert moved.get("/account/").status_code == 302
    event = Event.objects.get(kind=Kind.AUTHENTICATOR_BOUND)
    assert (event.actor, event.detail["row"]) == ("system", "import")
    outbox.sweep()
    assert "Your device came with you" in [message.subject for message in mail.outbox]


def test_two_devices_of_one_person(operate, moved, clock):
    add(moved.user.pk, name="Tablet", key=("5a" * 20))
    assert operate("import_totp_devices", "--json").data["devices"] == 2
    assert Authenticator.objects.live().count() == 2


def test_a_second_run_takes_nothing_over(operate, moved, clock):
    operate("import_totp_devices")
    before = everything()
    assert operate("import_totp_devices", "--json").data["devices"] == 0
    assert everything() == before


def test_whoever_has_a_device_here_keeps_that_one(operate, ours, owner):
    add(owner.user.pk)
    assert operate("import_totp_devices", "--json").data["devices"] == 0
    assert Authenticator.objects.get().name == "Old phone"


def test_a_dry_run_changes_nothing(operate, moved):
    before = everything()
    assert operate("import_totp_devices", "--dry-run", "--json").data["devices"] == 1
    assert everything() == before


@pytest.mark.parametrize("odd", [{"step": 60}, {"digits": 8}, {"key": "00" * 10}, {"key": "no hex"}])
def test_what_cannot_be_taken_over_is_named(operate, ours, newcomer, odd):
    add(newcomer.user.pk, **odd)
    ended = operate("import_totp_devices", "--json")
    assert (ended.code, len(ended.data["left"])) == (1, 1)
    assert not Authenticator.objects.exists()
    assert odd.get("key", "-") not in ended.out + ended.error


def test_what_was_never_confirmed_stays_behind(operate, ours, newcomer):
    add(newcomer.user.pk, confirmed=False)
    assert operate("import_totp_devices", "--json").data["people"] == 0


def test_the_users_of_another_table_are_found_by_their_address(operate, db, clock):
    """An id of theirs may be anybody's here."""
    wrong = people.make("other@example.com", has_device=False).user
    right = User.objects.create_user("Robin@example.com", PASSWORD)
    sql("CREATE TABLE auth_user (id bigint PRIMARY KEY, email varchar(254))")
    sql("INSERT INTO auth_user VALUES (%s, 'robin@example.com'), (%s, 'gone@example.com')", wrong.pk, wrong.pk + 1000)
    sql(TABLE.format(users="auth_user"))
    add(wrong.pk)
    add(wrong.pk + 1000)
    ended = operate("import_totp_devices", "--json")
    assert (ended.code, ended.data["left"]) == (1, ["gone@example.com: has no account here"])
    assert Authenticator.objects.get().user == right


def test_without_the_table_it_says_so(operate, db):
    ended = operate("import_totp_devices")
    assert ended.code == 1
    assert "There is no table" in ended.error


def test_a_taken_over_device_is_replaced_like_any_other(operate, moved, clock):
    operate("import_totp_devices")
    someone = Someone(moved.user, Phone(SECRET)).sign_in()
    someone.user.refresh_from_db()
    someone.walk_to("done", way="code")
    assert not SecurityProfile.objects.of(someone.user).is_on_probation
