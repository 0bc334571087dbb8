"""Errors of the API: ``{"error": "one sentence", "fields": {name: [sentence, …]}}``."""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from itertools import islice

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler, set_rollback

from database.errors import is_outage
from web.admission import RETRY_AFTER_SECONDS
from web.quotas import QuotaExceeded

logger = logging.getLogger(__name__)

MAX_FIELDS_SHOWN = 20  # each item of a bulk request can have some
NOT_FOUND = "There is nothing at this address."
DELETED = "This has just been deleted."
UNAVAILABLE = "The database cannot be reached just now; try again in a few seconds."


class Conflict(exceptions.APIException):
    """The row has changed since the caller read it."""

    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "This has changed since you read it; read it again."


class Refused(exceptions.APIException):
    """What is asked for does not go with how things are."""

    status_code = HTTPStatus.CONFLICT


class Full(Refused):
    """A quota is reached."""


def handle_exception(error: Exception, context: dict) -> Response | None:
    """REST framework's exception handler: give every error that a view raises the one form."""
    if is_outage(error):
        logger.error("The database failed: %s", error.__class__.__name__)
        set_rollback()
        return Response(
            {"error": UNAVAILABLE},
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        )
    if isinstance(error, Http404):
        error = exceptions.NotFound(str(error) or NOT_FOUND)
    if isinstance(error, ObjectDoesNotExist):  # a view found it, and a service no longer
        logger.warning("Deleted during a request: %s", type(error).__qualname__)
        error = exceptions.NotFound(DELETED)
    if isinstance(error, QuotaExceeded):
        error = Full(str(error))
    response = exception_handler(error, context)
    if response is not None:
        response.data = error_body(error)
    return response


def error_body(error: exceptions.APIException | PermissionDenied) -> dict:
    """Return the body of an error: a sentence, and the errors of each field if there are any."""
    detail = getattr(error, "detail", str(error) or "You may not do this.")
    if isinstance(detail, dict):
        fields = dict(islice(sentences_by_field(detail), MAX_FIELDS_SHOWN))
        named = ", ".join(fields)
        first = next(iter(fields.values()))[0]
        return {
            "error": f"{named}: {first}" if len(fields) == 1 else f"Please correct {named}.",
            "fields": fields,
        }
    return {"error": " ".join(flatten(detail))}


def sentences_by_field(detail: object, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield each field at fault, such as ``title`` or ``items[3].changes.title``, with its sentences."""
    if not isinstance(detail, dict):
        yield path, flatten(detail)
        return
    for name, nested in detail.items():
        if isinstance(name, int):  # the position in a list
            yield from sentences_by_field(nested, f"{path}[{name}]")
        elif path and name == api_settings.NON_FIELD_ERRORS_KEY:
            yield from sentences_by_field(nested, path)
        else:
            yield from sentences_by_field(nested, f"{path}.{name}" if path else name)


def flatten(messages: object) -> list[str]:
    """Return REST framework's error details as sentences."""
    return [str(message) for message in messages] if isinstance(messages, list) else [str(messages)]


def json_error(sentence: str, status: HTTPStatus, **headers: str) -> JsonResponse:
    """Return an error from outside REST framework's views: middleware, unknown addresses."""
    return JsonResponse({"error": sentence}, status=status, headers=headers)
