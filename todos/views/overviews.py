"""Today and Upcoming, over all lists of a user that are not archived."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from todos.overview import Scope
from todos.views.responses import for_offline, page_of, render_overview


@login_required
@require_safe
@vary_on_headers("HX-Request")
def show_overview(request: HttpRequest, scope: Scope) -> HttpResponse:
    return for_offline(request, render_overview(request, scope, page_of(request.get_full_path())))
