"""The API of reminders."""

from http import HTTPStatus

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from reminders import push, services
from reminders.models import Browser, BrowserQuerySet
from reminders.serializers import (
    BrowserSerializer,
    DefaultRemindersSerializer,
    NewBrowserKeySerializer,
    ReminderSettingsSerializer,
    TodoRemindersSerializer,
)
from reminders.times import Rule, RuleKind
from todos.api.lists import OwnListMixin
from todos.models import Todo
from todos.services import NO_SUCH_TODO
from web.api.permissions import ModeAllows
from web.api.schema import FULL
from web.api.views import ResourceMixin

NO_SUCH_BROWSER = "There is no such browser."


class TodoRemindersView(OwnListMixin, APIView):
    """Your reminders of one todo."""

    takes_restricted_tokens = True
    permission_classes = [ModeAllows, IsAuthenticated]

    @extend_schema(responses=TodoRemindersSerializer)
    def get(self, request: Request, todo_id: int) -> Response:
        """Your reminders of a todo."""
        return self.answer(request, self.todo(todo_id))

    @extend_schema(request=TodoRemindersSerializer, responses={HTTPStatus.OK: TodoRemindersSerializer, **FULL})
    def put(self, request: Request, todo_id: int) -> Response:
        """Replace your reminders of a todo."""
        todo = self.todo(todo_id)
        serializer = TodoRemindersSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        rules = serializer.validated_data["reminders"]
        if rules is not None:
            rules = rules or [Rule(RuleKind.NONE)]
        try:
            services.set_reminders(user=request.user, todo=todo, rules=rules or [])
        except services.InvalidReminder as error:
            raise ValidationError({"reminders": [str(error)]}) from error
        return self.answer(request, todo)

    def todo(self, todo_id: int) -> Todo:
        todo = self.todo_list.todos.visible().filter(pk=todo_id).first()
        if todo is None:
            raise Http404(NO_SUCH_TODO)
        todo.list = self.todo_list
        return todo

    def answer(self, request: Request, todo: Todo) -> Response:
        own = services.find_reminders(user=request.user, todo=todo)
        replaces_default = any(one.source is None for one in own)
        default = services.find_defaults(user=request.user, todo_list=todo.list)
        shown = [one for one in own if one.kind != RuleKind.NONE]
        body = {"reminders": shown if own and (replaces_default or shown) else None, "default": default}
        return Response(TodoRemindersSerializer(body).data)


class DefaultRemindersView(OwnListMixin, APIView):
    """What you are reminded of for the todos of a list."""

    permission_classes = [ModeAllows, IsAuthenticated]

    @extend_schema(responses=DefaultRemindersSerializer)
    def get(self, request: Request) -> Response:
        """Your default reminders of a list."""
        reminders = services.find_defaults(user=request.user, todo_list=self.todo_list)
        return Response(DefaultRemindersSerializer({"reminders": reminders}).data)

    @extend_schema(request=DefaultRemindersSerializer, responses={HTTPStatus.OK: DefaultRemindersSerializer})
    def put(self, request: Request) -> Response:
        """Replace your default reminders of a list."""
        todo_list = self.todo_list
        serializer = DefaultRemindersSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        rules = serializer.validated_data["reminders"]
        try:
            reminders = services.set_defaults(user=request.user, todo_list=todo_list, rules=rules)
        except services.InvalidReminder as error:
            raise ValidationError({"reminders": [str(error)]}) from error
        return Response(DefaultRemindersSerializer({"reminders": reminders}).data)


class ReminderSettingsView(APIView):
    """How and when you are reminded."""

    permission_classes = [ModeAllows, IsAuthenticated]

    @extend_schema(responses=ReminderSettingsSerializer)
    def get(self, request: Request) -> Response:
        """Your settings of reminders."""
        return Response(ReminderSettingsSerializer(services.get_settings(request.user)).data)

    @extend_schema(request=ReminderSettingsSerializer, responses={HTTPStatus.OK: ReminderSettingsSerializer})
    def patch(self, request: Request) -> Response:
        """Change your settings of reminders."""
        serializer = ReminderSettingsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            stored = services.update_settings(user=request.user, changes=serializer.validated_data)
        except services.InvalidReminder as error:
            raise ValidationError({"quiet_end": [str(error)]}) from error
        return Response(ReminderSettingsSerializer(stored).data)


class BrowserViewSet(ResourceMixin, GenericViewSet):
    """The browsers in which your reminders appear."""

    permission_classes = [ModeAllows, IsAuthenticated]
    queryset = Browser.objects.all()
    serializer_class = BrowserSerializer
    lookup_url_kwarg = "browser_id"
    lookup_value_converter = "int"
    pagination_class = None
    not_found = NO_SUCH_BROWSER

    def get_queryset(self) -> BrowserQuerySet:
        return Browser.objects.of_user(self.request.user)

    @extend_schema(responses=BrowserSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The browsers in which your reminders appear."""
        return Response(self.get_serializer(self.get_queryset(), many=True).data)

    @extend_schema(request=BrowserSerializer, responses={HTTPStatus.CREATED: BrowserSerializer, **FULL})
    def create(self, request: Request) -> Response:
        """Have your reminders appear in a browser."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        browser = services.add_browser(user=request.user, **serializer.validated_data)
        data = self.get_serializer(browser).data
        return Response(data, status=HTTPStatus.CREATED)

    @extend_schema(responses={HTTPStatus.OK: BrowserSerializer})
    def destroy(self, request: Request, browser_id: int) -> Response:
        """Have your reminders no longer appear in a browser."""
        with self.found():
            browser = services.remove_browser(user=request.user, browser_id=browser_id)
        browser.pk = browser_id
        return Response(self.get_serializer(browser).data)


class PushKeyView(APIView):
    """The key with which browsers subscribe."""

    permission_classes = [ModeAllows, IsAuthenticated]

    @extend_schema(responses=NewBrowserKeySerializer)
    def get(self, request: Request) -> Response:
        """The public key with which a browser subscribes to push messages."""
        return Response({"public_key": push.public_key()})
