"""What a load balancer and a monitor ask: is this process alive, is everything there that the site needs, how is it?

`live` asks nobody. `ready` asks the database, the cache, the broker, and whether mail moves; without Redis or a worker
people still sign in, so a load balancer does better with `live`. What is wrong is said to whoever has the token.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from security import crypto, figures, pulse
from security.management import doctor

NO_BEAT, OLD_MAIL = 60, 600  # seconds
SEVEN_DAYS = 7
ADOPTION = ("accounts", "enrolled")


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("alive\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 if everything is there, else 503; with the token, what is not."""
    found = _look()
    is_ready = all(part.is_well for part in found)
    detail = {part.what: "ok" if part.is_well else part.seen for part in found} if _has_token(request) else {}
    return JsonResponse({"ready": is_ready, **detail}, status=200 if is_ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, to whoever has the token; to everybody else there is no such page (ASVS 13.4.5)."""
    if not _has_token(request):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8")


def _has_token(request: HttpRequest) -> bool:
    """`Authorization: Bearer …`; without METRICS_TOKEN nobody has it."""
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and scheme.lower() == "bearer" and crypto.same(shown.strip(), wanted)


def _look() -> list[doctor.Finding]:
    return [doctor.look_at(name, look) for name, look in LOOKS.items()]


def _mail() -> str:
    waits = pulse.seconds_of_the_oldest()
    if waits > OLD_MAIL:
        raise doctor.Trouble(f"the oldest waits for {waits:.0f} s")
    return "moves"


def _worker() -> str:
    since = pulse.seconds_since_beat()
    if since is None or since > NO_BEAT:
        raise doctor.Trouble("nobody looks for mail to send")
    return "looks for mail to send"


LOOKS = {name: doctor.PARTS[name] for name in ("database", "cache", "broker")} | {"mail": _mail, "worker": _worker}


class _Collector:
    """Gauges that are read when they are asked for: one truth for all processes, in the database."""

    def collect(self) -> Any:
        yield _gauge("mails_waiting", "Mails that are promised and not sent yet", pulse.waiting())
        yield _gauge("mail_oldest_seconds", "How long the oldest of them waits", pulse.seconds_of_the_oldest())
        since = pulse.seconds_since_beat()
        age = -1 if since is None else since
        yield _gauge("worker_seconds", "Since somebody last looked for mail to send; -1: for over an hour", age)
        up = GaugeMetricFamily("rekey_up", "Whether each part answers", labels=["part"])
        for part in _look():
            up.add_metric([part.what], int(part.is_well))
        yield up
        yield from _figures()


def _figures() -> Iterator[Metric]:
    read = figures.read(SEVEN_DAYS)
    accounts = GaugeMetricFamily(
        "rekey_accounts", "Accounts, and those with a device, at the last count", labels=["what"]
    )
    week = GaugeMetricFamily("rekey_week", "Figures of the last seven days, rolled up hourly", labels=["what"])
    for name, by_day in sorted(read.items()):
        if name in ADOPTION:
            accounts.add_metric([name], by_day[max(by_day)])
        else:
            week.add_metric([name], sum(by_day.values()))
    yield from (accounts, week)


def _gauge(name: str, said: str, value: float) -> Metric:
    found = GaugeMetricFamily(f"rekey_{name}", said)
    found.add_metric([], value)
    return found
