"""Where the link that says no leads: cancel what is under way, contest what was changed, open what is frozen.

Looking changes nothing; a button does (ASVS 3.5.3). The link works without signing in, because whoever needs it may
not be able to.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from security import answers, browser, links, tongue
from security.flows import contest, objections, passkeys
from security.forms import posted
from security.models import Event
from security.views.forms import ContestForm


@sensitive_post_parameters("password", "code", "new_password")
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, token: str) -> HttpResponse:
    event = links.refused(token)
    if event is None:
        return _answer(request, "gone", None, status=404)
    with tongue.of(event.person, chosen=browser.chosen_language(request)):  # type: ignore[arg-type]
        objection = objections.to(event)
        return _PAGES[objection.kind](request, objection, token)


def _cancel(request: HttpRequest, objection: objections.Objection, token: str) -> HttpResponse:
    """A reset or an address that is under way: one press, and it is over."""
    if request.method == "POST":
        objections.stop(objection, actor=browser.actor(request))
        return _answer(request, "stopped", objection)
    return _answer(request, "cancel", objection)


def _contest(request: HttpRequest, objection: objections.Objection, token: str) -> HttpResponse:
    """A change that was made: freeze at once where only a mailbox made it possible, else show an older proof."""
    change: Event = objection.event
    if contest.freezes_at_once(change) and not objection.is_frozen:
        if request.method != "POST":
            return _answer(request, "freeze", objection)
        contest.freeze(change, actor=browser.actor(request))
        return redirect(request.get_full_path())
    shown = browser.shown(request, objection.person, f"contest {change.public_id}")
    form = ContestForm(posted(request), asks_code=shown is None)
    if request.method == "POST" and form.is_valid() and _undo(request, change, form, shown):
        return _answer(request, "undone", objection)
    more: dict[str, Any] = {"token": token, "shown": shown, "has_older_proof": contest.has_older_proof(change)}
    more |= {"has_passkeys": shown is None and passkeys.that_count(objection.person, change.at).exists()}
    return _answer(request, "contest", objection, form, **more)


def _undo(request: HttpRequest, change: Event, form: ContestForm, shown: Any) -> bool:
    try:
        form.check_new_password(change.person)
    except ValidationError as refused:
        form.add_error("new_password", refused)
        return False
    typed = {"code": "", **form.cleaned_data}
    refusal = contest.undo(change, actor=browser.actor(request), shown=shown, **typed)
    if refusal is not None:
        field = form.field_of(refusal.reason)
        answers.refuse(form, field if field in form.fields else None, refusal)
    return refusal is None


def _advise(request: HttpRequest, objection: objections.Objection, token: str) -> HttpResponse:
    return _answer(request, "advise", objection)


def _answer(
    request: HttpRequest,
    what: str,
    objection: objections.Objection | None,
    form: Any = None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {"what": what, "objection": objection, "form": form, **more}
    response = browser.keep_path_private(render(request, f"security/undo/{what}.html", context, status=status))
    return answers.finish(response, form)


_PAGES = {
    objections.Kind.CANCEL: _cancel,
    objections.Kind.CONTEST: _contest,
    objections.Kind.ADVICE: _advise,
}
