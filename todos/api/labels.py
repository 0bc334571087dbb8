"""The API of labels."""

from http import HTTPStatus

from django.http import Http404, HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from todos import services
from todos.models import Label, LabelQuerySet
from todos.serializers.labels import LabelSerializer
from todos.services import NO_SUCH_LABEL
from web.api.conditional import body_etag, not_modified, tag
from web.api.errors import Refused
from web.api.schema import ETAG, FULL, IF_NONE_MATCH, TAGGED


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
