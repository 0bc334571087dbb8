"""The API of API tokens."""

from http import HTTPStatus

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.models import ApiToken
from accounts.serializers import ApiTokenSerializer, NewApiTokenSerializer, represent_token
from web.api.permissions import ModeAllows

NO_SUCH_TOKEN = "There is no such token."  # noqa: S105 - a sentence


class TokenAPIView(APIView):
    """A view for users, in both modes."""

    permission_classes = [ModeAllows, IsAuthenticated]
    serializer_class = ApiTokenSerializer


class TokensView(TokenAPIView):
    """Your API tokens, oldest first."""

    @extend_schema(responses=ApiTokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response([represent_token(token) for token in ApiToken.objects.of_user(request.user)])

    @extend_schema(request=ApiTokenSerializer, responses={HTTPStatus.CREATED: NewApiTokenSerializer})
    def post(self, request: Request) -> Response:
        """Make a token. Its ``token`` is in this answer and nowhere else.

        This needs a session: a token that leaks must not be able to make others that outlive it.
        """
        if request.auth is not None:
            raise exceptions.PermissionDenied("A token cannot make tokens: sign in for that.")
        serializer = ApiTokenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            token, secret = services.create_token(user=request.user, **serializer.validated_data)
        except services.TooManyTokens as error:
            raise exceptions.ValidationError(
                f"You have {services.MAX_TOKENS} tokens, which is the most: revoke one first."
            ) from error
        return Response(
            represent_token(token) | {"token": secret},
            status=HTTPStatus.CREATED,
            headers={"Location": request.build_absolute_uri(f"{request.path}/{token.pk}")},
        )


class TokenView(TokenAPIView):
    """One of your API tokens."""

    @extend_schema(responses=ApiTokenSerializer)
    def get(self, request: Request, token_id: int) -> Response:
        for token in ApiToken.objects.of_user(request.user).filter(pk=token_id):
            return Response(represent_token(token))
        raise Http404(NO_SUCH_TOKEN)

    @extend_schema(responses={HTTPStatus.OK: ApiTokenSerializer})
    def delete(self, request: Request, token_id: int) -> Response:
        """Revoke it: nobody gets in with it any more."""
        try:
            token = services.revoke_token(user=request.user, token_id=token_id)
        except ApiToken.DoesNotExist as error:
            raise Http404(NO_SUCH_TOKEN) from error
        return Response(represent_token(token))
