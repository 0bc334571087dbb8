"""Rate limits of API views."""

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from web.rate_limits import caller, seconds_to_wait


class ScopedThrottle(BaseThrottle):
    """Counts a view's POSTs against the rate that RATE_LIMITS has for its ``throttle_scope``."""

    seconds: int | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.method == "POST":
            self.seconds = seconds_to_wait(view.throttle_scope, caller(request))
        return self.seconds is None

    def wait(self) -> int | None:
        return self.seconds
