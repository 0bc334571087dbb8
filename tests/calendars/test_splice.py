"""Entries that are replaced, added and taken away, against a dict that does the same."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from calendars.ical.renderer import splice

HEAD, MARK, TAIL = b"BEGIN:VCALENDAR\r\n", b"BEGIN:VEVENT\r\nUID:", b"END:VCALENDAR\r\n"

# Few enough that what is changed is often there, and next to what else is changed.
uids = st.integers(0, 40).map(lambda number: str(UUID(int=number << 90 | number)))
texts = st.one_of(
    st.text("xyz", max_size=20).map(str.encode),
    st.sampled_from([b"BEGIN:VEVENT", b"\r\n BEGIN:VEVENT\r\n UID:", b"END:VCALENDAR", b"x" * 5000]),
)
contents = st.dictionaries(uids, texts, max_size=40)


def entry(uid: str, text: bytes) -> bytes:
    return MARK + uid.encode() + b"\r\nSUMMARY:" + text + b"\r\nEND:VEVENT\r\n"


def body_of(entries: dict[str, bytes]) -> bytes:
    return b"".join([HEAD, *(entries[uid] for uid in sorted(entries)), TAIL])


@given(before=contents, changed=contents, removed=st.lists(uids, max_size=40))
def test_splice_does_as_a_dict_does(before: dict[str, bytes], changed: dict[str, bytes], removed: list[str]):
    before = {uid: entry(uid, text) for uid, text in before.items()}
    changes = dict.fromkeys(removed, b"") | {uid: entry(uid, text) for uid, text in changed.items()}

    pieces = splice(body_of(before), changes, mark=MARK, tail=TAIL)

    left = {uid: text for uid, text in (before | changes).items() if text}
    assert b"".join([HEAD, *pieces, TAIL]) == body_of(left)


def test_splice_of_nothing_copies_the_entries_in_one_piece():
    before = {str(UUID(int=number)): entry(str(UUID(int=number)), b"x") for number in range(1000)}
    [piece] = splice(body_of(before), {}, mark=MARK, tail=TAIL)
    assert HEAD + piece + TAIL == body_of(before)
