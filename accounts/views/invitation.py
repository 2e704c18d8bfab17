"""Where the link of an invitation leads: choose a password, then sign in with it."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.flows import invitation as flow
from accounts.forms import NewPasswordForm
from accounts.models import User
from security import answers, browser, tongue
from security.forms import posted


@sensitive_post_parameters("new_password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    person = flow.opened(token)
    if person is None:
        return _page(request, None, NewPasswordForm())
    with tongue.of(person, chosen=browser.chosen_language(request)):
        return _choose(request, token, person)


def _choose(request: HttpRequest, token: str, person: User | None) -> HttpResponse:
    form = NewPasswordForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            person = flow.accept(token, form.cleaned_data["new_password"], actor=browser.actor(request))
        except ValidationError as refused:
            form.add_error("new_password", refused)
        else:
            if person:
                return redirect("accounts:sign_in")
    return _page(request, person, form)


def _page(request: HttpRequest, person: User | None, form: NewPasswordForm) -> HttpResponse:
    context = {"form": form, "person": person}
    page = render(request, "accounts/invitation.html", context, status=200 if person else 404)
    return answers.finish(browser.keep_path_private(page))
