"""The help articles. They open to everybody: whoever needs them may not be able to sign in."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import articles


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "help/index.html", {"articles": articles.ARTICLES})


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = articles.find(slug)
    if found is None:
        raise Http404
    return render(request, f"help/{found.slug}.html", {"article": found})
