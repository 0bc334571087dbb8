"""A page that asks before something that cannot be undone is done."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def ask(request: HttpRequest, question: str, *, consequence: str, button: str, back: str) -> HttpResponse:
    """Ask a question. The button posts to the same address; ``back`` is where Cancel leads."""
    context = {"question": question, "consequence": consequence, "button": button, "back": back}
    return render(request, "confirm.html", context)
