"""Who does something, and from where: what every flow is told instead of a request."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """In which capacity somebody acts."""

    SELF = "self"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts. `address` is an IP address, `browser` words such as "Firefox (Linux)"."""

    role: Role = Role.SELF
    name: str = ""
    address: str | None = None
    browser: str = ""
    token: str = ""  # the digest of what a known browser shows; it proves nothing

    @classmethod
    def operator(cls, name: str) -> "Actor":
        """Somebody at the command line, by the name the operating system knows."""
        return cls(Role.SYSTEM, name)
