"""Pages that are being built."""

from django.http import HttpRequest, HttpResponse


def page(request: HttpRequest, **kwargs: str) -> HttpResponse:
    return HttpResponse(status=501)
