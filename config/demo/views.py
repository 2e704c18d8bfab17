"""`/demo/`: the inbox of everybody, and two pretend phones."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_http_methods, require_safe

from config.demo import phones
from config.demo.models import Mail, PhoneEntry
from config.demo.seed import ACCOUNTS, PASSWORD
from security.forms import posted

HTML_MAIL = {"default-src": [CSP.NONE], "style-src": [CSP.UNSAFE_INLINE], "frame-ancestors": [CSP.SELF]}
INBOX = {**settings.SECURE_CSP, "frame-src": [CSP.SELF]}


@require_http_methods(["GET", "HEAD", "POST"])
@csp_override(INBOX)
def page(request: HttpRequest) -> HttpResponse:
    form = phones.SetupKeyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        key = form.cleaned_data["setup_key"]
        phones.add(PhoneEntry.NEW, phones.account_of(key), key)
        return redirect("demo:page")
    shown = phones.entries()
    context = {
        "form": form,
        "phones": [(name, [e for e in shown if e["phone"] == name]) for name in (PhoneEntry.OLD, PhoneEntry.NEW)],
        "mails": Mail.objects.order_by("-pk")[:50],
        "mails_in_all": Mail.objects.count(),
        "accounts": ACCOUNTS,
        "password": PASSWORD,
    }
    return render(request, "demo/page.html", context)


@require_safe
def state(request: HttpRequest) -> HttpResponse:
    mails = list(Mail.objects.order_by("pk").values("to", "subject", "text", "html"))
    return JsonResponse({"mails": mails, "phones": phones.entries()})


@require_safe
@xframe_options_sameorigin
@csp_override(HTML_MAIL)
def html_mail(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse(get_object_or_404(Mail, pk=pk).html)
