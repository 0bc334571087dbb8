"""The API of lists."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from todos import services
from todos.addresses import list_or_404
from todos.api.etags import version_of
from todos.models import TodoList, TodoListQuerySet
from todos.serializers.lists import ListOrderSerializer, ListSerializer
from todos.services import NO_SUCH_LIST
from web.api.conditional import body_etag, if_match, not_modified, tag
from web.api.errors import Conflict, Refused, json_error
from web.api.schema import CONFLICT, ETAG, FULL, IF_MATCH, IF_NONE_MATCH, TAGGED, error_response

DEFAULT = {HTTPStatus.CONFLICT: error_response("It is the default list.")}


class OwnListMixin:
    """For views of a list that the caller may read: the one whose id is in the address, else their default list."""

    list_id: int | None = None

    def dispatch(
        self, request: HttpRequest, *args: Any, list_id: int | None = None, **kwargs: Any
    ) -> HttpResponseBase:
        self.list_id = list_id
        response = super().dispatch(request, *args, **kwargs)
        # What is read by several queries, or from a cache, may be newer than the caller's removal from the list.
        has_read = list_id is not None and request.method in SAFE_METHODS and "todo_list" in vars(self)
        if has_read and not services.still_readable([self.todo_list]):
            return json_error(NO_SUCH_LIST, HTTPStatus.NOT_FOUND)
        return response

    @cached_property
    def todo_list(self) -> TodoList:
        return list_or_404(self.request.user, self.list_id)


class ListViewSet(GenericViewSet):
    """Your lists, and those that others share with you. Who is not signed in has one, the open list."""

    queryset = TodoList.objects.all()
    serializer_class = ListSerializer
    lookup_url_kwarg = "list_id"
    lookup_value_converter = "int"

    @property
    def takes_restricted_tokens(self) -> bool:
        return self.action in {"list", "retrieve", "trash"}

    def get_queryset(self) -> TodoListQuerySet:
        return TodoList.objects.readable_by(self.request.user)

    @extend_schema(
        parameters=[IF_NONE_MATCH, ETAG], responses={HTTPStatus.OK: ListSerializer(many=True), **TAGGED}
    )
    def list(self, request: Request) -> HttpResponseBase:
        """Your lists: the default list, then the others in their order, and last those that others share with you."""
        data = self.get_serializer(services.find_lists(user=request.user), many=True).data
        etag = body_etag(data)
        return not_modified(request, etag) or tag(Response(data), etag)

    @extend_schema(parameters=[ETAG], responses={HTTPStatus.CREATED: ListSerializer, **FULL})
    def create(self, request: Request) -> Response:
        """Create a list, after the others. Its time zone, unless given, is that of the default list."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            todo_list = services.create_list(user=request.user, **serializer.validated_data)
        except services.NotSignedIn as error:
            raise NotAuthenticated("Sign in to have lists of your own.") from error
        response = self.answer(todo_list, HTTPStatus.CREATED)
        response.headers["Location"] = request.build_absolute_uri(f"{request.path}/{todo_list.pk}")
        return response

    @extend_schema(parameters=[IF_NONE_MATCH, ETAG], responses={HTTPStatus.OK: ListSerializer, **TAGGED})
    def retrieve(self, request: Request, list_id: int) -> HttpResponseBase:
        """One list."""
        todo_list = list_or_404(request.user, list_id)
        response = not_modified(request, version_of(todo_list)) or self.answer(todo_list)
        if not services.still_readable([todo_list]):
            raise Http404(NO_SUCH_LIST)
        return response

    @extend_schema(
        parameters=[IF_MATCH, ETAG],
        request=ListSerializer(partial=True),
        responses={HTTPStatus.OK: ListSerializer, **CONFLICT, **DEFAULT},
    )
    def update(self, request: Request, list_id: int) -> Response:
        """Change the fields that are given."""
        found = self.to_change(list_id)
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        with refusing():
            return self.answer(services.update_list(changes=serializer.validated_data, **found))

    @extend_schema(
        parameters=[IF_MATCH, ETAG],
        request=ListSerializer(partial=True),
        responses={HTTPStatus.OK: ListSerializer, **CONFLICT, **DEFAULT},
    )
    def partial_update(self, request: Request, list_id: int) -> Response:
        """Change the fields that are given, as PUT does."""
        return self.update(request, list_id)

    @extend_schema(parameters=[IF_MATCH], responses={HTTPStatus.NO_CONTENT: None, **CONFLICT, **DEFAULT})
    def destroy(self, request: Request, list_id: int) -> Response:
        """Delete a list for good, with its todos and feeds."""
        with refusing():
            services.delete_list(**self.to_change(list_id))
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(
        request=ListOrderSerializer,
        responses={HTTPStatus.OK: ListSerializer(many=True), HTTPStatus.NOT_FOUND: error_response(NO_SUCH_LIST)},
    )
    @action(detail=False, methods=["put"])
    def order(self, request: Request) -> HttpResponseBase:
        """Put your lists in an order."""
        serializer = ListOrderSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            services.order_lists(user=request.user, list_ids=serializer.validated_data["list_ids"])
        except TodoList.DoesNotExist as error:
            raise Http404(NO_SUCH_LIST) from error
        return Response(self.get_serializer(services.find_lists(user=request.user), many=True).data)

    @extend_schema(responses={HTTPStatus.NO_CONTENT: None})
    @action(detail=True, methods=["delete"])
    def trash(self, request: Request, list_id: int) -> Response:
        """Delete for good the todos in the trash of a list."""
        with refusing():
            services.empty_trash(todo_list=list_or_404(request.user, list_id))
        return Response(status=HTTPStatus.NO_CONTENT)

    def to_change(self, list_id: int) -> dict[str, Any]:
        """Return the services' arguments for a list that is to be changed; with If-Match, as it is read here."""
        todo_list = list_or_404(self.request.user, list_id)
        if (wanted := if_match(self.request)) is None or wanted == ["*"]:
            return {"todo_list": todo_list}
        if version_of(todo_list) not in wanted:
            raise Conflict
        return {"todo_list": todo_list, "expected_revision": todo_list.revision}

    def answer(self, todo_list: TodoList, status: HTTPStatus = HTTPStatus.OK) -> Response:
        return tag(Response(self.get_serializer(todo_list).data, status=status), version_of(todo_list))


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what the services of lists raise into answers."""
    try:
        yield
    except services.DefaultList as error:
        raise Refused(str(error)) from error
    except services.StaleList as error:
        raise Conflict from error
    except TodoList.DoesNotExist as error:
        raise Http404(NO_SUCH_LIST) from error
