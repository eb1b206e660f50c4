"""Access tokens that are not ours, and refresh tokens that two hold."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import jwt
import pytest

from examples.story.browser import Browser
from tests.examples.serving import DOMAIN, PASSWORD, Person, Served, Tenant, at_once

pytestmark = pytest.mark.xdist_group("example")


def key_of(served: Served) -> bytes:
    line = (served.project / "token-keys").read_text(encoding="ascii").split()[0]
    return base64.urlsafe_b64decode(line.partition(":")[2] + "==")


def claims_of(token: str) -> dict[str, object]:
    found: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return found


def signed(claims: Mapping[str, object], key: bytes, algorithm: str = "HS512", **header: object) -> str:
    headers = {"kid": "2026-01", "typ": "at+jwt", **header}
    return jwt.encode(dict(claims), key, algorithm=algorithm, headers=headers)


def unsigned(claims: Mapping[str, object], algorithm: str) -> str:
    header = {"alg": algorithm, "kid": "2026-01", "typ": "at+jwt"}
    parts = (json.dumps(part).encode() for part in (header, claims))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def test_the_key_is_known(served: Served, acme: Tenant) -> None:
    """What the forgeries below lack is nothing but the key, or time."""
    token = acme.admin.browser.token
    assert token
    again = signed(claims_of(token), key_of(served))
    assert acme.admin.browser.call("GET", "/orders", host=acme.host, token=again).status == 200


@pytest.mark.parametrize(
    "kind",
    [
        *("none", "None", "other key", "HS256", "empty key", "expired", "not yet", "audience", "issuer"),
        *("unknown kid", "kid is a path", "another type", "jku", "tampered", "cut", "doubled", "garbage"),
        *("no expiry", "tenant is a list", "another session", "another user"),
    ],
)
def test_forged_tokens(served: Served, acme: Tenant, umbrella: Tenant, kind: str) -> None:
    token, key = acme.admin.browser.token, key_of(served)
    assert token
    said, other = claims_of(token), {**claims_of(token), "sub": umbrella.admin.id}
    now = int(time.time())
    head, _, tail = token.partition(".")
    body, _, signature = tail.partition(".")
    forged = {
        "none": unsigned(said, "none"),
        "None": unsigned(said, "None"),
        "other key": signed(said, b"k" * 64),
        "HS256": signed(said, key, "HS256"),
        "empty key": signed(said, b"\0" * 64),
        "expired": signed({**said, "exp": now - 60, "iat": now - 960, "nbf": now - 960}, key),
        "not yet": signed({**said, "nbf": now + 600}, key),
        "audience": signed({**said, "aud": "shop-second-step"}, key),
        "issuer": signed({**said, "iss": "https://evil.example"}, key),
        "unknown kid": signed(said, key, kid="2027-01"),
        "kid is a path": signed(said, b"\0" * 64, kid="../../dev/null"),
        "another type": signed(said, key, typ="JWT"),
        "jku": signed(said, key, jku="https://evil.example/keys"),
        "tampered": f"{head}.{_with(body, tid=umbrella.id)}.{signature}",
        "cut": token[:-2],
        "doubled": f"{token}{token}",
        "garbage": "a.b.c",
        "no expiry": signed({name: one for name, one in said.items() if name != "exp"}, key),
        "tenant is a list": signed({**said, "tid": [acme.id, umbrella.id]}, key),
        "another session": signed({**said, "sid": str(uuid.uuid4())}, key),
        "another user": signed(other, key),
    }[kind]
    for host in (acme.host, DOMAIN):
        path = "/orders" if host == acme.host else "/account"
        answer = served.browser().call("GET", path, host=host, token=forged)
        assert (answer.status, answer["error"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


def _with(body: str, **claims: str) -> str:
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    return base64.urlsafe_b64encode(json.dumps({**said, **claims}).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YTpi", "Bearer  x", "Token x"])
def test_no_token(served: Served, acme: Tenant, header: str) -> None:
    answer = served.browser().call("GET", "/orders", host=acme.host, headers={"Authorization": header})
    assert answer.status == 401


def test_one_kind_of_token_is_not_another(served: Served) -> None:
    person = served.person().browser
    refresh = person.cookies[DOMAIN]["__Host-refresh"]
    assert served.browser().call("GET", "/account", token=refresh).status == 401
    form = {"challenge": person.token, "code": "123456"}
    assert served.browser().call("POST", "/session/second-step", form).status == 401


def copy_of(person: Person) -> Browser:
    return replace(person.browser, cookies={DOMAIN: dict(person.browser.cookies[DOMAIN])})


def make_later(served: Served, person: Person) -> None:
    """As if the last exchange had been three seconds earlier."""
    served.sql(
        "UPDATE spent_refresh_tokens SET created_at = created_at - interval '3 seconds' WHERE session_id IN"
        f" (SELECT id FROM refresh_tokens WHERE user_id = '{person.id}')"
    )


def test_two_tabs_log_nobody_out(served: Served) -> None:
    """The second one with the token that the first has just exchanged: it is refused, and nothing ends."""
    person = served.person()
    other = copy_of(person)
    assert person.browser.refresh().status == 200
    assert other.refresh().status == 401
    assert "__Host-refresh" in other.cookies[DOMAIN], "it may be the next one by now"
    assert person.browser.refresh().status == 200


def test_reuse_ends_the_session(served: Served) -> None:
    """Of the thief and of the owner, whoever comes first; access tokens too. Other sessions stay."""
    person = served.person()
    thief, elsewhere = copy_of(person), served.browser()
    assert elsewhere.log_in(person.email, PASSWORD).status == 200
    assert thief.refresh().status == 200
    make_later(served, person)
    answer = person.browser.refresh()
    assert (answer.status, answer["error"]) == (401, "unauthenticated")
    assert "__Host-refresh" not in person.browser.cookies[DOMAIN]
    assert thief.refresh().status == 401
    assert thief.call("GET", "/account").status == 401
    assert person.browser.call("GET", "/account").status == 401
    assert elsewhere.refresh().status == 200


def test_of_racing_refreshes_one_wins(served: Served) -> None:
    person = served.person()
    answers = at_once(lambda: copy_of(person).call("POST", "/session/refresh"))
    assert sorted(answer.status for answer in answers) == [200] + [401] * 7
    assert served.sql(f"SELECT count(*) FROM refresh_tokens WHERE user_id = '{person.id}'")[0][0] in (0, 1)


def test_only_hashes_are_stored(served: Served) -> None:
    person = served.person()
    token = person.browser.cookies[DOMAIN]["__Host-refresh"]
    ((stored,),) = served.sql(f"SELECT token FROM refresh_tokens WHERE user_id = '{person.id}'")
    assert isinstance(stored, str)
    assert len(stored) == 64
    assert token not in stored


def test_logout_ends_what_the_access_token_could_do(served: Served) -> None:
    person = served.person()
    kept = copy_of(person)
    assert person.browser.call("POST", "/session/end").status == 204
    assert person.browser.cookies[DOMAIN] == {}
    assert person.browser.call("GET", "/account").status == 401
    assert kept.refresh().status == 401


def test_a_new_password_ends_every_session(served: Served) -> None:
    person, elsewhere = served.person(), served.browser()
    assert elsewhere.log_in(person.email, PASSWORD).status == 200
    wrong = {"current": "wrong", "password": "another long password"}
    assert person.browser.call("POST", "/account/password", wrong).status == 401
    right = {**wrong, "current": PASSWORD}
    assert person.browser.call("POST", "/account/password", right).status == 200
    for browser in (person.browser, elsewhere):
        assert browser.call("GET", "/account").status == 401
    assert elsewhere.refresh().status == 401
    assert served.browser().log_in(person.email, PASSWORD).status == 401
    assert served.browser().log_in(person.email, "another long password").status == 200


def test_no_login_with_the_old_password_outlives_the_change(served: Served) -> None:
    """Each of them has read the old hash by the time of the change, or not; none is left."""
    for _ in range(3):
        person = served.person()
        form = {"current": PASSWORD, "password": "another long password"}
        with ThreadPoolExecutor(8) as pool:
            logins = [pool.submit(served.browser().log_in, person.email, PASSWORD) for _ in range(7)]
            changed = pool.submit(person.browser.call, "POST", "/account/password", form)
        assert changed.result().status == 200
        assert {login.result().status for login in logins} <= {200, 401}
        where = f"user_id = '{person.id}'"
        assert served.sql(f"SELECT count(*) FROM refresh_tokens WHERE {where}") == [(0,)]


def test_a_deleted_user(served: Served) -> None:
    """By their own wish, or by whoever maintains the database."""
    leaving, deleted = served.person(), served.person()
    assert leaving.browser.call("POST", "/account/deletion", {"password": "wrong"}).status == 401
    assert leaving.browser.call("POST", "/account/deletion", {"password": PASSWORD}).status == 200
    served.sql(f"UPDATE users SET deleted_at = now() WHERE id = '{deleted.id}'")
    for person in (leaving, deleted):
        assert person.browser.call("GET", "/account").status == 401
        assert person.browser.refresh().status == 401
        assert served.browser().log_in(person.email, PASSWORD).status == 401


def test_the_cookie(served: Served) -> None:
    """Not for scripts, not for other sites, not for other hosts, not without TLS; and gone after seven days."""
    person = served.person()
    browser = served.browser()
    (cookie,) = browser.log_in(person.email, PASSWORD).headers.get_list("set-cookie")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert parts == {"httponly", "secure", "samesite=strict", "path=/", "max-age=604800"}
    assert cookie.startswith("__Host-refresh=")
    assert "no-store" in browser.refresh().headers["cache-control"]


def test_other_origins(served: Served, acme: Tenant) -> None:
    """A tenant's page is the same site to the browser: its cookie comes along, its origin tells."""
    person = served.person()
    for origin in (f"http://{acme.host}", "https://evil.example", "null", f"http://{DOMAIN}.evil.example"):
        for path in ("/session/refresh", "/session/end"):
            assert person.browser.call("POST", path, headers={"Origin": origin}).status == 404
    assert person.browser.call("POST", "/session/refresh", host=acme.host).status == 404
    own = {"Origin": f"http://{DOMAIN}"}
    assert person.browser.call("POST", "/session/refresh", headers=own).status == 200


def test_cors(served: Served, acme: Tenant) -> None:
    """The application's own pages may ask at tenants' hosts, with the bearer token alone; nobody else's may."""
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    port = served.address.rpartition(":")[2]
    own = served.browser().call(
        "OPTIONS", "/orders", host=acme.host, headers={**asked, "Origin": f"http://{DOMAIN}:{port}"}
    )
    assert own.status == 200
    assert own.headers["access-control-allow-origin"] == f"http://{DOMAIN}:{port}"
    assert "access-control-allow-credentials" not in own.headers
    for origin in ("https://evil.example", f"http://{acme.host}:{port}", "null"):
        other = served.browser().call(
            "OPTIONS", "/orders", host=acme.host, headers={**asked, "Origin": origin}
        )
        assert "access-control-allow-origin" not in other.headers
