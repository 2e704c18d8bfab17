"""All that security knows of a user."""

from datetime import datetime
from typing import Protocol


class Person(Protocol):
    """What AUTH_USER_MODEL must offer."""

    pk: int
    email: str
    is_active: bool
    is_staff: bool
    language: str
    time_zone: str
    security_epoch: int

    def check_password(self, raw_password: str) -> bool: ...

    def get_session_auth_hash(self) -> str: ...

    def notification_addresses(self) -> list[str]:
        """Every confirmed address of the person, the primary one first."""
        ...

    def seasoned_from(self) -> datetime | None:
        """From when on the youngest of the account's hopes is one of them; None where there is one already."""
        ...

    def seasoned_addresses(self) -> list[str]:
        """Those that may receive what opens the account: the first one it had, or confirmed seven days ago."""
        ...


def same_address(one: str, other: str) -> bool:
    """The site's one rule for comparing mail addresses: case and outer space do not count, all else does."""
    return one.strip().lower() == other.strip().lower()


def masked(address: str) -> str:
    """An address its owner recognises and nobody else can write to: `m•••@e•••.com`."""
    local, _, domain = address.rpartition("@")
    host, dot, ending = domain.rpartition(".")
    return f"{local[:1]}•••@{host[:1]}•••{dot}{ending}"
