"""Pages for webhooks."""

from functools import partial
from http import HTTPStatus
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from followers.forms import NewWebhookForm, WebhookForm
from followers.models import Delivery, Webhook
from followers.webhooks import services
from todos.agenda import Clock
from todos.models import TodoList
from todos.navigation import lists_of
from todos.services import find_list
from web import confirmation
from web.quotas import QuotaExceeded
from web.rate_limits import limited

# Where the session keeps which secret the next page shows: its version, never the secret.
NEW_SECRET = "new_webhook_secret"  # noqa: S105 - not a password


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_webhooks(request: HttpRequest) -> HttpResponse:
    form = NewWebhookForm(request.POST or None, lists=lists_of(request).all)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            todo_list = find_list(user=request.user, list_id=values.pop("list_id"))
            webhook, _ = services.create_webhook(user=request.user, todo_list=todo_list, **values)
        except QuotaExceeded as error:
            form.add_error("url", str(error))
        except TodoList.DoesNotExist:
            form.add_error("list_id", gettext("You have just lost this list."))
        else:
            return to_secret(request, webhook)
    context = {"webhooks": services.list_webhooks(user=request.user), "form": form}
    return render(request, "followers/webhooks.html", context, status=status_of(form))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("webhook_tests")
def show_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Show a webhook with what was sent last, and a form to change it."""
    webhook = find_webhook(request, webhook_id)
    initial = {name: getattr(webhook, name) for name in ("url", "name", "includes_changes")}
    form = WebhookForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with_404(services.change_webhook)(user=request.user, webhook_id=webhook_id, **form.cleaned_data)
        messages.success(request, gettext("Saved."))
        return to_webhook(webhook_id)
    shown, is_new = request.session.get(NEW_SECRET), False
    if shown == [str(webhook_id), webhook.secret_version] and request.method == "GET":
        del request.session[NEW_SECRET]
        is_new = True
    context = {
        "webhook": webhook,
        "form": form,
        "secret": (services.secrets_of(webhook) or [""])[0] if is_new else "",
        "has_secret": services.secrets_of(webhook) is not None,
        "deliveries": services.list_deliveries(webhook),
        "clock": Clock.of(webhook.follower.list),
    }
    return render(request, "followers/webhook.html", context, status=status_of(form))


@login_required
@require_POST
@limited("webhook_tests")
def test_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    ask = partial(services.send_test, user=request.user, webhook_id=webhook_id)
    return after_asking(
        request, webhook_id, ask, gettext("A test is on its way. Reload this page to see the answer.")
    )


@login_required
@require_POST
@limited("webhook_tests")
def send_again(request: HttpRequest, webhook_id: UUID, delivery_id: int) -> HttpResponse:
    ask = partial(services.send_again, user=request.user, webhook_id=webhook_id, delivery_id=delivery_id)
    return after_asking(
        request, webhook_id, ask, gettext("It is on its way again. Reload this page to see the answer.")
    )


@login_required
@require_POST
@limited("webhook_tests")
def switch_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Switch a webhook on or off."""
    is_active = request.POST.get("to") == "on"
    with_404(services.change_webhook)(user=request.user, webhook_id=webhook_id, is_active=is_active)
    messages.success(request, gettext("The webhook is on.") if is_active else gettext("The webhook is off."))
    return to_webhook(webhook_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rotate_secret(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    webhook = find_webhook(request, webhook_id)
    if request.method == "POST":
        webhook, _ = with_404(services.rotate_secret)(user=request.user, webhook_id=webhook_id)
        return to_secret(request, webhook)
    return confirmation.ask(
        request,
        gettext("Create a new secret for “%(title)s”?") % {"title": webhook.title},
        consequence=gettext(
            "For 24 hours, both secrets sign what is sent. Give the new one to the receiver by then."
        ),
        button=gettext("Create a new secret"),
        back=reverse("followers:webhook", args=[webhook_id]),
        action=lambda: None,
        done="",
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    webhook = find_webhook(request, webhook_id)
    return confirmation.ask(
        request,
        gettext("Delete the webhook “%(title)s”?") % {"title": webhook.title},
        consequence=gettext("It is told of no more changes, and what was sent is forgotten."),
        button=gettext("Delete webhook"),
        back=reverse("followers:webhooks"),
        action=partial(with_404(services.delete_webhook), user=request.user, webhook_id=webhook_id),
        done=gettext("The webhook was deleted."),
    )


def after_asking(request: HttpRequest, webhook_id: UUID, ask: partial, done: str) -> HttpResponse:
    try:
        with_404(ask)()
        messages.success(request, done)
    except services.CannotDeliver as error:
        messages.error(request, str(error))
    return to_webhook(webhook_id)


def find_webhook(request: HttpRequest, webhook_id: UUID) -> Webhook:
    return with_404(services.get_webhook)(user=request.user, webhook_id=webhook_id)


def with_404(service: object) -> object:
    """Decorate a service to raise a 404 for what is not the user's."""

    def call(**values: object) -> object:
        try:
            return service(**values)
        except (Webhook.DoesNotExist, Delivery.DoesNotExist) as error:
            raise Http404 from error

    return call


def to_webhook(webhook_id: UUID) -> HttpResponse:
    return redirect("followers:webhook", webhook_id)


def to_secret(request: HttpRequest, webhook: Webhook) -> HttpResponse:
    """Show the page of a webhook, once with its secret."""
    request.session[NEW_SECRET] = [str(webhook.pk), webhook.secret_version]
    return to_webhook(webhook.pk)


def status_of(form: forms.Form) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
