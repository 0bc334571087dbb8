"""Creating, changing, ordering, archiving and deleting lists."""

from copy import copy
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from todos import services
from todos.addresses import for_owners, to_page
from todos.forms.lists import ListForm, NewListForm
from todos.hooks import HOOKS
from todos.models import TodoList
from todos.navigation import lists_of
from todos.views.responses import status_of
from web import confirmation
from web.quotas import QuotaExceeded


@login_required
@require_safe
def show_lists(request: HttpRequest) -> HttpResponse:
    return render(request, "todos/lists.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_list(request: HttpRequest) -> HttpResponse:
    form = NewListForm(request.POST or None, initial={"name": ""})
    if request.method == "POST" and form.is_valid():
        try:
            return to_page(services.create_list(user=request.user, **form.cleaned_data), "todos:list")
        except QuotaExceeded as error:
            form.add_error("name", str(error))
    return render(request, "todos/new_list.html", {"form": form}, status=status_of(form))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_owners
def list_settings(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    # A copy, because validating a ModelForm sets its instance's fields even if they are invalid.
    form = ListForm(request.POST or None, instance=copy(todo_list))
    if request.method == "POST" and form.is_valid():
        services.update_list(todo_list=todo_list, changes=form.cleaned_data)
        messages.success(request, _("Saved."))
        return to_page(todo_list, "todos:list")
    return render(request, "todos/list_settings.html", {"form": form}, status=status_of(form))


@login_required
@require_POST
@for_owners
def order_list(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    """Move a list up or down by one place."""
    ids = [one.pk for one in lists_of(request).own if not one.is_default]
    if todo_list.pk in ids:
        at = ids.index(todo_list.pk)
        to = at - 1 if request.POST.get("to") == "up" else at + 1
        ids.insert(max(0, to), ids.pop(at))
        services.order_lists(user=request.user, list_ids=ids)
    # The browser goes on from this row: its buttons are next when one presses Tab.
    return redirect(f"{reverse('todos:lists')}#list-{todo_list.pk}")


@login_required
@require_POST
@for_owners
def archive_list(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    not_default_or_404(todo_list)
    services.archive_list(todo_list=todo_list)
    messages.success(request, _("“%(name)s” is archived.") % {"name": todo_list.name})
    return to_page(todo_list, "todos:list")


@login_required
@require_POST
@for_owners
def unarchive_list(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    not_default_or_404(todo_list)
    services.unarchive_list(todo_list=todo_list)
    messages.success(request, _("“%(name)s” is active again.") % {"name": todo_list.name})
    return to_page(todo_list, "todos:list")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@for_owners
def delete_list(request: HttpRequest, todo_list: TodoList) -> HttpResponse:
    not_default_or_404(todo_list)
    return confirmation.ask(
        request,
        _("Delete the list “%(name)s”?") % {"name": todo_list.name},
        consequence=" ".join([what_goes(todo_list), _("This cannot be undone.")]),
        button=_("Delete list"),
        back=reverse("todos:lists"),
        action=partial(services.delete_list, todo_list=todo_list),
        done=_("“%(name)s” is deleted.") % {"name": todo_list.name},
    )


def not_default_or_404(todo_list: TodoList) -> None:
    """A default list can be neither archived nor deleted, so there is no such address."""
    if todo_list.is_default:
        raise Http404


def what_goes(todo_list: TodoList) -> str:
    """Say what is deleted with the list."""
    count, trashed = todo_list.todos.visible().count(), todo_list.todos.deleted().count()
    parts = [ngettext("%(count)d todo", "%(count)d todos", count) % {"count": count}] if count else []
    parts += [_("%(count)d in its trash") % {"count": trashed}] if trashed else []
    parts += [words for hooks in HOOKS if (words := hooks.lost(todo_list.pk))]
    members = len(services.list_members(todo_list))
    if parts:
        *others, last = parts
        if others:
            last = _("%(others)s and %(last)s") % {"others": ", ".join(others), "last": last}
        words = _("%(what)s will be deleted with it.") % {"what": last}
    else:
        words = _("It is empty.")
    if not members:
        return words
    too = ngettext("%(count)d other person loses it too.", "%(count)d other people lose it too.", members)
    return f"{words} {too % {'count': members}}"
