"""What browsers ask for to install the pages as an app, and to show lists without a network."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@login_not_required
@cache_control(no_cache=True)
@require_safe
def show_manifest(request: HttpRequest) -> HttpResponse:
    return render(request, "todos/manifest.webmanifest", content_type="application/manifest+json")


# It works for all pages below its own address, which stays the same for good: browsers look there for a newer one.
@login_not_required
@cache_control(no_cache=True)
@require_safe
def show_service_worker(request: HttpRequest) -> HttpResponse:
    context = {"session_seconds": settings.SESSION_COOKIE_AGE}
    return render(request, "todos/service_worker.js", context, content_type="text/javascript")
