from django.urls import include, path, re_path

from calendars.api import imports as api_imports
from calendars.api import views as api
from calendars.views import exports, feeds, imports
from calendars.views.ics import show_feed
from web.api.routers import Router

app_name = "calendars"

# Of every list: todos/addresses.py says which list an address names.
list_pages = [
    path("exports", exports.show_exports, name="exports"),
    path("exports/events", exports.watch_exports, name="exports-events"),
    path("exports/<uuid:job_id>", exports.show_export, name="export"),
    path("exports/<uuid:job_id>/events", exports.watch_export, name="export-events"),
    path("exports/<uuid:job_id>/progress", exports.export_progress, name="export-progress"),
    path("exports/<uuid:job_id>/todos.ics", exports.download, name="download"),
    path("exports/<uuid:job_id>/cancel", exports.cancel_export, name="cancel-export"),
    path("exports/<uuid:job_id>/again", exports.repeat_export, name="repeat-export"),
    path("exports/<uuid:job_id>/retry", exports.retry_export, name="retry-export"),
    path("feeds", feeds.show_feeds, name="feeds"),
    path("feeds/<uuid:feed_id>", feeds.edit_feed, name="feed"),
    path("feeds/<uuid:feed_id>/subscribe", feeds.show_steps, name="feed-steps"),
    path("feeds/<uuid:feed_id>/mail", feeds.mail_feed, name="mail-feed"),
    path("feeds/<uuid:feed_id>/rotate", feeds.rotate_feed, name="rotate-feed"),
    path("feeds/<uuid:feed_id>/delete", feeds.delete_feed, name="delete-feed"),
    path("import", imports.show_import, name="import"),
    path("import/confirm", imports.confirm_import, name="confirm-import"),
]

urlpatterns = [
    # First, since it is asked for most. Whatever stands there, line breaks and slashes included, gets the feed's
    # own answer.
    re_path(r"^calendars/(?P<address>[\s\S]*)$", show_feed, name="ics"),
    path("", include(list_pages)),
    path("lists/<int:list_id>/", include(list_pages)),
]

api_router = Router()
api_router.register("/todos/ical", api.JobViewSet, "job")
api_router.register("/feeds", api.FeedViewSet, "feed")
api_router.register("/lists/<int:list_id>/todos/ical", api.JobViewSet, "list-job")
api_router.register("/lists/<int:list_id>/feeds", api.FeedViewSet, "list-feed")

api_urlpatterns = [
    path("/todos/import", api_imports.ImportView.as_view(), name="import"),
    path("/lists/<int:list_id>/todos/import", api_imports.ImportView.as_view(), name="list-import"),
    *api_router.urls,
]
