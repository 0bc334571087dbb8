"""What the generic views of this API share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model
from django.http import Http404


class ResourceMixin:
    """Makes a generic view answer 404 with ``not_found``, and 201 with the new row's address."""

    not_found: str

    @contextmanager
    def found(self) -> Iterator[None]:
        """Turn a model's DoesNotExist into the 404."""
        try:
            yield
        except ObjectDoesNotExist as error:
            raise Http404(self.not_found) from error

    def get_object(self) -> Model:
        try:
            return super().get_object()
        except Http404 as error:
            raise Http404(self.not_found) from error

    def get_success_headers(self, data: dict[str, Any]) -> dict[str, str]:
        return {"Location": self.request.build_absolute_uri(f"{self.request.path}/{data['id']}")}


class PartialPutMixin:
    """Makes PUT change only the fields that are given, as PATCH does."""

    def update(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return super().update(request, *args, **kwargs | {"partial": True})
