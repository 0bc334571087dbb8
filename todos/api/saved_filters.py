"""The API of saved filters."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http import HTTPStatus
from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from todos import services
from todos.api.pagination import SMALL_PAGES, LinkPagination
from todos.models import SavedFilter, SavedFilterQuerySet
from todos.response_cache import large_answers
from todos.search.language import QueryError, parse
from todos.searching import find_todos
from todos.serializers.saved_filters import FilterSerializer
from todos.serializers.todos import FoundTodoSerializer
from web.api.conditional import body_etag, not_modified, tag
from web.api.errors import Refused
from web.api.permissions import ModeAllows
from web.api.schema import ETAG, FULL, IF_NONE_MATCH, TAGGED
from web.api.views import PartialPutMixin, ResourceMixin


class FilterViewSet(ResourceMixin, PartialPutMixin, ModelViewSet):
    """Your saved filters."""

    permission_classes = [ModeAllows, IsAuthenticated]
    queryset = SavedFilter.objects.all()
    serializer_class = FilterSerializer
    lookup_url_kwarg = "filter_id"
    lookup_value_converter = "int"
    not_found = "There is no such filter."

    def get_queryset(self) -> SavedFilterQuerySet:
        return SavedFilter.objects.of_user(self.request.user)

    def list(self, request: Request) -> Response:
        """Your filters, by name."""
        return super().list(request)

    @extend_schema(responses={HTTPStatus.CREATED: FilterSerializer, **FULL})
    def create(self, request: Request) -> Response:
        """Save a search over all of your lists."""
        return super().create(request)

    def retrieve(self, request: Request, filter_id: int) -> Response:
        """One filter."""
        return super().retrieve(request)

    @extend_schema(request=FilterSerializer(partial=True))
    def update(self, request: Request, filter_id: int, **kwargs: Any) -> Response:
        """Change the fields that are given."""
        return super().update(request, **kwargs)

    def destroy(self, request: Request, filter_id: int) -> Response:
        """Delete a filter. No todo changes."""
        return super().destroy(request)

    @extend_schema(
        parameters=[IF_NONE_MATCH, ETAG], responses={HTTPStatus.OK: FoundTodoSerializer(many=True), **TAGGED}
    )
    @action(detail=True, pagination_class=LinkPagination)
    def todos(self, request: Request, filter_id: int) -> HttpResponseBase:
        """The todos of all your lists that the filter finds, oldest first."""
        lists = services.find_lists(user=request.user)
        try:
            query = parse(self.get_object().query)
        except QueryError as error:  # it was saved by a later release
            raise Refused(str(error)) from error
        found = find_todos(lists, query).order_by("id")
        is_small_page = request.query_params.get("limit") in SMALL_PAGES
        with nullcontext() if is_small_page else large_answers.taken():
            page = self.paginate_queryset(found)
            data = FoundTodoSerializer.from_queryset(found if page is None else page)
            response = Response(data) if page is None else self.get_paginated_response(data)
        if not services.still_readable(lists):  # what was found may be newer than the caller's removal from one
            return self.todos(request, filter_id)
        etag = body_etag(data)
        return not_modified(request, etag) or tag(response, etag)

    def perform_create(self, serializer: BaseSerializer) -> None:
        with refusing_filter():
            serializer.instance = services.create_filter(user=self.request.user, **serializer.validated_data)

    def perform_update(self, serializer: BaseSerializer) -> None:
        with self.found(), refusing_filter():
            serializer.instance = services.update_filter(
                user=self.request.user, filter_id=serializer.instance.pk, changes=serializer.validated_data
            )

    def perform_destroy(self, instance: SavedFilter) -> None:
        with self.found():
            services.delete_filter(user=self.request.user, filter_id=instance.pk)


@contextmanager
def refusing_filter() -> Iterator[None]:
    """Turn what the services of filters raise into a 400."""
    try:
        yield
    except services.InvalidFilter as error:
        raise ValidationError({error.field: str(error)}) from error
