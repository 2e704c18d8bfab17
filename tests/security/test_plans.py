"""Nothing that a page, a form or a worker asks reads a big table from one end to the other.

Everybody who may come looks at every page there is (as in tests/faults), and then each statement that was made is
explained. PostgreSQL is told before that every table has a million rows, so it plans as it would on a big site.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from security import outbox
from security.admin.site import site
from security.models import AssistedReset, Event, FormerAddress, SecurityProfile, Session
from tests.faults.fuzz import log, visitors, wire
from tests.faults.fuzz.town import Town

# Tables that stay small: one row a group, a campaign, a day, or a line that staff wrote.
SMALL = {
    "accounts_announcement",
    "accounts_announcementtext",
    "accounts_portallink",
    "accounts_portallinktext",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "security_campaign",
    "security_figure",
    "security_grouppolicy",
    "security_rolledup",
}
# What counts everybody because staff want to know how many there are, before they ask all of them something.
COUNTED = 'SELECT COUNT(*) AS "__count" FROM "accounts_user" LEFT OUTER JOIN "security_securityprofile"'


class Statements:
    """An execute_wrapper that keeps what was asked, once each, to be explained later."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("SELECT", "UPDATE", "DELETE")):
            self.kept.setdefault(sql, params)
        return execute(sql, params, many, context)

    def that_read_all_of_a_table(self) -> dict[str, set[str]]:
        """Those that read a big table from one end to the other, and which."""
        partial = _partial_indexes()
        asked = {sql: params for sql, params in self.kept.items() if not sql.startswith(COUNTED)}
        found = {sql: _scanned(sql, params, partial) - SMALL for sql, params in asked.items()}
        return {sql: scanned for sql, scanned in found.items() if scanned}


def enlarge() -> None:
    """Let the planner believe, until the test's transaction is over, that each table has a million rows, with an id in
    its columns of ids that hardly any other row has; and that a thousand of them wait for something, and stand in a
    partial index. PostgreSQL takes how many stand on a page from here, and how many pages there are from the file.
    """
    tables = "relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> ALL(%s)"
    partial = "oid IN (SELECT indexrelid FROM pg_index WHERE indpred IS NOT NULL)"
    run, small = connection.connection.execute, [list(SMALL)]
    pages = "GREATEST(pg_relation_size(oid) / current_setting('block_size')::int, 1)"
    run(f"UPDATE pg_class SET reltuples = 1e6, relpages = {pages} WHERE {tables}", small)
    run(f"UPDATE pg_class SET reltuples = 1e6, relpages = {pages} WHERE relkind = 'i' AND NOT {partial}")
    run(f"UPDATE pg_class SET reltuples = 1e3, relpages = {pages} WHERE relkind = 'i' AND {partial}")
    run("DELETE FROM pg_statistic")
    slots = [f"{name}{slot}" for name in ("stakind", "staop", "stacoll") for slot in range(1, 6)]
    columns = ("starelid", "staattnum", "stainherit", "stanullfrac", "stawidth", "stadistinct", *slots)
    run(
        f"INSERT INTO pg_statistic ({', '.join(columns)})"
        f" SELECT attrelid, attnum, false, 0, 8, -0.5, {', '.join('0' for _ in slots)}"
        f" FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE {tables} AND attname LIKE '%%id'",
        small,
    )


def _scanned(sql: str, params: Any, partial: set[str]) -> set[str]:
    answer = connection.connection.execute(f"EXPLAIN (FORMAT JSON) {sql}", params).fetchone()
    return {
        node["Relation Name"]
        for node, is_cut in _nodes(answer[0][0]["Plan"], is_cut=False)
        if _reads_all(node) and node.get("Index Name") not in partial and not (is_cut and _lets_most_pass(node))
    }


def _partial_indexes() -> set[str]:
    """Those of the few rows that wait for something; to walk through all of them is what they are for."""
    rows = connection.connection.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL")
    return {name for (name,) in rows}


def _nodes(plan: dict[str, Any], *, is_cut: bool) -> Iterator[tuple[dict[str, Any], bool]]:
    """Every node, and whether a LIMIT ends it early."""
    yield plan, is_cut
    for index, inner in enumerate(plan.get("Plans", [])):
        goes_on = is_cut and plan["Node Type"] == "Nested Loop" and index == 0
        yield from _nodes(inner, is_cut=plan["Node Type"] == "Limit" or goes_on)


def _reads_all(node: dict[str, Any]) -> bool:
    """A scan of a table, or a walk through all of an index."""
    is_walk = node["Node Type"] in ("Index Scan", "Index Only Scan") and "Index Cond" not in node
    return is_walk or node["Node Type"] == "Seq Scan"


def _lets_most_pass(node: dict[str, Any]) -> bool:
    return "Filter" not in node or node["Plan Rows"] > 100_000


@pytest.fixture
def statements(db) -> Iterator[Statements]:
    statements = Statements()
    with connection.execute_wrapper(statements):
        yield statements


def row_of(one: AssistedReset) -> dict[str, Any]:
    """All of it that another row can have as well."""
    return {field.attname: getattr(one, field.attname) for field in one._meta.concrete_fields if not field.unique}


def test_no_page_no_form_and_no_worker_reads_a_whole_table(statements, clock, monkeypatch):
    wire.application()
    everybody = visitors.everybody(clock)
    for lists in site._registry.values():  # so that there is always more than fits a page
        monkeypatch.setattr(lists, "list_per_page", 1)
    reset = AssistedReset.objects.first()
    AssistedReset(**row_of(reset) | {"event_id": Event.objects.exclude(pk=reset.event_id).first().pk}).save()
    FormerAddress.objects.create(person_id=reset.person_id, address="former@example.com")
    SecurityProfile.objects.filter(person_id=reset.person_id).update(address_replaced_at=timezone.now())
    with log.kept([]) as lines, wire.one_connection():
        Town(everybody, lines).explore()
    outbox.sweep()
    assert len(statements.kept) >= 200
    enlarge()
    assert statements.that_read_all_of_a_table() == {}


def test_a_scan_is_noticed(statements, owner):
    list(Event.objects.filter(detail__what="codes")[:1])
    list(Session.objects.filter(browser="nobody's").order_by("pk"))
    enlarge()
    found = list(statements.that_read_all_of_a_table().values())
    assert found == [{"security_event"}, {"security_session"}]
