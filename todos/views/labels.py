"""Renaming, colouring and deleting labels."""

from functools import partial

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from todos import services
from todos.forms.labels import LabelForm
from todos.models import Label
from todos.search.terms import Labelled
from todos.services import NO_SUCH_LABEL
from todos.views.responses import status_of
from web import confirmation

PAGE_SIZE = 50


@require_safe
def show_labels(request: HttpRequest) -> HttpResponse:
    page = Paginator(services.find_labels(user=request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    for label in page:
        label.search = str(Labelled((label.name,)))
    return render(request, "todos/labels.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def edit_label(request: HttpRequest, label_id: int) -> HttpResponse:
    label = label_or_404(request, label_id)
    name = label.name  # validating a ModelForm sets its instance's fields
    form = LabelForm(request.POST or None, instance=label)
    if request.method == "POST" and form.is_valid():
        changed = services.update_label(user=request.user, label_id=label_id, changes=form.changes)
        said = _("“%(before)s” is now “%(name)s”.") % {"before": name, "name": changed.name}
        messages.success(request, _("Saved.") if changed.pk == label_id else said)
        return redirect("todos:labels")
    return render(request, "todos/label.html", {"form": form, "name": name}, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def delete_label(request: HttpRequest, label_id: int) -> HttpResponse:
    label = label_or_404(request, label_id)
    count = services.count_labelled(label)
    if count:
        consequence = ngettext(
            "It will be removed from %(count)d todo, which stay. This cannot be undone.",
            "It will be removed from %(count)d todos, which stay. This cannot be undone.",
            count,
        ) % {"count": count}
    else:
        consequence = _("No todo has it. This cannot be undone.")
    return confirmation.ask(
        request,
        _("Delete the label “%(name)s”?") % {"name": label.name},
        consequence=consequence,
        button=_("Delete label"),
        back=reverse("todos:labels"),
        action=partial(services.delete_label, user=request.user, label_id=label_id),
        done=_("“%(name)s” is deleted.") % {"name": label.name},
    )


def label_or_404(request: HttpRequest, label_id: int) -> Label:
    """Return one of the user's labels, or raise the 404."""
    try:
        return services.find_label(user=request.user, label_id=label_id)
    except Label.DoesNotExist as error:
        raise Http404(NO_SUCH_LABEL) from error
