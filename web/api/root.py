"""The API's root, its health checks, and the page that shows its schema."""

from http import HTTPStatus

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, inline_serializer
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from observability.health import readiness


class RootView(APIView):
    """The addresses of all resources."""

    permission_classes = [AllowAny]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        names = (
            "todos",
            "lists",
            "labels",
            "invitations",
            "filters",
            "jobs",
            "feeds",
            "webhooks",
            "tokens",
            "reminder-settings",
            "browsers",
            "schema",
            "health",
            "ready",
        )
        return Response({name: reverse(f"api:{name}", request=request) for name in names})


class HealthView(APIView):
    """Whether the process answers. Nothing else is checked.

    HealthMiddleware (web/monitoring.py) answers first. This view is for the schema and the browsable API.
    """

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(responses=inline_serializer("Health", {"status": serializers.CharField()}))
    def get(self, request: Request) -> Response:
        return Response({"status": "ok"})


class CheckSerializer(serializers.Serializer):
    """The result of one check."""

    status = serializers.ChoiceField(["ok", "failing"])
    detail = serializers.CharField()


class ReadinessSerializer(serializers.Serializer):
    """The result of each check, by name."""

    status = serializers.ChoiceField(["ok", "failing"])
    checks = serializers.DictField(child=CheckSerializer())


class ReadyView(APIView):
    """Whether the database, its migrations, the broker and a worker are available; 503 if one is not.

    HealthMiddleware answers first, as in HealthView.
    """

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(
        responses={HTTPStatus.OK: ReadinessSerializer, HTTPStatus.SERVICE_UNAVAILABLE: ReadinessSerializer}
    )
    def get(self, request: Request) -> Response:
        body, status = readiness()
        return Response(body, status=status)


class SchemaPageView(SpectacularSwaggerSplitView):
    """The page that shows the schema."""

    @extend_schema(exclude=True)
    def options(self, request: Request, *args: object, **kwargs: object) -> HttpResponse:
        # REST framework's own answer is data, for which this view has no template.
        return HttpResponse(headers={"Allow": ", ".join(self.allowed_methods)})
