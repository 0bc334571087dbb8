"""The API of todos."""

from functools import cache
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponseBase
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from todos import services
from todos.finding import LIST_PARAMETERS, find_todos
from todos.models import TodoList
from todos.response_cache import list_as_json
from todos.serializers import (
    BulkResultsSerializer,
    BulkSerializer,
    DeletedTodoSerializer,
    TodoSerializer,
    read_todo,
    represent_results,
    represent_todo,
)
from web.api.conditional import body_etag, if_match, not_modified, tag
from web.api.errors import Conflict
from web.api.renderers import ReadyJSON

NO_SUCH_TODO = "There is no such todo."


class ListAPIView(APIView):
    """A view of the caller's own list."""

    @cached_property
    def todo_list(self) -> TodoList:
        return services.get_list(self.request.user)


class TodosView(ListAPIView):
    """The todos of your list, oldest first."""

    serializer_class = TodoSerializer

    @extend_schema(parameters=LIST_PARAMETERS, responses=TodoSerializer(many=True))
    def get(self, request: Request) -> HttpResponseBase:
        # Within a window the answer changes with the clock, without a change of the list.
        etag = None if "window" in request.query_params else list_etag(self.todo_list)
        if etag and (known := not_modified(request, etag)):
            return known
        if not request.query_params:
            return tag(Response(ReadyJSON(list_as_json(self.todo_list))), etag)
        data, headers = find_todos(self.todo_list, request)
        if etag is None:
            etag = body_etag(data)
            if known := not_modified(request, etag):
                return known
        return tag(Response(data, headers=headers), etag)

    @extend_schema(request=TodoSerializer, responses={HTTPStatus.CREATED: TodoSerializer})
    def post(self, request: Request) -> Response:
        values = validated(request)
        todo = services.create_todo(todo_list=self.todo_list, **values)
        location = request.build_absolute_uri(f"{request.path}/{todo.pk}")
        response = Response(represent_todo(todo), status=HTTPStatus.CREATED, headers={"Location": location})
        return tag(response, todo_etag(todo.pk, todo.sequence))


class TodoView(ListAPIView):
    """One todo."""

    serializer_class = TodoSerializer

    def read(self, todo_id: int) -> tuple[dict, int]:
        """Return the todo and its sequence."""
        if (found := read_todo(self.request.user, todo_id)) is None:
            raise Http404(NO_SUCH_TODO)
        return found

    def to_change(self, todo_id: int) -> dict[str, Any]:
        """Return what the services want to know of a todo that is to be changed.

        With If-Match, it must still be at the sequence that it is read at. Raises
        Todo.DoesNotExist, and a 412 if that header names other ETags.
        """
        todo = services.find_todo(user=self.request.user, todo_id=todo_id)
        found = {"todo_list": todo.list, "todo_id": todo_id, "as_read": todo}
        if (wanted := if_match(self.request)) is None:
            return found
        if wanted != ["*"] and todo_etag(todo_id, todo.sequence) not in wanted:
            raise Conflict
        return found | {"expected_sequence": todo.sequence}

    @extend_schema(responses=TodoSerializer)
    def get(self, request: Request, todo_id: int) -> HttpResponseBase:
        todo, sequence = self.read(todo_id)
        etag = todo_etag(todo_id, sequence)
        return not_modified(request, etag) or tag(Response(todo), etag)

    @extend_schema(request=TodoSerializer(partial=True), responses=TodoSerializer)
    def put(self, request: Request, todo_id: int) -> Response:
        try:
            changes = validated(request, partial=True)
        except APIException:
            self.read(todo_id)  # what does not exist is a 404 whatever is sent to it
            raise
        try:
            todo = services.update_todo(changes=changes, **self.to_change(todo_id))
        except ObjectDoesNotExist as error:
            raise Http404(NO_SUCH_TODO) from error
        except services.StaleTodo as error:
            raise Conflict from error
        return tag(Response(represent_todo(todo)), todo_etag(todo.pk, todo.sequence))

    @extend_schema(request=TodoSerializer(partial=True), responses=TodoSerializer)
    def patch(self, request: Request, todo_id: int) -> Response:
        return self.put(request, todo_id)

    @extend_schema(responses={HTTPStatus.OK: DeletedTodoSerializer})
    def delete(self, request: Request, todo_id: int) -> Response:
        """Deleting what does not exist is no error: the answer is an empty object."""
        try:
            todo = services.delete_todo(**self.to_change(todo_id))
        except ObjectDoesNotExist:
            return Response({})
        except services.StaleTodo as error:
            raise Conflict from error
        return Response(represent_todo(todo))


class TodoRestoreView(ListAPIView):
    """Brings a deleted todo back, with its id."""

    @extend_schema(request=None, responses=TodoSerializer)
    def post(self, request: Request, todo_id: int) -> Response:
        try:
            todo = services.restore_todo(todo_list=self.todo_list, todo_id=todo_id)
        except ObjectDoesNotExist as error:
            raise Http404("There is no such deleted todo.") from error
        return Response(represent_todo(todo))


class TodosBulkView(ListAPIView):
    """Does many things to todos at once, in one transaction.

    What is wrong in its form is refused as a whole; an item that cannot be done hinders no other.
    """

    serializer_class = BulkSerializer

    @extend_schema(request=BulkSerializer, responses=BulkResultsSerializer)
    def post(self, request: Request) -> Response:
        serializer = BulkSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        items = serializer.validated_data["items"]
        return Response(represent_results(services.change_todos(todo_list=self.todo_list, items=items)))


def list_etag(todo_list: TodoList) -> str:
    """Return the ETag of every view of the list that its revision decides on; each address has its own."""
    return f'W/"{todo_list.pk}.{todo_list.revision}"'


def todo_etag(todo_id: int, sequence: int) -> str:
    return f'"{todo_id}.{sequence}"'


@cache
def serializer(*, partial: bool) -> TodoSerializer:
    """Return the one that checks all bodies: making its fields takes longer than checking with them."""
    return TodoSerializer(partial=partial)


def validated(request: Request, *, partial: bool = False) -> dict[str, Any]:
    """Return the todo's values that the body gives. Raises a 400 that names the fields at fault."""
    return serializer(partial=partial).run_validation(request.data)
