"""The demo knows every code it sends: it speaks to this machine and to nobody else."""

import ipaddress
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden

FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_VIA")


class LoopbackOnlyMiddleware:
    """Refuses peers that are not on loopback, and whatever came through a proxy or a tunnel."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_loopback(request.META.get("REMOTE_ADDR", "")) or any(map(request.META.get, FORWARDED)):
            return HttpResponseForbidden("The demo serves the machine it runs on and nobody else.\n", "text/plain")
        return self.get_response(request)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
