"""Query parameters: a call takes those that its view declares for the schema, and no others."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request
from rest_framework.settings import api_settings

from web.api.serializers import MAX_KEY_SHOWN, MAX_KEYS_SHOWN

if TYPE_CHECKING:
    from rest_framework.views import APIView

_known: dict[tuple[type, str, str], frozenset[str]] = {}


def check_parameters(request: Request, view: "APIView") -> None:
    """Raise the 400 that names what the call does not know: with a misspelt filter, all todos would look like found.

    OPTIONS takes anything, and every call takes ``format``, which chooses the renderer. Forms of the browsable API post
    to the address of their page, which may have the parameters of its list.
    """
    method = "GET" if request.method == "HEAD" else request.method
    name = getattr(view, "action", method.lower())
    if not request.META.get("QUERY_STRING") or method == "OPTIONS" or not hasattr(view, name or ""):
        return  # without a handler, the method is not allowed
    if method != "GET" and request.accepted_renderer.format == BrowsableAPIRenderer.format:
        return
    key = (type(view), method, name)
    if key not in _known:
        _known[key] = frozenset(_declared(view, method, name))
    known = _known[key] | {api_settings.URL_FORMAT_OVERRIDE}
    if unknown := [name for name in request.query_params if name not in known]:
        these = f"these are: {', '.join(sorted(_known[key]))}" if _known[key] else "this call has none"
        sentence = f"There is no such parameter; {these}."
        raise ValidationError({name[:MAX_KEY_SHOWN]: [sentence] for name in unknown[:MAX_KEYS_SHOWN]})


def _declared(view: "APIView", method: str, name: str) -> Iterator[str]:
    """Yield what the schema has; computing the schema itself would take a second or two."""
    handler = getattr(view, name)
    if schema := getattr(handler, "kwargs", {}).get("schema"):  # of @extend_schema
        schema = schema()
        schema.view, schema.method = view, method
        yield from (one.name for one in schema.get_override_parameters() if one.location == OpenApiParameter.QUERY)
    if method != "GET" or (name != "list" and not hasattr(handler, "mapping")):  # neither a list nor an @action
        return
    for backend in getattr(view, "filter_backends", ()):
        if issubclass(backend, DjangoFilterBackend):
            yield from view.filterset_class.base_filters
        else:
            yield from _names(backend().get_schema_operation_parameters(view))
    if getattr(view, "paginator", None):
        yield from _names(view.paginator.get_schema_operation_parameters(view))


def _names(parameters: list[dict]) -> Iterator[str]:
    return (parameter["name"] for parameter in parameters)
