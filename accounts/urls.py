from django.urls import path

from accounts import api

api_urlpatterns = [
    path("tokens", api.TokensView.as_view(), name="tokens"),
    path("tokens/<int:token_id>", api.TokenView.as_view(), name="token"),
]
