"""Rows that are read, saved and changed with SQL written once are what the ORM alone makes of them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F
from django.utils import timezone

from security.models import Authenticator, Enrollment, Event, KnownBrowser, OutboxMessage, Session, Throttle
from security.models.throttle import Factor
from security.prepared import number, text
from security.prepared_writes import SavedQuickly, Update, _for_database, insert, insert_unless_there

MODELS = [Authenticator, Enrollment, Event, OutboxMessage, Session, Throttle]


def state_of(row):
    assert row._state.fields_cache == {}  # which is only there once somebody looks
    state = {name: value for name, value in vars(row._state).items() if name != "peers"}
    return {**{name: value for name, value in vars(row).items() if name != "_state"}, "_state": state}


@pytest.mark.parametrize("model", MODELS)
def test_what_is_read_is_what_django_makes(owner, model):
    owner.sign_in().walk_to("done")
    names = [field.attname for field in model._meta.concrete_fields]
    values = model.objects.values_list(*names).first()
    ours, theirs = (
        model.from_db("default", names, values),
        models.Model.from_db.__func__(model, "default", names, values),
    )
    assert state_of(ours) == state_of(theirs)
    assert next(iter(model.objects.only("pk"))).get_deferred_fields() == {*names} - {model._meta.pk.attname}


@pytest.mark.parametrize("model", [model for model in MODELS if model is not Event])  # nobody changes those
def test_what_is_saved_is_what_was_given(owner, model):
    owner.sign_in().walk_to("done")
    row = model.objects.first()
    before = state_of(row)
    row.save(update_fields=[field.name for field in model._meta.concrete_fields if not field.primary_key])
    assert state_of(model.objects.get(pk=row.pk)) == before


def test_a_row_is_made_and_changed_in_one_statement_each(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        row = Throttle.objects.create(subject="one", factor=Factor.PASSWORD, failed_at=[1.5])
    assert (row.pk is None, row._state.adding, row._state.db) == (False, False, "default")
    row.failures, row.closed_until = 3, timezone.now()
    with django_assert_num_queries(1):
        row.save(update_fields=["failures", "closed_until"])
    found = Throttle.objects.get(pk=row.pk)
    assert (found.failures, found.closed_until, found.failed_at) == (3, row.closed_until, [1.5])


def test_a_row_that_is_new_is_inserted_and_nothing_else(db, django_assert_num_queries):
    row = Throttle(subject="one", factor=Factor.PASSWORD, failed_at=[1.5])
    with django_assert_num_queries(1):
        assert insert(row) is row
    assert (row._state.adding, row._state.db) == (False, "default")
    assert state_of(Throttle.objects.get()) == state_of(row) | {"_state": state_of(Throttle.objects.get())["_state"]}


@pytest.mark.parametrize("model", MODELS)
def test_the_database_is_given_what_django_would_give_it(owner, model):
    owner.sign_in().walk_to("done")
    for row in model.objects.all():
        for field in model._meta.concrete_fields:
            value = getattr(row, field.attname)
            ours, theirs = _for_database(field, value, connection), field.get_db_prep_save(value, connection=connection)
            assert (type(ours), str(ours)) == (type(theirs), str(theirs))
    assert type(_for_database(Throttle._meta.get_field("factor"), Factor.PASSWORD, connection)) is str


def test_expressions_are_djangos_to_write(db):
    row = Throttle.objects.create(subject="one", factor=Factor.PASSWORD, failures=2)
    row.failures = F("failures") + 1
    row.save(update_fields=["failures"])
    assert Throttle.objects.get(pk=row.pk).failures == 3


def test_a_row_that_is_gone_is_not_saved(db):
    row = Throttle.objects.create(subject="one", factor=Factor.PASSWORD)
    Throttle.objects.all().delete()
    with pytest.raises(Throttle.NotUpdated):
        row.save(update_fields=["failures"])


def test_what_the_database_refuses_is_refused(db):
    Throttle.objects.create(subject="one", factor=Factor.PASSWORD)
    with pytest.raises(IntegrityError), transaction.atomic():
        Throttle.objects.create(subject="one", factor=Factor.PASSWORD)


def test_a_row_is_made_unless_another_is_there(db):
    first, second = (Throttle(subject="one", factor=Factor.PASSWORD, failures=number) for number in (1, 2))
    assert insert_unless_there(first)
    assert not insert_unless_there(second)
    assert (second.pk, second._state.adding) == (None, True)
    assert list(Throttle.objects.values_list("pk", "failures")) == [(first.pk, 1)]


def test_an_update_writes_what_is_given_and_says_how_many_rows(db, owner, django_assert_num_queries):
    at = timezone.now() - timedelta(days=1)
    row = KnownBrowser.objects.create(person=owner.user, token_digest="a")
    update = Update(lambda: KnownBrowser.objects.filter(pk=number("row"), token_digest=text("digest")))
    for _ in range(2):  # the second time it is written already
        with django_assert_num_queries(1):
            assert update({"family": "Firefox", "made_at": at}, row=row.pk, digest="a") == 1
        assert update({"family": "another"}, row=row.pk, digest="b") == 0
    row.refresh_from_db()
    assert (row.family, row.made_at) == ("Firefox", at)


def test_an_update_takes_instances_and_expressions(owner):
    mine = KnownBrowser.objects.create(person=owner.user, token_digest="a")
    counts = Update(lambda: Throttle.objects.filter(subject=text("of")), failures=F("failures") + 1)
    Throttle.objects.create(subject="one", factor=Factor.PASSWORD, failures=2)
    assert counts({"failed_at": [2.5]}, of="one") == 1
    assert list(Throttle.objects.values_list("failures", "failed_at")) == [(3, [2.5])]
    assert Update(lambda: KnownBrowser.objects.filter(pk=number("row")))({"person": owner.user}, row=mine.pk) == 1


def test_every_model_that_is_written_at_every_request_is_saved_quickly():
    assert {*SavedQuickly.__subclasses__()} >= {*MODELS, KnownBrowser}
