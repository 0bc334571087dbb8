"""The API's front page, and its health."""

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView


class RootView(APIView):
    """Where to go from here."""

    permission_classes = [AllowAny]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        names = ("todos", "jobs", "schema", "health")
        return Response({name: reverse(f"api:{name}", request=request) for name in names})


class HealthView(APIView):
    """Whether the process answers; it touches nothing else.

    The middleware of the same name answers first. This stands for the schema and the browsable API.
    """

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(responses=inline_serializer("Health", {"status": serializers.CharField()}))
    def get(self, request: Request) -> Response:
        return Response({"status": "ok"})
