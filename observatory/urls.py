from django.urls import path

from observatory import views
from observatory.lab import views as lab
from observatory.stories import views as stories

app_name = "observatory"

urlpatterns = [
    path("machine", views.show_machine, name="machine"),
    path("machine/events", views.watch_machine, name="events"),
    path("machine/jobs", stories.show_jobs, name="jobs"),
    path("machine/jobs/retry", stories.retry_all, name="retry-all"),
    path("machine/jobs/<uuid:job_id>", stories.show_job, name="job"),
    path("machine/jobs/<uuid:job_id>/retry", stories.retry_job, name="retry-job"),
    path("machine/calendars/<int:calendar_id>", stories.show_calendar, name="calendar"),
    path("machine/lab", lab.show_lab, name="lab"),
    path("machine/lab/right", lab.put_all_right, name="lab-right"),
    path("machine/lab/remove", lab.remove_all, name="lab-remove"),
    path("machine/lab/<int:experiment_id>", lab.show_experiment, name="experiment"),
    path("machine/lab/<int:experiment_id>/progress", lab.show_progress, name="experiment-progress"),
    path("machine/queue", lab.show_queue, name="queue"),
    path("machine/tour", lab.show_tour, name="tour"),
]
