from django.urls import path

from followers import api, views
from web.api.routers import Router

app_name = "followers"

urlpatterns = [
    path("webhooks", views.show_webhooks, name="webhooks"),
    path("webhooks/<uuid:webhook_id>", views.show_webhook, name="webhook"),
    path("webhooks/<uuid:webhook_id>/test", views.test_webhook, name="test-webhook"),
    path("webhooks/<uuid:webhook_id>/switch", views.switch_webhook, name="switch-webhook"),
    path("webhooks/<uuid:webhook_id>/secret", views.rotate_secret, name="rotate-secret"),
    path("webhooks/<uuid:webhook_id>/delete", views.delete_webhook, name="delete-webhook"),
    path("webhooks/<uuid:webhook_id>/deliveries/<int:delivery_id>/again", views.send_again, name="send-again"),
]

api_router = Router()
api_router.register("/webhooks", api.WebhookViewSet, "webhook")
