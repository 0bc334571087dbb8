"""What drf-spectacular cannot see by itself: how callers say who they are."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


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
            "description": "A browser's session. What changes something needs the header X-CSRFToken too.",
        }


METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
CHANGING = {"put", "post", "delete", "patch"}
ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "string",
            "description": "One sentence.",
            "examples": ["title: This field is required."],
        },
        "fields": {
            "type": "object",
            "description": "The fields at fault, each with its sentences; of many, the first.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "examples": [{"title": ["This field is required."]}],
        },
    },
    "required": ["error"],
    "additionalProperties": False,
}
NO_CONTENT_STATUSES = {"204", "304"}
# Answered by the HTTP server, in its own form, before the application sees anything.
SERVER_STATUSES = {"414", "431"}
# Addresses whose answers have an ETag, by the end of their path.
TAGGED = ("/todos", "/todos/{todo_id}", "/status")
TIED = ("/todos/{todo_id}",)  # and those that If-Match holds for
LIMITED = ("/todos/ical", "/todos/import")
CREATING = ("/todos", "/todos/ical", "/todos/import", "/feeds", "/todos/bulk", "/restore")


def document_errors(result: dict, **kwargs: object) -> dict:
    """Add what every view shares and no serializer says: the errors, ETags, and that unknown keys are refused."""
    schemas = result["components"]["schemas"]
    schemas["Error"] = ERROR
    for name, schema in schemas.items():
        if name.endswith("Request"):
            schema["additionalProperties"] = False
    for path, operations in result["paths"].items():
        for method in METHODS & operations.keys():
            operation = operations[method]
            if "security" in operation and "/tokens" not in path:
                operation["security"].append({})  # in open mode
            for status, description in _errors(path, method, operation).items():
                operation["responses"].setdefault(status, _response(status, description))
            if method == "get" and path.endswith(TAGGED):
                operation["responses"]["200"].setdefault("headers", {})["ETag"] = {"schema": {"type": "string"}}
                operation.setdefault("parameters", []).append(_header("If-None-Match"))
            if method in CHANGING and path.endswith(TIED):
                operation.setdefault("parameters", []).append(_header("If-Match"))
            operation["responses"] = dict(sorted(operation["responses"].items()))
    return result


def _errors(path: str, method: str, operation: dict) -> dict[str, str]:
    if path.endswith(("/health", "/ready")):
        return {"406": "No form of the answer is acceptable."}
    errors = {
        "400": "Something in the request is not as it must be.",
        "401": "A user is needed, or the token is wrong.",
        "404": "There is no such thing, or it is somebody else's.",
        "406": "No form of the answer is acceptable.",
        "414": "The address is too long.",
        "431": "The headers are too long.",
        "503": "The database cannot be reached; Retry-After says when to try again.",
    }
    if method in CHANGING:
        errors |= {
            "403": "The CSRF token is missing, the token may only read, or a page of another site asks.",
            "411": "The body has no length.",
            "413": "The body is too long.",
        }
    if "requestBody" in operation:
        errors["415"] = "The body is not JSON."
    if method == "get" and path.endswith(TAGGED):
        errors["304"] = "What the caller has is what there is."
    if path.endswith((*TAGGED, *TIED)):
        errors["412"] = "It has changed since the caller read it."
    if method == "post" and path.endswith(CREATING):
        errors["409"] = "There is no room for more."
    if method == "post" and path.endswith(LIMITED):
        errors["429"] = "Too often; Retry-After says when to try again."
    if path.endswith("/result"):
        errors["410"] = "The file has expired."
    return errors


def _response(status: str, description: str) -> dict:
    if status in NO_CONTENT_STATUSES:
        return {"description": description}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    if status in SERVER_STATUSES:
        content = {"text/html": {"schema": {"type": "string"}}}
    return {"description": description, "content": content}


def _header(name: str) -> dict:
    return {"in": "header", "name": name, "schema": {"type": "string"}, "description": "An ETag, or several."}
