"""The OpenAPI document: what each view declares, and what all views have in common."""

from http import HTTPStatus

from drf_spectacular import openapi
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.utils import Direction, OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated


class ErrorSerializer(serializers.Serializer):
    """What every error looks like."""

    error = serializers.CharField(help_text="One sentence.")
    fields = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="The fields at fault, each with its sentences; of many, the first.",
    )


def error_response(description: str) -> OpenApiResponse:
    return OpenApiResponse(ErrorSerializer, description)


# What views add with @extend_schema: responses, and parameters beside them.
NOT_MODIFIED = {HTTPStatus.NOT_MODIFIED: OpenApiResponse(description="The caller has the current state already.")}
CONFLICT = {HTTPStatus.PRECONDITION_FAILED: error_response("It has changed since the caller read it.")}
FULL = {HTTPStatus.CONFLICT: error_response("There is no room for more.")}
TAGGED = {**NOT_MODIFIED, **CONFLICT}
ETAG = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[HTTPStatus.OK, HTTPStatus.CREATED])
IF_NONE_MATCH = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="One or more ETags.")
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="One or more ETags.")

ALWAYS = {
    HTTPStatus.BAD_REQUEST: "The request is malformed or has invalid values.",
    HTTPStatus.UNAUTHORIZED: "Sign-in is required, or the token is invalid.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database is unreachable; Retry-After says when to try again.",
}
UNSAFE = {
    HTTPStatus.FORBIDDEN: "The CSRF token is missing, the token is read-only, or another site sent the request.",
    HTTPStatus.LENGTH_REQUIRED: "The body has no length.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
}
# The HTTP server answers these itself, before the application sees the request.
FROM_SERVER = {
    HTTPStatus.REQUEST_URI_TOO_LONG: "The address is too long.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers are too large.",
}


class AutoSchema(openapi.AutoSchema):
    """Adds the errors that follow from a view's address, method, body, authentication and throttle."""

    def get_auth(self) -> list[dict]:
        schemes = super().get_auth()
        needs_user = any(isinstance(permission, IsAuthenticated) for permission in self.view.get_permissions())
        if schemes and {} not in schemes and not needs_user:
            schemes.append({})  # in open mode
        return schemes

    def get_operation(self, *args: object) -> dict | None:
        operation = super().get_operation(*args)
        if operation is not None:
            responses = operation["responses"]
            for status, description in self.common_errors("requestBody" in operation).items():
                content = {
                    "application/json": {"schema": self.resolve_serializer(ErrorSerializer, "response").ref}
                }
                if status in FROM_SERVER:
                    content = {"text/html": {"schema": {"type": "string"}}}
                responses.setdefault(str(int(status)), {"description": description, "content": content})
            operation["responses"] = dict(sorted(responses.items()))
        return operation

    def common_errors(self, has_body: bool) -> dict[HTTPStatus, str]:
        errors = {HTTPStatus.NOT_ACCEPTABLE: "None of the accepted media types is available."}
        if not self.view.get_authenticators():
            return errors  # health checks, which are answered before anything else
        errors |= ALWAYS | FROM_SERVER
        if "{" in self.path:
            errors[HTTPStatus.NOT_FOUND] = "It does not exist, or belongs to somebody else."
        if self.method not in SAFE_METHODS:
            errors |= UNSAFE
        if has_body:
            errors[HTTPStatus.UNSUPPORTED_MEDIA_TYPE] = "The body has another media type."
        if self.method == "POST" and self.view.get_throttles():
            errors[HTTPStatus.TOO_MANY_REQUESTS] = "The rate limit is reached; Retry-After says when to try again."
        return errors


class StrictExtension(OpenApiSerializerExtension):
    """Says that a body may have no other keys."""

    target_class = "web.api.serializers.StrictMixin"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return schema | {"additionalProperties": False} if direction == "request" else schema


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict:
        return {"type": "http", "scheme": "bearer", "description": "An API token, made on the settings page."}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "web.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A browser's session. Requests that change something also need the X-CSRFToken header.",
        }
