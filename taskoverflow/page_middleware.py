"""Middleware for what a browser shows, which calls of the API pass by: it was a quarter of their time.

The API as pages, for people, is no call in this sense: a browser asks for HTML.
"""

from csp.middleware import HEADER, CSPMiddleware
from csp.utils import build_policy
from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import cached_property
from django_htmx.middleware import HtmxMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware

from taskoverflow.middleware import API_PREFIX


class PagesOnly:
    """Mixed into a middleware, lets calls of the API pass it by."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(API_PREFIX) and "text/html" not in request.headers.get("Accept", ""):
            return self.answer_call(request)
        return super().__call__(request)

    def answer_call(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)


class ContentSecurityPolicy(PagesOnly, CSPMiddleware):
    """Calls are answered with the policy too, by a header that is made once."""

    @cached_property
    def policy(self) -> str:
        return build_policy()

    def answer_call(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, self.policy)
        return response


class StaticFiles(PagesOnly, WhiteNoiseMiddleware):
    pass


class Messages(PagesOnly, MessageMiddleware):
    pass


class Htmx(PagesOnly, HtmxMiddleware):
    pass
