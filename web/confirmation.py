"""A page that asks before something that cannot be undone is done."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def ask(
    request: HttpRequest,
    question: str,
    *,
    consequence: str,
    button: str,
    back: str,
    action: Callable[[], object],
    done: str,
) -> HttpResponse:
    """Ask a question. The button posts to the same address: then do it, and say that it is done.

    ``back`` is where Cancel leads, and where one is afterwards.
    """
    if request.method == "POST":
        action()
        messages.success(request, done)
        return redirect(back)
    context = {"question": question, "consequence": consequence, "button": button, "back": back}
    return render(request, "confirm.html", context)
