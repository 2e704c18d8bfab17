"""Prepared queries: the same rows as the ORM's, for whatever is given, and no moment that stays as it is for ever."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import DateTimeField, F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from security.models import Authenticator, Enrollment, SecurityProfile, Session
from security.models.session import by_key
from security.prepared import Given, Prepared, moment, number, text
from tests import people


def test_it_finds_what_the_orm_finds_with_everything_that_is_joined(owner, clock):
    owner.sign_in()
    row = Session.objects.select_related("person__security_profile").get(person=owner.user)
    found = by_key.first(digest=row.key_digest)
    assert found == row
    assert {name: value for name, value in vars(found).items() if name != "_state"} == {
        name: value for name, value in vars(row).items() if name != "_state"
    }
    with CaptureQueriesContext(connection) as queries:
        assert found.person == owner.user
        assert found.person.security_profile.person_id == owner.user.pk
    assert not queries.captured_queries
    assert by_key.first(digest="nobody's") is None


def test_what_is_given_changes_and_the_rest_does_not(owner, stranger):
    of = Prepared(lambda: Authenticator.objects.filter(user_id=number("person"), name=text("name")))
    for someone in (owner, stranger, owner):
        assert [row.user_id for row in of.all(person=someone.user.pk, name="Old phone")] == [someone.user.pk]
    assert of.all(person=owner.user.pk, name="Phone') OR 1=1 --") == []


def test_what_was_found_is_a_row_like_any_other(owner):
    found = Prepared(lambda: SecurityProfile.objects.filter(person_id=number("person"))).first(person=owner.user.pk)
    found.change(replace_before=timezone.now())
    assert SecurityProfile.objects.of(owner.user).replace_before == found.replace_before


def test_values_come_as_tuples(owner):
    names = Prepared(lambda: Authenticator.objects.filter(user_id=number("person")).values_list("name", "confirmed"))
    assert names.all(person=owner.user.pk) == [("Old phone", True)]


def test_what_is_annotated_comes_with_the_row(owner):
    def with_name():
        return SecurityProfile.objects.filter(person_id=number("person")).annotate(name=F("person__email"))

    found = Prepared(with_name).first(person=owner.user.pk)
    assert (found, found.name) == (SecurityProfile.objects.of(owner.user), owner.user.email)


def test_the_sql_is_written_once(owner, monkeypatch):
    written = []
    of = Prepared(lambda: written.append(1) or Authenticator.objects.filter(user_id=number("person")))
    for _ in range(3):
        of.all(person=owner.user.pk)
    assert len(written) == 1


def test_a_moment_of_its_own_is_refused(db):
    frozen = Prepared(lambda: Enrollment.objects.alive())
    with pytest.raises(ValueError, match="A moment in a prepared query has to be given"):
        frozen.all()


def test_a_moment_that_is_given_is_the_one_that_counts(owner, clock):
    owner.sign_in().walk_to("proof")
    rows = Prepared(lambda: Enrollment.objects.filter(expires_at__gt=moment("now")))
    assert len(rows.all(now=timezone.now())) == 1
    assert rows.all(now=timezone.now() + timedelta(hours=1)) == []


def test_a_value_that_is_missing_is_an_error(db):
    rows = Prepared(lambda: Enrollment.objects.filter(expires_at__gt=Given("now", DateTimeField())))
    with pytest.raises(KeyError):
        rows.all(then=timezone.now())


def test_threads_that_ask_at_once_find_the_same(transactional_db):
    import threading

    someone = people.make("owner@example.com")
    of, found = Prepared(lambda: Authenticator.objects.filter(user_id=number("person"))), []

    def ask():
        found.extend(of.all(person=someone.user.pk))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row.user_id for row in found} == {someone.user.pk}
    assert len(found) == 8
