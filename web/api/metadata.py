"""What the API answers to OPTIONS."""

from django.views import View
from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request


class Metadata(SimpleMetadata):
    """A view's name, description and media types. What a call takes is in the schema."""

    def determine_actions(self, request: Request, view: View) -> dict:
        # REST framework's own looks for the object, also where the address names none.
        return {}
