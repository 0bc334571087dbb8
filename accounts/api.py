"""The API of API tokens."""

from http import HTTPStatus

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, mixins
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from accounts import services
from accounts.models import ApiToken, ApiTokenQuerySet
from accounts.serializers import ApiTokenSerializer, NewApiTokenSerializer
from todos.models import TodoList
from todos.services import NO_SUCH_LIST
from web.api.permissions import ModeAllows
from web.api.views import ResourceMixin


class ApiTokenViewSet(
    ResourceMixin, mixins.ListModelMixin, mixins.CreateModelMixin, mixins.RetrieveModelMixin, GenericViewSet
):
    """Your API tokens, in both modes."""

    permission_classes = [ModeAllows, IsAuthenticated]
    queryset = ApiToken.objects.all()
    serializer_class = ApiTokenSerializer
    lookup_url_kwarg = "token_id"
    lookup_value_converter = "int"
    not_found = "There is no such token."

    def get_queryset(self) -> ApiTokenQuerySet:
        return ApiToken.objects.of_user(self.request.user)

    def list(self, request: Request) -> Response:
        """Your API tokens, oldest first."""
        return super().list(request)

    @extend_schema(responses={HTTPStatus.CREATED: NewApiTokenSerializer})
    def create(self, request: Request) -> Response:
        """Make a token. Its ``token`` is in this answer and nowhere else.

        This needs a session: a token that leaks must not be able to make others that outlive it.
        """
        if request.auth is not None:
            raise exceptions.PermissionDenied("A token cannot make tokens: sign in for that.")
        return super().create(request)

    def get_serializer_class(self) -> type[BaseSerializer]:
        return NewApiTokenSerializer if self.action == "create" else ApiTokenSerializer

    def perform_create(self, serializer: BaseSerializer) -> None:
        try:
            token, token.token = services.create_token(user=self.request.user, **serializer.validated_data)
        except TodoList.DoesNotExist as error:
            raise exceptions.ValidationError({"list_ids": [NO_SUCH_LIST]}) from error
        except services.TooManyTokens as error:
            raise exceptions.ValidationError(
                f"You have {services.MAX_TOKENS} tokens, which is the most: revoke one first."
            ) from error
        serializer.instance = token

    @extend_schema(responses={HTTPStatus.OK: ApiTokenSerializer})
    def destroy(self, request: Request, token_id: int) -> Response:
        """Revoke a token: it stops working at once."""
        with self.found():
            token = services.revoke_token(user=request.user, token_id=token_id)
        return Response(self.get_serializer(token).data)
