from django.urls import path, re_path

from calendars import api, views
from calendars.feed import show_feed

app_name = "calendars"

urlpatterns = [
    path("exports", views.exports, name="exports"),
    path("exports/<uuid:job_id>", views.export, name="export"),
    path("exports/<uuid:job_id>/progress", views.export_progress, name="export-progress"),
    path("exports/<uuid:job_id>/todos.ics", views.download, name="download"),
    path("exports/<uuid:job_id>/cancel", views.cancel_export, name="cancel-export"),
    path("exports/<uuid:job_id>/again", views.repeat_export, name="repeat-export"),
    # Whatever stands there, line breaks and slashes included, gets the feed's own answer.
    re_path(r"^calendars/(?P<address>[\s\S]*)$", show_feed, name="ics"),
]

api_urlpatterns = [
    path("todos/ical", api.JobsView.as_view(), name="jobs"),
    path("todos/ical/<uuid:job_id>", api.JobView.as_view(), name="job"),
    path("todos/ical/<uuid:job_id>/status", api.JobStatusView.as_view(), name="job-status"),
    path("todos/ical/<uuid:job_id>/result", api.JobResultView.as_view(), name="job-result"),
    path("feeds", api.FeedsView.as_view(), name="feeds"),
    path("feeds/<uuid:feed_id>", api.FeedView.as_view(), name="feed"),
    path("feeds/<uuid:feed_id>/rotate", api.FeedRotateView.as_view(), name="feed-rotate"),
]
