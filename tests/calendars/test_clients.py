import pytest

from calendars.feeds.clients import HABITS, Client, client_of


@pytest.mark.parametrize(
    ("user_agent", "client"),
    [
        ("Google-Calendar-Importer", Client.GOOGLE),
        ("Mozilla/5.0 (compatible; Google-Calendar-Importer)", Client.GOOGLE),
        ("iOS/17.4 (21E219) dataaccessd/1.0", Client.APPLE),
        ("iPadOS/17.4 (21E219) accountsd/113", Client.APPLE),
        ("macOS/14.4 (23E214) CalendarAgent/997", Client.APPLE),
        ("Mac OS X/10.15.7 (19H2) CalendarAgent/930.5.1", Client.APPLE),
        ("Mac_OS_X/10.9.5 (13F34) CalendarAgent/176.2", Client.APPLE),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)", Client.OUTLOOK),
        ("Microsoft.Exchange/15.20 (ICalendar)", Client.OUTLOOK),
        ("Outlook-iOS/723.4027091.prod.iphone (3.24.0)", Client.OUTLOOK),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.8.1",
            Client.THUNDERBIRD,
        ),
        ("curl/8.5.0", Client.OTHER),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15", Client.OTHER),
        ("", Client.OTHER),
        ("\x00" * 10_000, Client.OTHER),
    ],
)
def test_programs_are_known_by_what_they_call_themselves(user_agent, client):
    assert client_of(user_agent) == client


def test_every_kind_has_a_sentence_on_how_often_it_comes():
    assert set(HABITS) == set(Client)
    assert HABITS[Client.GOOGLE] == "Syncs every 4 to 24 hours; this cannot be changed."
