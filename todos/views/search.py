"""Searching all lists of a user, and the searches that they keep."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from todos import services
from todos.forms.lists import ListQueryForm
from todos.forms.saved_filters import FilterForm
from todos.models import SavedFilter
from todos.navigation import lists_of
from todos.search.terms import InList
from todos.views.responses import find_filter, render_found, status_of
from web import confirmation
from web.quotas import QuotaExceeded


@login_required
@require_safe
@vary_on_headers("HX-Request")
def show_search(request: HttpRequest) -> HttpResponse:
    query = ListQueryForm(request.GET).query
    return render_found(request, query.q, query.page)


@require_safe
def show_help(request: HttpRequest) -> HttpResponse:
    return render(request, "todos/search_help.html")


@login_required
@require_safe
def show_filters(request: HttpRequest) -> HttpResponse:
    return render(request, "todos/filters.html", {"filters": SavedFilter.objects.of_user(request.user)})


@login_required
@require_safe
@vary_on_headers("HX-Request")
def show_filter(request: HttpRequest, filter_id: int) -> HttpResponse:
    saved = filter_or_404(request, filter_id)
    return render_found(request, saved.query, ListQueryForm(request.GET).query.page, saved)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_filter(request: HttpRequest) -> HttpResponse:
    """Save a search; ``?query=`` is what to save, and ``?list=`` the list in which it was made."""
    form = FilterForm(request.POST or None, initial={"query": query_to_save(request)})
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.create_filter(user=request.user, **form.cleaned_data)
        except services.InvalidFilter as error:
            form.add_error(error.field, str(error))
        except QuotaExceeded as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
            return redirect("todos:filter", saved.pk)
    return render(request, "todos/filter_form.html", {"form": form}, status=status_of(form))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_filter(request: HttpRequest, filter_id: int) -> HttpResponse:
    saved = filter_or_404(request, filter_id)
    form = FilterForm(request.POST or None, initial={"name": saved.name, "query": saved.query})
    if request.method == "POST" and form.is_valid():
        try:
            services.update_filter(user=request.user, filter_id=filter_id, changes=form.cleaned_data)
        except services.InvalidFilter as error:
            form.add_error(error.field, str(error))
        except SavedFilter.DoesNotExist as error:
            raise Http404 from error
        else:
            messages.success(request, _("Saved."))
            return redirect("todos:filter", filter_id)
    return render(request, "todos/filter_form.html", {"form": form, "filter": saved}, status=status_of(form))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_filter(request: HttpRequest, filter_id: int) -> HttpResponse:
    saved = filter_or_404(request, filter_id)
    return confirmation.ask(
        request,
        _("Delete the filter “%(name)s”?") % {"name": saved.name},
        consequence=_("Your todos stay as they are. This cannot be undone."),
        button=_("Delete filter"),
        back=reverse("todos:filters"),
        action=partial(delete_if_there, request, filter_id),
        done=_("“%(name)s” is deleted.") % {"name": saved.name},
    )


def delete_if_there(request: HttpRequest, filter_id: int) -> None:
    try:
        services.delete_filter(user=request.user, filter_id=filter_id)
    except SavedFilter.DoesNotExist as error:
        raise Http404 from error


def filter_or_404(request: HttpRequest, filter_id: int) -> SavedFilter:
    if (saved := find_filter(request, filter_id)) is None:
        raise Http404
    return saved


def query_to_save(request: HttpRequest) -> str:
    query = request.GET.get("query", "")
    here = [one for one in lists_of(request).all if str(one.pk) == request.GET.get("list")]
    return " ".join([query, *(str(InList((one.name,))) for one in here)]).strip()
