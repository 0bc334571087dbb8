"""The API of imports."""

from http import HTTPStatus
from typing import IO, Any

from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from calendars.imports import services as imports
from calendars.imports.files import FileTooLarge, UnreadableFile
from calendars.imports.services import ImportPlan
from todos.api.lists import OwnListMixin
from todos.services import Imported
from web.api.schema import FULL
from web.api.throttling import ScopedThrottle
from web.body_limits import accept_upload
from web.rate_limits import caller


class FileParser(BaseParser):
    """The bytes as they come; calendars.imports.formats reads them."""

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> bytes:
        return stream.read()


class ICalendarParser(FileParser):
    media_type = "text/calendar"


class CSVParser(FileParser):
    media_type = "text/csv"


class JSONFileParser(FileParser):
    media_type = "application/json"


class FileTooLargeError(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class SkippedSerializer(serializers.Serializer):
    title = serializers.CharField()
    reason = serializers.CharField()


class LossSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="Such as reminders.")
    count = serializers.IntegerField()


class ImportedSerializer(serializers.Serializer):
    added = serializers.IntegerField(help_text="Todos that are new in the list.")
    restored = serializers.IntegerField(help_text="Todos that were deleted, and are back.")
    present = serializers.IntegerField(help_text="Todos that were in the list, and stayed as they are.")
    skipped = SkippedSerializer(many=True)
    not_kept = LossSerializer(many=True, help_text="What the file says and a todo cannot hold.")
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="How the file was read, and what was made of its entries."
    )


@accept_upload("MAX_IMPORT_BYTES")
class ImportView(OwnListMixin, APIView):
    """Bring a file into your list: a calendar, a CSV file from Todoist or TickTick, or our own JSON.

    That is what `GET /api/v1/todos` answers, or the data of an account. What is in the list already, by UID, stays as
    it is.
    """

    takes_restricted_tokens = True
    parser_classes = [ICalendarParser, CSVParser, JSONFileParser]
    throttle_classes = [ScopedThrottle]
    throttle_scope = "import"

    @extend_schema(
        request={parser.media_type: OpenApiTypes.BINARY for parser in parser_classes},
        responses={HTTPStatus.OK: ImportedSerializer, **FULL},
    )
    def post(self, request: Request) -> Response:
        with imports.slots.taken_by(caller(request)):
            plan, imported = self.import_file(request.data or b"", _media_type(request))
        answer = {
            "added": imported.added,
            "restored": imported.restored,
            "present": len(plan.present),
            "skipped": plan.skipped,
            "not_kept": plan.losses,
            "notes": plan.notes,
        }
        return Response(ImportedSerializer(answer).data)

    def import_file(self, body: bytes, media_type: str) -> tuple[ImportPlan, Imported]:
        try:
            plan = imports.plan_import(todo_list=self.todo_list, body=body, media_type=media_type)
        except FileTooLarge as error:
            raise FileTooLargeError(str(error)) from error
        except UnreadableFile as error:
            raise exceptions.ParseError(str(error)) from error
        return plan, imports.apply_import(todo_list=self.todo_list, plan=plan)


def _media_type(request: Request) -> str:
    return request.content_type.partition(";")[0].strip().lower()
