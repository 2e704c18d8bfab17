"""Recovery codes as the tests come by them: shown on a page after a fresh proof, and typed at the sign-in prompt."""

import html
import re
from typing import Any

from tests.people import PASSWORD, Someone

PAGE = "/security/recovery-codes/"
DOWNLOAD, REHEARSE = f"{PAGE}download/", f"{PAGE}rehearse/"
STEP_UP = "/security/step-up/?next=%2Fsecurity%2Frecovery-codes%2F&for=recovery_codes"
CODE = re.compile(r"\b(?:[A-HJ-NP-Z2-9]{4}-){3}[A-HJ-NP-Z2-9]{4}\b")


def text(answer: Any) -> str:
    """What a page of Django's test client says."""
    return html.unescape(answer.content.decode())


def shown_by(answer: Any) -> list[str]:
    """The recovery codes on a page, in their order."""
    return list(dict.fromkeys(CODE.findall(text(answer))))


def prove(someone: Someone, code: str = "", password: str = PASSWORD) -> Any:
    """Answer the question that comes before every making of codes."""
    if not code:
        assert someone.phone
        code = someone.phone.code(ahead=1)
    return someone.post(STEP_UP, next=PAGE, password=password, code=code)


def made_by(someone: Someone) -> list[str]:
    """The codes that were shown to this person after a fresh proof."""
    assert prove(someone).url == PAGE
    answer = someone.post(PAGE)
    assert answer.status_code == 200
    return shown_by(answer)


def with_code(someone: Someone, code: str) -> Any:
    """Signing in with password and recovery code."""
    someone.give_password()
    return someone.post("/sign-in/recovery-code/", code=code)
