"""Transactions inside one another: all or nothing, a row is locked once, and written once at the end."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from security import transactions
from security.models import SecurityProfile
from security.transactions import atomic


def statements(call):
    with CaptureQueriesContext(connection) as captured:
        call()
    return [query["sql"] for query in captured.captured_queries]


def test_what_an_inner_one_did_goes_with_the_outer_one(transactional_db, owner):
    with pytest.raises(ZeroDivisionError), atomic():
        with atomic():
            SecurityProfile.objects.lock(owner.user).change(chain_anchor="x")
        raise ZeroDivisionError
    assert SecurityProfile.objects.of(owner.user).chain_anchor == ""


def test_an_inner_one_has_no_savepoint(transactional_db, owner):
    def nested():
        with atomic(), atomic(), atomic():
            SecurityProfile.objects.lock(owner.user)

    assert not [sql for sql in statements(nested) if "SAVEPOINT" in sql]


def test_a_profile_is_locked_once_in_a_transaction_and_again_in_the_next(transactional_db, owner):
    def twice():
        with atomic():
            first = SecurityProfile.objects.lock(owner.user)
            with atomic():
                assert SecurityProfile.objects.lock(owner.user) is first

    for _ in range(2):
        assert len([sql for sql in statements(twice) if "FOR UPDATE" in sql]) == 1


def test_who_turns_out_to_be_nobody_costs_as_much_as_somebody(transactional_db, owner):
    def somebody():
        with atomic():
            SecurityProfile.objects.lock(owner.user)
            SecurityProfile.objects.lock(owner.user)

    def nobody():
        with atomic():
            SecurityProfile.objects.lock_nobody()
            SecurityProfile.objects.lock_nobody()

    def frozen():
        with atomic():
            SecurityProfile.objects.lock(owner.user)
            SecurityProfile.objects.lock_nobody()

    assert len(statements(somebody)) == len(statements(nobody)) == len(statements(frozen))


def test_columns_of_one_row_are_written_once_and_at_the_end(transactional_db):
    written = []
    with atomic():
        transactions.write("row", {"a": 1, "b": 1}, written.append)
        with atomic():
            transactions.write("row", {"b": 2, "c": 3}, written.append)
        assert (written, transactions.waiting("row")) == ([], {"a": 1, "b": 2, "c": 3})
    assert written == [{"a": 1, "b": 2, "c": 3}]
    assert transactions.waiting("row") == {}


def test_they_are_written_at_once_outside_of_one_and_where_somebody_reads(transactional_db):
    written = []
    transactions.write("row", {"a": 1}, written.append)
    assert written == [{"a": 1}]
    with atomic():
        transactions.write("row", {"b": 2}, written.append)
        transactions.write_now("row")
        assert written[1:] == [{"b": 2}]
    assert len(written) == 2


def test_a_transaction_that_fails_writes_nothing_later(transactional_db):
    written = []
    with pytest.raises(ZeroDivisionError), atomic():
        transactions.write("row", {"a": 1}, written.append)
        raise ZeroDivisionError
    with atomic():
        pass
    assert written == []


def test_what_cannot_be_written_takes_everything_back(transactional_db, owner):
    def fail(columns):
        raise LookupError

    with pytest.raises(LookupError), atomic():
        SecurityProfile.objects.lock(owner.user).change(chain_anchor="x")
        transactions.write("row", {"a": 1}, fail)
    assert SecurityProfile.objects.of(owner.user).chain_anchor == ""
