"""Where the link of an invitation leads: choose a password, then sign in with it."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.flows import invitation as flow
from accounts.forms import NewPasswordForm
from security import browser
from security.forms import posted


@sensitive_post_parameters("new_password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    form = NewPasswordForm(posted(request))
    person = flow.opened(token)
    if person and request.method == "POST" and form.is_valid():
        try:
            person = flow.accept(token, form.cleaned_data["new_password"], actor=browser.actor(request))
        except ValidationError as refused:
            form.add_error("new_password", refused)
        else:
            if person:
                return redirect("accounts:sign_in")
    status = 200 if person else 404
    context = {"form": form, "person": person}
    return browser.keep_path_private(render(request, "accounts/invitation.html", context, status=status))
