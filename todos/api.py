"""The API of todos."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.functional import cached_property
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotAuthenticated, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet, ModelViewSet

from todos import services
from todos.addresses import list_or_404
from todos.filters import TodoFilterSet, TodoOrderingFilter
from todos.models import (
    Label,
    LabelQuerySet,
    SavedFilter,
    SavedFilterQuerySet,
    Todo,
    TodoList,
    TodoListQuerySet,
    TodoQuerySet,
)
from todos.pagination import LinkPagination, whole_number
from todos.response_cache import large_answers, list_as_json, rendering
from todos.search.language import QueryError, parse
from todos.searching import find_todos
from todos.serializers import (
    BulkResultsSerializer,
    BulkSerializer,
    FilterSerializer,
    FoundTodoSerializer,
    LabelSerializer,
    ListOrderSerializer,
    ListSerializer,
    ListTodoSerializer,
    PastOccurrenceSerializer,
    PlaceSerializer,
    TodoSerializer,
    represent_todo,
    with_changers_named,
)
from todos.services import NO_SUCH_LABEL, NO_SUCH_LIST, NO_SUCH_TODO
from web.api.conditional import body_etag, if_match, not_modified, tag
from web.api.errors import Conflict, Refused, json_error
from web.api.permissions import ModeAllows
from web.api.renderers import ReadyJSON
from web.api.schema import CONFLICT, ETAG, FULL, IF_MATCH, IF_NONE_MATCH, TAGGED, error_response
from web.api.views import PartialPutMixin, ResourceMixin

# Parameters with which the answer may change while the list does not.
CHANGE_WITH_CLOCK = {"window", "query"}
SMALL_PAGES = {str(limit) for limit in range(101)}
DEFAULT = {HTTPStatus.CONFLICT: error_response("It is the default list.")}
MAX_UPCOMING = 100
LIMIT_OF_UPCOMING = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": MAX_UPCOMING, "default": 5}, description="How many."
)
TODO_OR_NOTHING = {"oneOf": [{"$ref": "#/components/schemas/Todo"}, {"type": "object", "maxProperties": 0}]}


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
        try:
            found = self.to_change(todo_id)
            with checking_fields():
                todo = services.update_todo(changes=changes, **found)
        except ObjectDoesNotExist as error:
            raise Http404(NO_SUCH_TODO) from error
        except services.StaleTodo as error:
            raise Conflict from error
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
        try:
            found = self.to_change(todo_id)
            del found["as_read"]
            todo = service(**found)
        except ObjectDoesNotExist as error:
            raise Http404(NO_SUCH_TODO) from error
        except services.StaleTodo as error:
            raise Conflict from error
        except services.InvalidRule as error:
            raise ValidationError(str(error)) from error
        return tag(Response(self.represent(todo)), todo_etag(found["todo_list"], todo))

    def found(self, todo_id: int) -> Todo:
        try:
            return self.todo_list.todos.visible().get(pk=todo_id)
        except ObjectDoesNotExist as error:
            raise Http404(NO_SUCH_TODO) from error

    def find(self, todo_id: int) -> tuple[dict, str]:
        """Return a todo of the list as a response shows it, and its ETag, or raise the 404."""
        columns = (*self.serializer_class.columns(), "sequence")
        try:
            *shown, sequence, epoch = services.read_todo(
                user=self.request.user, todo_id=todo_id, columns=columns, list_id=self.list_id
            )
        except ObjectDoesNotExist as error:
            raise Http404(NO_SUCH_TODO) from error
        return self.serializer_class.from_rows([shown])[0], _etag(epoch, todo_id, sequence)

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


class ListViewSet(GenericViewSet):
    """Your lists, and those that others share with you. Who is not signed in has one, the open list."""

    queryset = TodoList.objects.all()
    serializer_class = ListSerializer
    lookup_url_kwarg = "list_id"
    lookup_value_converter = "int"

    @property
    def takes_restricted_tokens(self) -> bool:
        return self.action in {"list", "retrieve"}

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


class LabelViewSet(GenericViewSet):
    """Your labels, in all your lists. Who is not signed in has those of the open list."""

    queryset = Label.objects.all()
    serializer_class = LabelSerializer
    lookup_url_kwarg = "label_id"
    lookup_value_converter = "int"

    def get_queryset(self) -> LabelQuerySet:
        return Label.objects.of_owner(self.request.user.pk)

    @extend_schema(
        parameters=[IF_NONE_MATCH, ETAG], responses={HTTPStatus.OK: LabelSerializer(many=True), **TAGGED}
    )
    def list(self, request: Request) -> HttpResponseBase:
        """Your labels, by name."""
        data = self.get_serializer(services.find_labels(user=request.user), many=True).data
        etag = body_etag(data)
        return not_modified(request, etag) or tag(Response(data), etag)

    @extend_schema(responses={HTTPStatus.CREATED: LabelSerializer, **FULL})
    def create(self, request: Request) -> Response:
        """Create a label. A todo that is given a new label creates it too."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            label = services.create_label(user=request.user, **serializer.validated_data)
        except services.LabelExists as error:
            raise Refused("There is a label with this name already.") from error
        location = request.build_absolute_uri(f"{request.path}/{label.pk}")
        data = self.get_serializer(label).data
        return Response(data, status=HTTPStatus.CREATED, headers={"Location": location})

    @extend_schema(responses=LabelSerializer)
    def retrieve(self, request: Request, label_id: int) -> Response:
        """One label."""
        return Response(self.get_serializer(self.find(label_id)).data)

    @extend_schema(request=LabelSerializer(partial=True), responses={HTTPStatus.OK: LabelSerializer, **FULL})
    def update(self, request: Request, label_id: int) -> Response:
        """Change the fields that are given. A name changes every todo that has the label.

        If there is a label of that name already, the two become one, which is the answer.
        """
        self.find(label_id)
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        try:
            changes = serializer.validated_data
            label = services.update_label(user=request.user, label_id=label_id, changes=changes)
        except Label.DoesNotExist as error:
            raise Http404(NO_SUCH_LABEL) from error
        return Response(self.get_serializer(label).data)

    @extend_schema(request=LabelSerializer(partial=True), responses={HTTPStatus.OK: LabelSerializer, **FULL})
    def partial_update(self, request: Request, label_id: int) -> Response:
        """Change the fields that are given, as PUT does."""
        return self.update(request, label_id)

    @extend_schema(responses={HTTPStatus.NO_CONTENT: None})
    def destroy(self, request: Request, label_id: int) -> Response:
        """Delete a label, and take it off every todo that has it."""
        try:
            services.delete_label(user=request.user, label_id=label_id)
        except Label.DoesNotExist as error:
            raise Http404(NO_SUCH_LABEL) from error
        return Response(status=HTTPStatus.NO_CONTENT)

    def find(self, label_id: int) -> Label:
        try:
            return services.find_label(user=self.request.user, label_id=label_id)
        except Label.DoesNotExist as error:
            raise Http404(NO_SUCH_LABEL) from error


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


@contextmanager
def checking_fields() -> Iterator[None]:
    """Answer a parent or a rule that a todo cannot have as the error of that field."""
    try:
        yield
    except services.InvalidParent as error:
        raise ValidationError({"parent_id": [str(error)]}) from error
    except services.InvalidRule as error:
        raise ValidationError({error.field: [str(error)]}) from error


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


def version_of(todo_list: TodoList) -> str:
    """Return the ETag of the list itself: what it shows changes only with its revision, and the caller's role."""
    etag = _etag(todo_list.epoch, todo_list.pk, todo_list.revision)
    return etag if todo_list.is_own else f'{etag[:-1]}.{todo_list.role}"'


def list_etag(todo_list: TodoList) -> str:
    """Return the ETag of every view of the list that changes only with its revision; each address has its own."""
    return f"W/{version_of(todo_list)}"


def todo_etag(todo_list: TodoList, todo: Todo) -> str:
    return _etag(todo_list.epoch, todo.pk, todo.sequence)


def _etag(epoch: int, pk: int, version: int) -> str:
    """Return an ETag that no restore from a backup gives out again. Lists without an epoch keep the older form."""
    return f'"{pk}.{epoch}.{version}"' if epoch else f'"{pk}.{version}"'
