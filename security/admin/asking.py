"""One page for everything that staff do: what it does, why, and a button."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst

from security.refusals import Refusal


def ask(
    model_admin: Any,
    request: HttpRequest,
    about: Any,
    form: Form,
    *,
    title: Any,
    explained: Any,
    does: Callable[[dict[str, Any]], str | Refusal | HttpResponseRedirect],
) -> HttpResponse:
    """Show the form, or act on what was sent and go back to the page of what it is `about`: the list, if None.

    `does` returns what to say there, why not, or where to go instead.
    """
    names = f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}"
    listed = reverse(f"{names}_changelist")
    back = reverse(f"{names}_change", args=[about.pk]) if about else listed
    if request.method == "POST" and form.is_valid():
        outcome = does(form.cleaned_data)
        if isinstance(outcome, HttpResponseRedirect):
            return outcome
        if not isinstance(outcome, Refusal):
            messages.success(request, outcome)
            return HttpResponseRedirect(back)
        form.add_error(None, str(outcome))
    crumbs = [(listed, capfirst(model_admin.opts.verbose_name_plural)), *([(back, about)] if about else [])]
    context = {"title": title, "explained": explained, "form": form, "crumbs": crumbs, "back": back}
    return TemplateResponse(request, "admin/act.html", model_admin.admin_site.each_context(request) | context)
