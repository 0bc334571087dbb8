"""Input that nobody means well with, and what every refusal of it has in common."""

from typing import Any

from django.http import HttpResponse

JSON = "application/json"

#: Bodies that are no JSON object, whatever is asked for.
BROKEN_BODIES = {
    "space": b" ",
    "no JSON": b"title=Milk",
    "cut off": b'{"title": "Milk"',
    "two values": b'{"title": "Milk"}{}',
    "trailing comma": b'{"title": "Milk",}',
    "comment": b'{"title": "Milk"} // x',
    "single quotes": b"{'title': 'Milk'}",
    "array": b'[{"title": "Milk"}]',
    "text": b'"Milk"',
    "number": b"1",
    "null": b"null",
    "NaN": b'{"title": NaN}',
    "infinity": b'{"title": "Milk", "completed": -Infinity}',
    "number beyond doubles": b'{"title": 1e400}',
    "number without end": b'{"title": ' + b"9" * 400_000 + b"}",
    "deep arrays": b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"title": ' * 50_000 + b"1" + b"}" * 50_000,
    "deeper than the limit": b'{"title": ' + b"[" * 20 + b"]" * 20 + b"}",
    "duplicate keys": b'{"title": "Milk", "title": "Bread"}',
    "duplicate keys inside": b'{"title": "Milk", "x": {"a": 1, "a": 1}}',
    "invalid UTF-8": b'{"title": "\xff\xfe"}',
    "cut UTF-8": b'{"title": "\xe2\x82"}',
    "overlong UTF-8": b'{"title": "\xc0\xaf"}',
    "raw surrogate": b'{"title": "\xed\xa0\x80"}',
    "lone high surrogate": b'{"title": "\\ud800"}',
    "lone low surrogate": b'{"title": "\\udc00"}',
    "surrogates the wrong way round": b'{"title": "\\udc00\\ud800"}',
    "raw NUL": b'{"title": "Mi\x00lk"}',
    "raw newline": b'{"title": "Mi\nlk"}',
    "byte order mark": b'\xef\xbb\xbf{"title": "Milk"}',
    "UTF-16": '{"title": "Milk"}'.encode("utf-16"),
    "UTF-32": '{"title": "Milk"}'.encode("utf-32"),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}

#: Values of a text field that are refused, with the field's own sentence.
BAD_TEXTS = {
    "number": 1,
    "huge number": 10**40,
    "boolean": True,
    "array": ["Milk"],
    "object": {"title": "Milk"},
    "NUL": "Mi\x00lk",
    "1 MB": "x" * 990_000,
}

#: Text that is text: kept, and given back as it was.
STRANGE_TEXTS = {
    "emoji": "👩‍👩‍👧‍👦 🇩🇰",
    "right to left": "\u202egnp.exe\u202c \u05e9\u05dc\u05d5\u05dd",
    "combining": "Z\u0351\u036b\u0343a\u0309l\u0311g\u0321o",
    "formula": '=HYPERLINK("http://example.org/?"&A1,"x")',
    "command": "+cmd|' /C calc'!A0",
    "at": "@SUM(1+1)",
    "template": "{{ 7*7 }} {% debug %} ${7*7} #{7*7} <%= 7 %>",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "SQL": "Robert'); DROP TABLE todos_todo;--",
    "path": "../../../etc/passwd",
    "format": "%s%n {0.__class__}",
    "log lines": "x\r\nINFO all is well\x1b[31m",
    "calendar lines": "x\nEND:VEVENT\r\nBEGIN:VEVENT\nSUMMARY:forged",
    "control characters": "\x01\x08\x0b\x7f\x85\u2028\u2029\ufeff\ufffe",
    "outer spaces": "  Milk\t",
    "beyond the basic plane": "\U0001f95b\U0010fffd",
    "both normal forms": "e\u0301 \u00e9",
}

#: Addresses of things: path parameters that name nothing, and must find nothing else either.
STRANGE_IDS = [
    "0",
    "-1",
    "1.0",
    "1e3",
    "0x1",
    "+1",
    "%201",
    "1%20",
    "1%00",
    "%00",
    "1%0a",
    "\u0661",
    "1;2",
    "1'",
    "null",
    "9223372036854775808",
    "99999999999999999999999999",
    "9" * 5000,
    "..",
    "../1",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "....//1",
    "..%5c..%5c1",
    "1/",
    "1//",
    "%ff",
    "{{7*7}}",
    "00000000-0000-0000-0000-00000000000g",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
]


def assert_refused(answer: HttpResponse, status: int, *, fields: list[str] | None = None) -> dict[str, Any]:
    """The answer is this refusal in the one form: a sentence, with the fields at fault where there are some."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, JSON), answer.content[:500]
    body = answer.json()
    assert isinstance(body["error"], str)
    assert body["error"].strip()
    assert len(answer.content) < 5_000  # what was sent does not come back in full
    assert list(body.get("fields", {})) == (fields or [])
    assert set(body) == ({"error", "fields"} if fields else {"error"})
    for sentences in body.get("fields", {}).values():
        assert sentences
        assert all(isinstance(sentence, str) and sentence for sentence in sentences)
    return body
