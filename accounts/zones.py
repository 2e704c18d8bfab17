"""The time zones that are offered: one for each rule that many people live by. Any other one is taken as well."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

_ZONES = """
    UTC
    Pacific/Honolulu America/Anchorage America/Los_Angeles America/Phoenix America/Denver America/Chicago
    America/Mexico_City America/Bogota America/Lima America/Toronto America/New_York America/Caracas America/La_Paz
    America/Halifax America/Santiago America/St_Johns America/Argentina/Buenos_Aires America/Montevideo
    America/Sao_Paulo Atlantic/Azores Atlantic/Cape_Verde Atlantic/Reykjavik Africa/Casablanca Europe/Dublin
    Europe/Lisbon Europe/London Africa/Algiers Africa/Lagos Europe/Amsterdam Europe/Berlin Europe/Brussels
    Europe/Budapest Europe/Copenhagen Europe/Luxembourg Europe/Madrid Europe/Oslo Europe/Paris Europe/Prague Europe/Rome
    Europe/Stockholm Europe/Vienna Europe/Warsaw Europe/Zurich Africa/Cairo Africa/Johannesburg Asia/Beirut
    Asia/Jerusalem Europe/Athens Europe/Bucharest Europe/Helsinki Europe/Kyiv Africa/Nairobi Asia/Riyadh Europe/Istanbul
    Europe/Moscow Asia/Tehran Asia/Baku Asia/Dubai Asia/Tbilisi Asia/Kabul Asia/Karachi Asia/Tashkent Asia/Kolkata
    Asia/Kathmandu Asia/Almaty Asia/Dhaka Asia/Yangon Asia/Bangkok Asia/Ho_Chi_Minh Asia/Jakarta Asia/Hong_Kong
    Asia/Manila Asia/Shanghai Asia/Singapore Asia/Taipei Australia/Perth Asia/Seoul Asia/Tokyo Australia/Adelaide
    Australia/Darwin Australia/Brisbane Australia/Sydney Pacific/Noumea Pacific/Auckland Pacific/Fiji Pacific/Tongatapu
"""
OFFERED = _ZONES.split()


def offered(*also: str) -> list[tuple[str, str]]:
    """The zones to choose from, with those in `also`, from west to east as their clocks stand now."""
    now = timezone.now()
    clocks = {name: now.astimezone(ZoneInfo(name)) for name in {*OFFERED, *also}}
    names = sorted(clocks, key=lambda name: (_offset(clocks[name]), name != "UTC", _city(name)))
    return [(name, f"{_ahead(_offset(clocks[name]))} {_city(name)}".strip()) for name in names]


def _city(name: str) -> str:
    return "" if name == "UTC" else name.rpartition("/")[2].replace("_", " ")


def _offset(clock: datetime) -> timedelta:
    return clock.utcoffset() or timedelta()


def _ahead(offset: timedelta) -> str:
    """How far a clock is ahead of UTC: "UTC+05:30"."""
    minutes = round(offset.total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours:02}:{rest:02}"
