from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

import accounts.urls
import calendars.urls
import followers.urls
import reminders.urls
import todos.urls
from accounts.views import show_settings
from web.api.root import HealthView, ReadyView, RootView, SchemaPageView

PUBLIC = {"permission_classes": [AllowAny], "authentication_classes": []}

api_urlpatterns = [
    *todos.urls.api_router.urls,  # first: Django tries the patterns in order, and these are called most
    *calendars.urls.api_urlpatterns,
    *followers.urls.api_router.urls,
    path("", RootView.as_view(), name="root"),
    path("/health", HealthView.as_view(), name="health"),
    path("/ready", ReadyView.as_view(), name="ready"),
    path("/schema", SpectacularAPIView.as_view(**PUBLIC), name="schema"),
    path(
        "/schema/docs",
        csp_update({"style-src": [UNSAFE_INLINE]})(SchemaPageView.as_view(url_name="api:schema", **PUBLIC)),
        name="docs",
    ),
    *accounts.urls.api_router.urls,
    *reminders.urls.api_urlpatterns,
]

admin.site.site_header = admin.site.site_title = "TaskOverflow"

handler400 = "web.error_views.bad_request"
handler403 = "web.error_views.permission_denied"
handler404 = "web.error_views.not_found"
handler500 = "web.error_views.server_error"

urlpatterns = [
    path("api/v1", include((api_urlpatterns, "api"))),
    path("", include("calendars.urls")),
    path("", include("followers.urls")),
    path("", include("observatory.urls")),
    path("", include("reminders.urls")),
    path("", include("todos.urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("settings", show_settings, name="settings"),
]
