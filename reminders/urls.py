from django.urls import include, path

from reminders import api, views
from web.api.routers import Router

app_name = "reminders"

# Of every list: todos/addresses.py says which list an address names.
list_pages = [
    path("reminders", views.edit_defaults, name="defaults"),
    path("reminders/<int:reminder_id>/remove", views.remove_default, name="remove-default"),
    path("todos/<int:todo_id>/reminders", views.add_reminder, name="add"),
    path("todos/<int:todo_id>/reminders/<int:reminder_id>/remove", views.remove_reminder, name="remove"),
]

urlpatterns = [
    path("settings/reminders", views.show_settings, name="settings"),
    path("settings/reminders/test", views.send_test_mail, name="test-mail"),
    path("settings/reminders/confirm", views.send_confirmation, name="send-confirmation"),
    path("settings/reminders/browsers", views.add_browser, name="add-browser"),
    path("settings/reminders/browsers/<int:browser_id>/test", views.test_browser, name="test-browser"),
    path("settings/reminders/browsers/<int:browser_id>/remove", views.remove_browser, name="remove-browser"),
    path("reminders/worker.js", views.show_worker, name="worker"),
    path("reminders/done/<token>", views.complete, name="done"),
    path("reminders/later/<token>", views.put_off, name="later"),
    path("reminders/confirm/<token>", views.confirm, name="confirm"),
    path("reminders/unsubscribe/<token>", views.unsubscribe, name="unsubscribe"),
    path("", include(list_pages)),
    path("lists/<int:list_id>/", include(list_pages)),
]

api_router = Router()
api_router.register("/reminders/browsers", api.BrowserViewSet, "browser")
api_urlpatterns = [
    path("/todos/<int:todo_id>/reminders", api.TodoRemindersView.as_view(), name="todo-reminders"),
    path(
        "/lists/<int:list_id>/todos/<int:todo_id>/reminders",
        api.TodoRemindersView.as_view(),
        name="list-todo-reminders",
    ),
    path("/lists/<int:list_id>/reminders", api.DefaultRemindersView.as_view(), name="list-reminders"),
    path("/reminders/settings", api.ReminderSettingsView.as_view(), name="reminder-settings"),
    path("/reminders/push-key", api.PushKeyView.as_view(), name="push-key"),
    *api_router.urls,
]
