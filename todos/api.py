"""The API of todos."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from django.utils.functional import cached_property
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from todos import services
from todos.filters import filter_todos
from todos.models import TodoList
from todos.serializers import (
    BulkResultsSerializer,
    BulkSerializer,
    TodoSerializer,
    represent_results,
    represent_todo,
    represent_todos,
)

COMPLETED = OpenApiParameter("completed", bool, description="Only those that are completed, or are not.")
WINDOW = OpenApiParameter("window", int, description="Only those due no later than this many days from now.")
NO_SUCH_TODO = "There is no such todo."


class ListAPIView(APIView):
    """A view of the caller's own list."""

    @cached_property
    def todo_list(self) -> TodoList:
        return services.get_list(self.request.user)


class TodosView(ListAPIView):
    """The todos of your list, oldest first."""

    serializer_class = TodoSerializer

    @extend_schema(parameters=[COMPLETED, WINDOW], responses=TodoSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(list(represent_todos(filter_todos(self.todo_list, request))))

    @extend_schema(request=TodoSerializer, responses={HTTPStatus.CREATED: TodoSerializer})
    def post(self, request: Request) -> Response:
        values = validated(request)
        todo = services.create_todo(todo_list=self.todo_list, **values)
        location = request.build_absolute_uri(f"{request.path}/{todo.pk}")
        return Response(represent_todo(todo), status=HTTPStatus.CREATED, headers={"Location": location})


class TodoView(ListAPIView):
    """One todo."""

    serializer_class = TodoSerializer

    @extend_schema(responses=TodoSerializer)
    def get(self, request: Request, todo_id: int) -> Response:
        for todo in represent_todos(self.todo_list.todos.visible().filter(pk=todo_id)):
            return Response(todo)
        raise Http404(NO_SUCH_TODO)

    @extend_schema(request=TodoSerializer(partial=True), responses=TodoSerializer)
    def put(self, request: Request, todo_id: int) -> Response:
        try:
            # What does not exist is a 404 whatever is sent to it.
            self.todo_list.todos.visible().only("pk").get(pk=todo_id)
            changes = validated(request, partial=True)
            todo = services.update_todo(todo_list=self.todo_list, todo_id=todo_id, changes=changes)
        except ObjectDoesNotExist as error:
            raise Http404(NO_SUCH_TODO) from error
        return Response(represent_todo(todo))

    @extend_schema(request=TodoSerializer(partial=True), responses=TodoSerializer)
    def patch(self, request: Request, todo_id: int) -> Response:
        return self.put(request, todo_id)

    @extend_schema(responses=TodoSerializer)
    def delete(self, request: Request, todo_id: int) -> Response:
        """Deleting what does not exist is no error: the answer is an empty object."""
        try:
            todo = services.delete_todo(todo_list=self.todo_list, todo_id=todo_id)
        except ObjectDoesNotExist:
            return Response({})
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


def validated(request: Request, *, partial: bool = False) -> dict[str, Any]:
    """Return the todo's values that the body gives. Raises a 400 that names the fields at fault."""
    serializer = TodoSerializer(data=request.data, partial=partial)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
