"""Whatever is sent in place of what is asked for: refused, or taken as the text that it is; never run, and no 500."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import httpx
import pytest

from tests.examples.serving import DOMAIN, ORDER, PASSWORD, Served, Tenant

pytestmark = pytest.mark.xdist_group("example")
NASTY: tuple[object, ...] = (
    *(
        "'",
        "' OR '1'='1",
        "'; DROP TABLE users; --",
        '"',
        "\\",
        "%",
        "_%",
        "${7*7}",
        "{{7*7}}",
        "../../etc/passwd",
    ),
    *("\x00", "a\x00b", "\ud800", "\r\nSet-Cookie: a=b", "<script>", "\u202e", "İ", "𝕏" * 50, "x" * 2000, ""),
    *({}, [], {"not": None}, {"contains": ""}, {"$ne": None}, [{}], None, True, -1, 0, 1e400, 10**400, 0.1),
)
_NO_BODIES: tuple[object, ...] = ([], [{}], None, 1e400)
_OWN_HOST = ("/account", "/session", "/two-factor", "/tenants")


@dataclass(frozen=True, slots=True)
class Operation:
    """`fields` are its body's."""

    method: str
    path: str
    fields: tuple[str, ...]


@pytest.fixture(scope="module")
def operations(served: Served) -> list[Operation]:
    """All of the application's, without those that end the session."""
    described = served.http.get(f"{served.address}/openapi.json").json()
    return [
        Operation(method.upper(), path, tuple(fields_of(one, described["components"]["schemas"])))
        for path, methods in described["paths"].items()
        for method, one in methods.items()
        if path not in ("/session/end", "/members/leaving")
    ]


def fields_of(operation: object, schemas: Mapping[str, Mapping[str, Mapping[str, object]]]) -> Iterable[str]:
    match operation:
        case {"requestBody": {"content": {"application/json": {"schema": {"$ref": str(name)}}}}}:
            return schemas[name.rpartition("/")[2]]["properties"]
    return ()


def encoded(body: object) -> bytes:
    """As Python writes it, with halves of characters and infinite numbers."""
    return json.dumps(body).encode()


def send(served: Served, tenant: Tenant, method: str, path: str, body: object) -> httpx.Response:
    host = DOMAIN if path.startswith(_OWN_HOST) else tenant.host
    headers = {
        "Host": host,
        "Authorization": f"Bearer {tenant.admin.browser.token}",
        "Content-Type": "application/json",
    }
    return served.http.request(method, f"{served.address}{path}", content=encoded(body), headers=headers)


@pytest.fixture(scope="module")
def sandbox(served: Served) -> Tenant:
    return served.tenant()


@pytest.mark.parametrize(
    "values",
    [
        ("'; DROP TABLE users; --", "\x00", "\ud800", {"contains": ""}, None),
        pytest.param(NASTY, marks=pytest.mark.long),
    ],
    ids=["some", "all"],
)
def test_every_field_of_every_body(
    served: Served, sandbox: Tenant, operations: list[Operation], values: tuple[object, ...]
) -> None:
    users = "SELECT count(*), count(DISTINCT tenant_id), count(global_role) FROM users"
    before = served.sql(users)
    assert sum(len(one.fields) for one in operations) > 30
    for one in operations:
        body = dict.fromkeys(one.fields, "x")
        for name in one.fields:
            for value in values:
                answer = send(served, sandbox, one.method, one.path, {**body, name: value})
                assert answer.status_code < 500, (one, name, value)
    assert served.sql(users) == before


def test_every_body_as_something_else(served: Served, sandbox: Tenant, operations: list[Operation]) -> None:
    for one in operations:
        for value in _NO_BODIES if one.fields else ():
            answer = send(served, sandbox, one.method, one.path, value)
            assert 400 <= answer.status_code < 500, (one, value, answer.text)


def test_texts_are_texts(served: Served, sandbox: Tenant) -> None:
    """What may be any text is stored as it came, and found by it."""
    browser = sandbox.admin.browser
    for text in ("'; DROP TABLE tickets; --", "%", "_", '{"not": null}', "\\", "<script>alert(1)</script>"):
        made = browser.work("POST", "/tickets", {"subject": text})
        assert (made.status, made["subject"]) == (201, text)
        found = browser.work("GET", str(httpx.URL("/tickets", params={"q": text}))).rows()
        assert made["id"] in [row["id"] for row in found]


@pytest.mark.parametrize("place", ["/orders/{}", "/orders/{}/history", "/invoices/{}", "/members/{}"])
def test_ids_in_paths(served: Served, sandbox: Tenant, place: str) -> None:
    for text in ("1", "1' OR '1'='1", "%00", "..%2f..", "%ff", str(uuid.uuid4()) + "'", "null", "[]", "*"):
        for method in ("GET", "PATCH", "DELETE"):
            answer = send(served, sandbox, method, place.format(text), {})
            assert 400 <= answer.status_code < 500, (method, text, answer.text)


@pytest.mark.parametrize(
    ("path", "name"), [("/orders", "status"), ("/orders", "size"), ("/audit", "after"), ("/audit", "size")]
)
def test_queries(served: Served, sandbox: Tenant, path: str, name: str) -> None:
    """What is no query of ours is one neither: a tenant's id, say."""
    for text in (
        "'",
        "-1",
        "0",
        "101",
        "1; DROP TABLE users",
        "a\x00b",
        '{"not": null}',
        "~",
    ):
        url = str(httpx.URL(path, params={name: text}))
        assert send(served, sandbox, "GET", url, None).status_code == 422, text
    url = str(httpx.URL(path, params={"tenantId": sandbox.id}))
    assert send(served, sandbox, "GET", url, None).status_code == 422


def test_searches(served: Served, sandbox: Tenant) -> None:
    for text in ("'", "%", "\\", "${}", '{"not": null}', "x" * 201, "a\x00b", "\r\n"):
        answer = send(served, sandbox, "GET", str(httpx.URL("/tickets", params={"q": text})), None)
        assert answer.status_code in (200, 422), (text, answer.text)


@pytest.mark.parametrize(
    ("method", "path", "body", "extra"),
    [
        ("POST", "/account", {"email": "m@example.com", "name": "M", "password": PASSWORD}, extra)
        for extra in (
            {"globalRole": "SUPER_ADMIN"},
            {"emailVerified": True},
            {"tenantId": "x"},
            {"passwordHash": "x"},
        )
    ]
    + [
        ("POST", "/orders", ORDER, extra)
        for extra in ({"tenantId": "x"}, {"number": "ORD-1"}, {"status": "COMPLETED"}, {"total": "0.01"})
    ]
    + [
        ("POST", "/tickets", {"subject": "x"}, {"tenantId": "x"}),
        ("POST", "/tenants", {"name": "x", "slug": "mass"}, {"settings": {"limits": {}}}),
        ("PATCH", "/settings", {"theme": "x"}, {"limits": {"users": 1000}}),
        ("POST", "/members/invitations", {"email": "m@example.com"}, {"globalRole": "SUPER_ADMIN"}),
        ("POST", "/session/tenant", {"tenant": "mass"}, {"roles": ["SUPER_ADMIN"]}),
    ],
)
def test_mass_assignment(
    served: Served,
    sandbox: Tenant,
    method: str,
    path: str,
    body: dict[str, object],
    extra: dict[str, object],
) -> None:
    answer = send(served, sandbox, method, path, {**body, **extra})
    assert answer.status_code == 422
    assert "Extra inputs are not permitted" in answer.json()["message"]


def test_roles_that_no_tenant_gives(served: Served, sandbox: Tenant) -> None:
    form = {"email": "m@example.com", "role": "SUPER_ADMIN"}
    assert send(served, sandbox, "POST", "/members/invitations", form).status_code == 422
    path = f"/members/{sandbox.admin.id}"
    assert send(served, sandbox, "PATCH", path, {"role": "SUPER_ADMIN"}).status_code == 422
    assert served.sql("SELECT count(*) FROM users WHERE global_role IS NOT NULL") == [(0,)]


@pytest.mark.parametrize("size", [72, 73])
def test_passwords_have_72_bytes(served: Served, size: int) -> None:
    """Of UTF-8; nothing of a longer one is cut off in silence."""
    email, browser = served.new_email(), served.browser()
    password = "é" * 35 + "x" * (size - 70)
    answer = served.sign_up(browser, email, password)
    if size > 72:
        assert (answer.status, answer["error"]) == (422, "too_long")
        return
    form = {"token": served.mailbox.newest(email), "password": password}
    assert browser.call("POST", "/account/verification", form).status == 200
    assert browser.log_in(email, password[:-1]).status == 401
    assert browser.log_in(email, password).status == 200


@pytest.mark.parametrize("password", ["", "a\x00b", "x" * 513])
def test_passwords_that_are_none(served: Served, password: str) -> None:
    assert served.sign_up(served.browser(), served.new_email(), password).status == 422


def test_bodies_that_are_too_large(served: Served) -> None:
    """With a length that says so, and without one; they are not read to their end."""
    headers = {"Host": DOMAIN, "Content-Type": "application/json"}
    url = f"{served.address}/session"
    large = b'{"email": "' + b"x" * 70_000 + b'"}'
    assert served.http.post(url, content=large, headers=headers).status_code == 413

    def pieces() -> Iterator[bytes]:
        for _ in range(70):
            yield b" " * 1024

    assert served.http.post(url, content=pieces(), headers=headers).status_code == 413


def test_json_that_is_none(served: Served) -> None:
    headers = {"Host": DOMAIN, "Content-Type": "application/json"}
    url = f"{served.address}/session"
    for content in (b"{", b"[" * 30_000, b"\xff", b"null", b'{"email": NaN}', b"\x00", b"1" * 5000):
        assert served.http.post(url, content=content, headers=headers).status_code in (400, 422), content[:9]


def test_what_was_sent_is_not_said_again(served: Served) -> None:
    answer = served.browser().call(
        "POST", "/session", {"email": "no address", "password": PASSWORD, "otp": "1"}
    )
    assert answer.status == 422
    assert PASSWORD not in str(answer.body)
    assert "no address" not in str(answer.body)


def test_headers_of_every_answer(served: Served) -> None:
    for path in ("/account", "/nothing", "/openapi.json"):
        headers = served.browser().call("GET", path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "server" not in headers


def test_what_is_not_there(served: Served) -> None:
    for method, path, status in (("GET", "/nothing", 404), ("PUT", "/account", 405), ("GET", "/docs", 404)):
        answer = served.browser().call(method, path)
        assert (answer.status, set(answer.fields())) == (status, {"error", "message"})
