"""The API of webhooks."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.throttling import BaseThrottle
from rest_framework.viewsets import ModelViewSet

from followers.models import Webhook
from followers.serializers import DeliverySerializer, NewWebhookSerializer, WebhookSerializer
from followers.webhooks import services
from todos.models import TodoList
from todos.services import NO_SUCH_LIST, find_list, get_list
from web.api.errors import Refused
from web.api.permissions import ModeAllows
from web.api.schema import FULL, error_response
from web.api.throttling import ScopedThrottle
from web.api.views import PartialPutMixin, ResourceMixin
from web.rate_limits import caller, seconds_to_wait

CHANGED = {
    HTTPStatus.OK: WebhookSerializer,
    HTTPStatus.TOO_MANY_REQUESTS: error_response("It was turned on, or got another address, too often."),
}
WAITING = {HTTPStatus.CONFLICT: error_response("Some that you asked for are still waiting.")}


@extend_schema_view(partial_update=extend_schema(responses=CHANGED))
class WebhookViewSet(PartialPutMixin, ResourceMixin, ModelViewSet):
    """Your webhooks: addresses that the changes of a list are posted to."""

    permission_classes = [ModeAllows, IsAuthenticated]
    throttle_scope = "webhook_tests"
    queryset = Webhook.objects.all()
    serializer_class = WebhookSerializer
    lookup_url_kwarg = "webhook_id"
    lookup_value_converter = "uuid"
    not_found = "There is no such webhook."
    pagination_class = None

    def get_queryset(self) -> QuerySet[Webhook]:
        webhooks = Webhook.objects.of_user(self.request.user)
        return webhooks.select_related("follower").order_by("created_at", "pk")

    def list(self, request: Request) -> Response:
        """Your webhooks, oldest first."""
        return super().list(request)

    @extend_schema(responses={HTTPStatus.CREATED: NewWebhookSerializer, **FULL})
    def create(self, request: Request) -> Response:
        """Make a webhook. Its ``secret`` is in this answer and nowhere else."""
        return super().create(request)

    def retrieve(self, request: Request, webhook_id: uuid.UUID) -> Response:
        """One webhook."""
        return super().retrieve(request)

    @extend_schema(request=WebhookSerializer(partial=True), responses=CHANGED)
    def update(self, request: Request, webhook_id: uuid.UUID, **kwargs: Any) -> Response:
        """Change the fields that are given, or turn it off and on."""
        return super().update(request, **kwargs)

    def destroy(self, request: Request, webhook_id: uuid.UUID) -> Response:
        """Delete a webhook, with what it keeps of its deliveries."""
        return super().destroy(request)

    @extend_schema(request=None, responses=NewWebhookSerializer)
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, webhook_id: uuid.UUID) -> Response:
        """Give a webhook a new secret. For 24 hours, the one before signs too."""
        with self.found():
            webhook, webhook.secret = services.rotate_secret(user=request.user, webhook_id=webhook_id)
        return Response(self.get_serializer(webhook).data)

    @extend_schema(request=None, responses={HTTPStatus.ACCEPTED: DeliverySerializer, **WAITING})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, webhook_id: uuid.UUID) -> Response:
        """Send an event that only shows whether it arrives; soon after, the deliveries say what came of it."""
        with self.asked():
            delivery = services.send_test(user=request.user, webhook_id=webhook_id)
        return Response(DeliverySerializer(delivery).data, status=HTTPStatus.ACCEPTED)

    @extend_schema(responses=DeliverySerializer(many=True))
    @action(detail=True)
    def deliveries(self, request: Request, webhook_id: uuid.UUID) -> Response:
        """What was sent last, newest first."""
        deliveries = services.list_deliveries(self.get_object())
        return Response(DeliverySerializer(deliveries, many=True).data)

    @extend_schema(request=None, responses={HTTPStatus.ACCEPTED: DeliverySerializer, **WAITING})
    @action(
        detail=True,
        methods=["post"],
        url_path="deliveries/<int:delivery_id>/send-again",
        url_name="delivery-send-again",
    )
    def send_again(self, request: Request, webhook_id: uuid.UUID, delivery_id: int) -> Response:
        """Send an event again as it was, with the same id."""
        with self.asked():
            delivery = services.send_again(user=request.user, webhook_id=webhook_id, delivery_id=delivery_id)
        return Response(DeliverySerializer(delivery).data, status=HTTPStatus.ACCEPTED)

    def get_throttles(self) -> Sequence[BaseThrottle]:
        return [ScopedThrottle()] if self.action in {"test", "send_again"} else []

    def get_serializer_class(self) -> type[BaseSerializer]:
        return NewWebhookSerializer if self.action in {"create", "rotate_secret"} else WebhookSerializer

    def perform_create(self, serializer: BaseSerializer) -> None:
        values = dict(serializer.validated_data)
        list_id, is_active = values.pop("list_id", None), values.pop("is_active")
        user = self.request.user
        try:
            todo_list = get_list(user) if list_id is None else find_list(user=user, list_id=list_id)
            webhook, secret = services.create_webhook(
                user=user, todo_list=todo_list, is_active=is_active, **values
            )
        except TodoList.DoesNotExist as error:
            raise exceptions.ValidationError({"list_id": [NO_SUCH_LIST]}) from error
        webhook.secret = secret
        serializer.instance = webhook

    def perform_update(self, serializer: BaseSerializer) -> None:
        has_it_tried = serializer.validated_data.get("is_active") or "url" in serializer.validated_data
        if has_it_tried and (wait := seconds_to_wait(self.throttle_scope, caller(self.request))):
            raise exceptions.Throttled(wait)
        with self.found():
            serializer.instance = services.change_webhook(
                user=self.request.user, webhook_id=serializer.instance.pk, **serializer.validated_data
            )

    def perform_destroy(self, instance: Webhook) -> None:
        with self.found():
            services.delete_webhook(user=self.request.user, webhook_id=instance.pk)

    @contextmanager
    def asked(self) -> Iterator[None]:
        try:
            with self.found():
                yield
        except services.CannotDeliver as error:
            raise Refused(str(error)) from error
