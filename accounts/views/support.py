"""Ask support: for those to whom no other way is open. Works signed out, and answers everybody the same."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.http import require_http_methods

from accounts.forms import SupportForm
from security import answers, browser
from security.conf import conf
from security.flows import support
from security.forms import posted
from security.refusals import duration


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    address = person.email if person.is_authenticated else browser.identified(request)
    form = SupportForm(posted(request), initial={"email": address})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        refusal = support.open(typed["email"], typed["message"], actor=browser.actor(request))
        if refusal is None:
            return redirect(f"{resolve_url('accounts:ask_support')}?asked=1")
        answers.refuse(form, None, refusal)
    wait = duration(timedelta(seconds=conf.HOLD_RISK)) if conf.HOLD_RISK else ""
    context = {"form": form, "was_asked": "asked" in request.GET, "wait": wait}
    return answers.finish(render(request, "accounts/ask_support.html", context), form)
