"""Members of staff for tests, and how they come in."""

from django.contrib.auth.models import Group

from security import roles
from tests import people
from tests.people import Someone


def colleague(role: str, email: str = "") -> Someone:
    """Somebody with this role; "superuser" may do everything, "none" is staff without a role."""
    someone = people.make(email or f"{role}@staff.example.com", is_staff=True, is_superuser=role == "superuser")
    if role in roles.RANKS:
        someone.user.groups.add(Group.objects.get(name=role))
    return someone


def enter(someone: Someone) -> Someone:
    """Sign in, and give the proof that opens the pages for staff."""
    someone.sign_in()
    return prove(someone)


def prove(someone: Someone) -> Someone:
    """The proof, with the code that comes next."""
    assert someone.phone
    answer = someone.post("/security/step-up/?for=staff&next=/admin/", code=someone.phone.code(ahead=1))
    assert answer.url == "/admin/", answer.content.decode()
    return someone
