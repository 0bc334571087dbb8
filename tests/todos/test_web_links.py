"""Web addresses in titles and descriptions."""

import pytest
from django.test import Client

from tests.factories import make_list, make_todo, make_todos, make_user, share
from todos.listing import PAGE_SIZE
from todos.web_links import addresses_in, first_site, linked


def link(address: str, words: str = "") -> str:
    rest = 'target="_blank" rel="noopener nofollow ugc"'
    return f'<a href="{address}" {rest}>{words or address}</a>'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://example.org", ["https://example.org"]),
        ("see (https://example.org/a_(b)?c=1&d=2#e).", ["https://example.org/a_(b)?c=1&d=2#e"]),
        ("http://a.example, HTTPS://B.example!", ["http://a.example", "HTTPS://B.example"]),
        ("[https://example.org/x]", ["https://example.org/x"]),
        ("http://[::1]/", ["http://[::1]/"]),
        ('"https://example.org/"onclick=x', ["https://example.org/"]),
        ("https://example.org/<b>", ["https://example.org/"]),
        ("https://example.org/\u202egro.live", ["https://example.org/"]),
        ("javascript:alert(1) data:text/html,x ftp://a.example www.example.org //a.example", []),
        ("http:// https://? http://[ https://...", []),
        ("https://example.org/cut…", []),
        (f"https://example.org/{'x' * 1_000}", []),
        (f"https://example.org/{')' * 100_000}", []),
    ],
)
def test_addresses_are_found(text: str, found: list[str]) -> None:
    assert [address for _, address in addresses_in(text)] == found


def test_text_around_addresses_is_escaped() -> None:
    html = linked("<b> https://a.example/?x=1&y='2 & more")
    assert html == f"&lt;b&gt; {link('https://a.example/?x=1&amp;y=&#x27;2')} &amp; more"
    assert linked("https://a.example https://b.example", most=1).endswith("</a> https://b.example")
    site = first_site("at https://a@b.example/x.", max_length=60)
    assert site == link("https://a@b.example/x", "b.example")
    assert [address for _, address in addresses_in(r"https://evil.example\@bank.example/")] == [
        "https://evil.example"
    ]


@pytest.mark.django_db
def test_pages_have_links_to_what_todos_name(client: Client) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    one, two, three = "https://one.example/a", "https://two.example/b", "https://three.example/c"
    first = make_todo(f"Read {one}", user=ada, description=f"then {two}")
    second = make_todo("Walk", user=ada, description=f"to {three}, slowly")
    share(make_list(ada), bob, "viewer")
    client.force_login(ada)
    page = client.get("/").text
    assert f'<p class="note">{link(one, "one.example")} then {two}</p>' in page
    assert f"to {link(three)}, slowly" in page
    assert f"Open {link(one)}, {link(two)}" in client.get(f"/todos/{first.pk}").text
    client.force_login(bob)
    page = client.get(f"/lists/{second.list_id}/todos/{second.pk}").text
    assert f"<dd>to {link(three)}, slowly</dd>" in page


@pytest.mark.django_db
def test_button_that_selects_says_how_many_if_there_are_more_pages(client: Client) -> None:
    make_todos(120)
    page = client.get("/").text
    assert f"Select these {PAGE_SIZE}" in page
    assert ">Select all<" not in page
