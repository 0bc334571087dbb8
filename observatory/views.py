"""The page that shows the machine at work."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from observatory.access import may_watch


@require_safe
def show_machine(request: HttpRequest) -> HttpResponse:
    if not may_watch(request):
        raise Http404
    return render(request, "observatory/machine.html")
