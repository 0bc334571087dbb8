"""The API of labels."""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from todos import services
from todos.models import Label, LabelQuerySet
from todos.serializers.labels import LabelSerializer
from todos.services import NO_SUCH_LABEL
from web.api.conditional import body_etag, not_modified, tag
from web.api.errors import Refused
from web.api.schema import ETAG, FULL, IF_NONE_MATCH, TAGGED
from web.api.views import PartialPutMixin, ResourceMixin


class LabelViewSet(ResourceMixin, PartialPutMixin, ModelViewSet):
    """Your labels, in all your lists. Who is not signed in has those of the open list."""

    queryset = Label.objects.all()
    serializer_class = LabelSerializer
    lookup_url_kwarg = "label_id"
    lookup_value_converter = "int"
    not_found = NO_SUCH_LABEL

    def get_queryset(self) -> LabelQuerySet:
        return Label.objects.of_owner(self.request.user.pk)

    @extend_schema(
        parameters=[IF_NONE_MATCH, ETAG], responses={HTTPStatus.OK: LabelSerializer(many=True), **TAGGED}
    )
    def list(self, request: Request) -> HttpResponseBase:
        """Your labels, by name."""
        response = super().list(request)
        etag = body_etag(response.data)
        return not_modified(request, etag) or tag(response, etag)

    @extend_schema(responses={HTTPStatus.CREATED: LabelSerializer, **FULL})
    def create(self, request: Request) -> Response:
        """Create a label. A todo that is given a new label creates it too."""
        return super().create(request)

    def retrieve(self, request: Request, label_id: int) -> Response:
        """One label."""
        return super().retrieve(request)

    @extend_schema(request=LabelSerializer(partial=True), responses={HTTPStatus.OK: LabelSerializer, **FULL})
    def update(self, request: Request, label_id: int, **kwargs: Any) -> Response:
        """Change the fields that are given. A name changes every todo that has the label.

        If there is a label of that name already, the two become one, which is the answer.
        """
        return super().update(request, **kwargs)

    @extend_schema(request=LabelSerializer(partial=True), responses={HTTPStatus.OK: LabelSerializer, **FULL})
    def partial_update(self, request: Request, label_id: int) -> Response:
        """Change the fields that are given, as PUT does."""
        return self.update(request, label_id)

    def destroy(self, request: Request, label_id: int) -> Response:
        """Delete a label, and take it off every todo that has it."""
        return super().destroy(request)

    def perform_create(self, serializer: BaseSerializer) -> None:
        try:
            serializer.instance = services.create_label(user=self.request.user, **serializer.validated_data)
        except services.LabelExists as error:
            raise Refused("There is a label with this name already.") from error

    def perform_update(self, serializer: BaseSerializer) -> None:
        with self.found():
            serializer.instance = services.update_label(
                user=self.request.user, label_id=serializer.instance.pk, changes=serializer.validated_data
            )

    def perform_destroy(self, instance: Label) -> None:
        with self.found():
            services.delete_label(user=self.request.user, label_id=instance.pk)
