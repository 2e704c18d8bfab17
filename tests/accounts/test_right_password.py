"""What a right password costs: the browser's session is written once, and it still leads where the answer does."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from security.models import Session
from tests import people
from tests.people import PASSWORD


def test_the_session_is_written_once_with_where_its_answer_leads(transactional_db):
    owner = people.make("owner@example.com")
    owner.post("/sign-in/", email=owner.user.email)
    with CaptureQueriesContext(connection) as queries:
        answer = owner.post("/sign-in/password/", password=PASSWORD)
    written = [query["sql"] for query in queries if query["sql"].startswith('UPDATE "security_session"')]
    assert len(written) == 1
    assert Session.objects.get().rotated_to == answer.url == "/sign-in/code/"
    assert "Enter the code" in owner.get(answer.url).content.decode()
