"""The hidden fields of every form. The settings load these tags into all templates."""

from django import template
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

from web.sessions import USER_FIELD, page_user

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_token(context: Context) -> str:
    """Render Django's own hidden field, and for whom the form is made. A form without this tag is refused."""
    request = context.get("request")
    user = page_user(request) if request else ""
    field = format_html('<input type="hidden" name="{}" value="{}">', USER_FIELD, user) if user else ""
    return CsrfTokenNode().render(context) + field
