"""The API of todos."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponseBase
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from todos import services
from todos.addresses import list_or_404
from todos.api.etags import list_etag, make_etag, todo_etag
from todos.api.filters import TodoFilterSet, TodoOrderingFilter
from todos.api.lists import OwnListMixin
from todos.api.pagination import SMALL_PAGES, LinkPagination, whole_number
from todos.models import Todo, TodoQuerySet
from todos.response_cache import list_as_json, rendering
from todos.serializers.todos import (
    BulkResultsSerializer,
    BulkSerializer,
    ListTodoSerializer,
    PastOccurrenceSerializer,
    PlaceSerializer,
    TodoSerializer,
    represent_todo,
    with_changers_named,
)
from todos.services import NO_SUCH_TODO
from web.api.conditional import body_etag, if_match, not_modified, tag
from web.api.errors import Conflict
from web.api.renderers import ReadyJSON
from web.api.schema import CONFLICT, ETAG, FULL, IF_MATCH, IF_NONE_MATCH, TAGGED

# Parameters with which the answer may change while the list does not.
CHANGE_WITH_CLOCK = {"window", "query"}
MAX_UPCOMING = 100
LIMIT_OF_UPCOMING = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": MAX_UPCOMING, "default": 5}, description="How many."
)
TODO_OR_NOTHING = {"oneOf": [{"$ref": "#/components/schemas/Todo"}, {"type": "object", "maxProperties": 0}]}


class TodoViewSet(OwnListMixin, ListModelMixin, GenericViewSet):
    """The todos of a list; without the id of one in the address, of your default list."""

    takes_restricted_tokens = True
    # Instead of get_serializer(), the calls that are made all the time use shared serializers; see SharedMixin.
    queryset = Todo.objects.visible()
    serializer_class = TodoSerializer
    lookup_url_kwarg = "todo_id"
    lookup_value_converter = "int"
    filter_backends = [DjangoFilterBackend, TodoOrderingFilter]
    filterset_class = TodoFilterSet
    # The database cannot order by deadline_at; see TodosByDeadline.
    ordering_fields = (
        "id", "title", "completed", "created_at", "updated_at", "deadline_at", "priority", "position",
    )  # fmt: skip
    ordering = "id"
    pagination_class = LinkPagination

    def get_queryset(self) -> TodoQuerySet:
        return self.todo_list.todos.visible()

    @extend_schema(parameters=[IF_NONE_MATCH, ETAG], responses={200: TodoSerializer(many=True), **TAGGED})
    def list(self, request: Request) -> HttpResponseBase:
        """The todos of the list, oldest first."""
        if request.query_params.keys() & CHANGE_WITH_CLOCK:
            response = self.find_todos(request)
            etag = body_etag(response.data)
            return not_modified(request, etag) or tag(response, etag)
        etag = list_etag(self.todo_list)
        if known := not_modified(request, etag):
            return known
        if request.query_params:
            return tag(self.find_todos(request), etag)
        return tag(Response(ReadyJSON(self.whole_list())), etag)

    def find_todos(self, request: Request) -> Response:
        is_small_page = request.query_params.get("limit") in SMALL_PAGES
        with nullcontext() if is_small_page else rendering(self.todo_list):
            return super().list(request)

    def whole_list(self) -> bytes:
        return list_as_json(self.todo_list)

    def represent(self, todo: Todo) -> dict:
        return represent_todo(todo)

    @extend_schema(parameters=[ETAG], responses={HTTPStatus.CREATED: TodoSerializer, **FULL})
    def create(self, request: Request) -> Response:
        """Create a todo."""
        values = TodoSerializer.shared().run_validation(request.data)
        with checking_fields():
            todo = services.create_todo(todo_list=self.todo_list, **values)
        location = request.build_absolute_uri(f"{request.path}/{todo.pk}")
        response = Response(self.represent(todo), status=HTTPStatus.CREATED, headers={"Location": location})
        return tag(response, todo_etag(self.todo_list, todo))

    @extend_schema(parameters=[IF_NONE_MATCH, ETAG], responses={HTTPStatus.OK: TodoSerializer, **TAGGED})
    def retrieve(self, request: Request, todo_id: int) -> HttpResponseBase:
        """One todo."""
        todo, etag = self.find(todo_id)
        return not_modified(request, etag) or tag(Response(todo), etag)

    @extend_schema(
        parameters=[IF_MATCH, ETAG],
        request=TodoSerializer(partial=True),
        responses={HTTPStatus.OK: TodoSerializer, **CONFLICT},
    )
    def update(self, request: Request, todo_id: int) -> Response:
        """Change the fields that are given.

        Completing a todo completes its sub-tasks. One that repeats moves to its next occurrence instead, and stays
        open.
        """
        try:
            changes = TodoSerializer.shared(partial=True).run_validation(request.data)
        except APIException:
            self.find(todo_id)  # what does not exist is a 404 whatever is sent to it
            raise
        with answering_errors():
            found = self.to_change(todo_id)
            todo = services.update_todo(changes=changes, **found)
        return tag(Response(self.represent(todo)), todo_etag(found["todo_list"], todo))

    @extend_schema(
        parameters=[IF_MATCH, ETAG],
        request=TodoSerializer(partial=True),
        responses={HTTPStatus.OK: TodoSerializer, **CONFLICT},
    )
    def partial_update(self, request: Request, todo_id: int) -> Response:
        """Change the fields that are given, as PUT does."""
        return self.update(request, todo_id)

    @extend_schema(parameters=[IF_MATCH], responses={HTTPStatus.OK: TODO_OR_NOTHING, **CONFLICT})
    def destroy(self, request: Request, todo_id: int) -> Response:
        """Delete a todo and its sub-tasks. If it does not exist, the answer is an empty object."""
        try:
            todo = services.delete_todo(**self.to_change(todo_id))
        except ObjectDoesNotExist:
            if self.list_id is not None:
                list_or_404(request.user, self.list_id)  # or it is a 404
            return Response({})
        except services.StaleTodo as error:
            raise Conflict from error
        return Response(self.represent(todo))

    @extend_schema(request=None, responses={HTTPStatus.OK: TodoSerializer, **FULL})
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, todo_id: int) -> Response:
        """Bring a deleted todo back, with its id and the sub-tasks that were deleted with it."""
        try:
            todo = services.restore_todo(todo_list=self.todo_list, todo_id=todo_id)
        except ObjectDoesNotExist as error:
            raise Http404("There is no such deleted todo.") from error
        return Response(self.represent(todo))

    @extend_schema(request=PlaceSerializer, responses={HTTPStatus.OK: TodoSerializer})
    @action(detail=True, methods=["put"])
    def position(self, request: Request, todo_id: int) -> Response:
        """Move a todo in the manual order of the list, which `?ordering=position` shows. The todo stays as it is."""
        self.find(todo_id)  # what does not exist is a 404 whatever is sent to it
        serializer = PlaceSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        place = serializer.validated_data
        try:
            todo = services.place_todo(todo_list=self.todo_list, todo_id=todo_id, **place)
        except ObjectDoesNotExist as error:
            raise Http404(NO_SUCH_TODO) from error
        except services.NoSuchNeighbour as error:
            raise ValidationError({"after" if place["is_after"] else "before": [str(error)]}) from error
        return Response(self.represent(todo))

    @extend_schema(
        parameters=[IF_MATCH, ETAG], request=None, responses={HTTPStatus.OK: TodoSerializer, **CONFLICT}
    )
    @action(detail=True, methods=["post"])
    def skip(self, request: Request, todo_id: int) -> Response:
        """Move a todo that repeats to its next occurrence, without having done this one."""
        return self.end(services.skip_todo, todo_id)

    @extend_schema(
        parameters=[IF_MATCH, ETAG], request=None, responses={HTTPStatus.OK: TodoSerializer, **CONFLICT}
    )
    @action(detail=True, methods=["post"], url_path="complete-series")
    def complete_series(self, request: Request, todo_id: int) -> Response:
        """Complete a todo for good, although it repeats."""
        return self.end(services.complete_series, todo_id)

    @extend_schema(responses=PastOccurrenceSerializer(many=True))
    @action(detail=True, filter_backends=[])
    def occurrences(self, request: Request, todo_id: int) -> Response:
        """The occurrences of a todo that were completed or skipped, the latest first."""
        past = services.past_occurrences(self.found(todo_id))
        page = self.paginate_queryset(past)
        rows = PastOccurrenceSerializer.from_queryset(past if page is None else page)
        rows = with_changers_named(rows, request.user, "ended_by")
        return Response(rows) if page is None else self.get_paginated_response(rows)

    @extend_schema(
        parameters=[LIMIT_OF_UPCOMING],
        responses={HTTPStatus.OK: {"type": "array", "items": {"type": "string"}, "maxItems": MAX_UPCOMING}},
    )
    @action(detail=True, filter_backends=[], pagination_class=None)
    def upcoming(self, request: Request, todo_id: int) -> Response:
        """The deadlines that will follow the current one. If it repeats from its completion, none is known yet."""
        limit = whole_number(request, "limit", 5, least=1, most=MAX_UPCOMING)
        return Response([str(due) for due in services.upcoming(self.found(todo_id), limit)])

    @extend_schema(responses={HTTPStatus.OK: BulkResultsSerializer, **FULL})
    @action(
        detail=False, methods=["post"], serializer_class=BulkSerializer, filter_backends=[], pagination_class=None
    )
    def bulk(self, request: Request) -> Response:
        """Do many things to todos in one transaction.

        A malformed request is refused as a whole; an item that cannot be done does not affect the others.
        """
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        items = serializer.validated_data["items"]
        results = services.change_todos(todo_list=self.todo_list, items=items, user=request.user)
        return Response(BulkResultsSerializer({"results": results}).data)

    def end(self, service: Callable[..., Todo], todo_id: int) -> Response:
        """Do what a service does with a todo of the list."""
        with answering_errors():
            found = self.to_change(todo_id)
            del found["as_read"]
            todo = service(**found)
        return tag(Response(self.represent(todo)), todo_etag(found["todo_list"], todo))

    def found(self, todo_id: int) -> Todo:
        with answering_errors():
            return self.todo_list.todos.visible().get(pk=todo_id)

    def find(self, todo_id: int) -> tuple[dict, str]:
        """Return a todo of the list as a response shows it, and its ETag, or raise the 404."""
        columns = (*self.serializer_class.columns(), "sequence")
        try:
            *shown, sequence, epoch = services.read_todo(
                user=self.request.user, todo_id=todo_id, columns=columns, list_id=self.list_id
            )
        except ObjectDoesNotExist as error:
            raise Http404(NO_SUCH_TODO) from error
        return self.serializer_class.from_rows([shown])[0], make_etag(epoch, todo_id, sequence)

    def to_change(self, todo_id: int) -> dict[str, Any]:
        """Return the services' arguments for a todo that is to be changed.

        With If-Match, it must still be at the sequence that is read here. Raises
        Todo.DoesNotExist, and a 412 if that header names other ETags.
        """
        todo = services.find_todo(user=self.request.user, todo_id=todo_id, list_id=self.list_id)
        found = {"todo_list": todo.list, "todo_id": todo_id, "as_read": todo}
        if (wanted := if_match(self.request)) is None:
            return found
        if wanted != ["*"] and todo_etag(todo.list, todo) not in wanted:
            raise Conflict
        return found | {"expected_sequence": todo.sequence}


@extend_schema_view(
    list=extend_schema(responses={HTTPStatus.OK: ListTodoSerializer(many=True), **TAGGED}),
    create=extend_schema(responses={HTTPStatus.CREATED: ListTodoSerializer, **FULL}),
    retrieve=extend_schema(responses={HTTPStatus.OK: ListTodoSerializer, **TAGGED}),
    update=extend_schema(responses={HTTPStatus.OK: ListTodoSerializer, **CONFLICT}),
    partial_update=extend_schema(responses={HTTPStatus.OK: ListTodoSerializer, **CONFLICT}),
    restore=extend_schema(responses={HTTPStatus.OK: ListTodoSerializer, **FULL}),
    position=extend_schema(responses={HTTPStatus.OK: ListTodoSerializer}),
    skip=extend_schema(responses={HTTPStatus.OK: ListTodoSerializer, **CONFLICT}),
    complete_series=extend_schema(responses={HTTPStatus.OK: ListTodoSerializer, **CONFLICT}),
)
class ListTodoViewSet(TodoViewSet):
    """The todos of a list, which may be shared: they say who changed them last."""

    serializer_class = ListTodoSerializer

    def find_todos(self, request: Request) -> Response:
        response = super().find_todos(request)
        with_changers_named(response.data, request.user)
        return response

    def whole_list(self) -> bytes:
        return list_as_json(self.todo_list, names_for=self.request.user)

    def find(self, todo_id: int) -> tuple[dict, str]:
        todo, etag = super().find(todo_id)
        return with_changers_named([todo], self.request.user)[0], etag

    def represent(self, todo: Todo) -> dict:
        (answer,) = with_changers_named([ListTodoSerializer.shared().to_representation(todo)], self.request.user)
        return answer


@contextmanager
def checking_fields() -> Iterator[None]:
    """Answer a parent or a rule that a todo cannot have as the error of that field."""
    try:
        yield
    except services.InvalidParent as error:
        raise ValidationError({"parent_id": [str(error)]}) from error
    except services.InvalidRule as error:
        raise ValidationError({error.field: [str(error)]} if error.field else str(error)) from error


@contextmanager
def answering_errors() -> Iterator[None]:
    """Turn what the services of todos raise into answers."""
    try:
        with checking_fields():
            yield
    except ObjectDoesNotExist as error:
        raise Http404(NO_SUCH_TODO) from error
    except services.StaleTodo as error:
        raise Conflict from error
