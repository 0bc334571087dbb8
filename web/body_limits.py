"""How large a request's body may be: one limit for the site, and a larger one for views that accept a file."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, resolve

from web.api.errors import json_error
from web.paths import is_api

View = TypeVar("View", bound=Callable)

_LENGTH = re.compile(r"\d{1,18}", re.ASCII)


class UploadLimit(NamedTuple):
    """The limit of a view that accepts a file: a setting, and how many bytes a form may add around the file."""

    setting: str
    form_bytes: int

    @property
    def file_bytes(self) -> int:
        return getattr(settings, self.setting)

    @property
    def body_bytes(self) -> int:
        return self.file_bytes + self.form_bytes


def accept_upload(setting: str, *, form_bytes: int = 0) -> Callable[[View], View]:
    """Decorate a view function, or a view class, that accepts a file of up to ``settings.<setting>`` bytes."""

    def mark(view: View) -> View:
        view.upload_limit = UploadLimit(setting, form_bytes)
        return view

    return mark


def upload_limit(path: str) -> UploadLimit | None:
    """Return the limit of the view at ``path``, if it accepts files."""
    try:
        view = resolve(path).func
    except Resolver404:
        return None
    return getattr(getattr(view, "view_class", view), "upload_limit", None)


def max_body_bytes(path: str) -> int:
    limit = upload_limit(path)
    return max(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, limit.body_bytes if limit else 0)


def is_too_large(path: str, length: int) -> bool:
    """Return whether a body is too large for ``path``. Only a body over the site's limit costs a URL lookup."""
    return length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and length > max_body_bytes(path)


class BodyLimitMiddleware:
    """Refuse a body that is too large, and in the API a body without a length, before anything reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if "HTTP_TRANSFER_ENCODING" in request.META and is_api(request.path):
            return json_error("A body needs a Content-Length.", HTTPStatus.LENGTH_REQUIRED)
        if not _LENGTH.fullmatch(length):
            sentence = "Content-Length must be a whole number."
            if is_api(request.path):
                return json_error(sentence, HTTPStatus.BAD_REQUEST)
            return HttpResponseBadRequest(sentence)
        if is_too_large(request.path, int(length)):
            return self.too_large(request)
        return self.get_response(request)

    def too_large(self, request: HttpRequest) -> HttpResponseBase:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        if is_api(request.path):
            return json_error(f"The body is over {max_body_bytes(request.path):,} bytes.", status)
        limit = upload_limit(request.path)
        megabytes = f"{limit.file_bytes / 1_000_000:g}" if limit else None
        return render(request, "413.html", {"megabytes": megabytes}, status=status)
