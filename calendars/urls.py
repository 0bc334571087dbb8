from django.urls import path

from calendars import api

api_urlpatterns = [
    path("todos/ical", api.JobsView.as_view(), name="jobs"),
    path("todos/ical/<uuid:job_id>", api.JobView.as_view(), name="job"),
    path("todos/ical/<uuid:job_id>/status", api.JobStatusView.as_view(), name="job-status"),
    path("todos/ical/<uuid:job_id>/result", api.JobResultView.as_view(), name="job-result"),
]
