"""An account's security at a glance: what there is and how it stands, never a secret."""

from typing import Any

from django.core.management.base import CommandParser

from security import glance
from security.management.operating import OperatorCommand

EXAMPLES = """
examples:
  manage.py security_status robin@example.com
  manage.py security_status robin@example.com --json

exit codes: 0 shown, 1 there is no such account, 2 wrong usage
"""


class Command(OperatorCommand):
    help = (
        "Shows how an account stands: devices, passkeys, codes left, browsers, sessions, holds, mails. Changes nothing."
    )
    examples = EXAMPLES

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address of the account")
        super().add_arguments(parser)

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        data = glance.as_data(glance.of(self.person(email)))
        self.report(data, _in_words(data), as_json=options["json"])


def _in_words(data: dict[str, Any]) -> str:
    lines = [f"{data['email']}{' (staff)' if data['staff'] else ''}"]
    states = (f"{state} until {until}" if until else state for state, until in data["states"].items())
    lines.append(f"  state              {', '.join(states)}")
    for device in data["devices"]:
        used = device["last_used"] or "never"
        lines.append(f"  device             {device['name']}, added {device['added']}, last used {used}")
    for passkey in data["passkeys"]:
        used = passkey["last_used"] or "never"
        lines.append(f"  passkey            {passkey['name']}, added {passkey['added']}, last used {used}")
    for what in ("recovery_codes_left", "trusted_browsers", "sessions"):
        lines.append(f"  {what.replace('_', ' '):<19}{data[what]}")
    for what in ("under_way", "waiting"):
        if data[what]:
            said = ", ".join(f"{key} {value}" for key, value in data[what].items() if value)
            lines.append(f"  {what.replace('_', ' '):<19}{said}")
    for factor, until in data["waits_after_wrong_answers"].items():
        lines.append(f"  must wait          {factor} until {until}")
    for mail in data["mails"]:
        lines.append(f"  mail               {mail['promised']}  {mail['state']:<10} {mail['what']}")
    lines += [f"  open case          {case}" for case in data["open_cases"]]
    return "\n".join(lines)
