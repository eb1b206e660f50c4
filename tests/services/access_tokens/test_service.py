"""Access tokens: what we issue we accept, until it expires, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from kaven_schema.services.access_tokens import (
    LEEWAY,
    LIFETIME,
    AccessTokenProblem,
    AccessTokenRefusedError,
    AccessTokens,
    Identity,
)
from kaven_schema.services.secrets import Key, KeyRing

OLD, NEW = Key("2025-01", bytes(range(64))), Key("2025-02", bytes(range(64, 128)))
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
IDENTITY = Identity(user_id="user", session_id="session", tenant_id="tenant", roles=("TENANT_ADMIN",))


def service(
    *keys: Key, at: datetime = NOW, issuer: str = "https://saas.com", audience: str = "api"
) -> AccessTokens:
    return AccessTokens(KeyRing(keys or (OLD,)), issuer, audience, clock=lambda: at)


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def signed(claims: dict[str, Any], key: Key = OLD, algorithm: str = "HS512", **header: Any) -> str:
    headers = {"kid": key.id, "typ": "at+jwt", **header}
    return jwt.encode(claims, key.material, algorithm=algorithm, headers=headers)


def forged(token: str, **changes: Any) -> str:
    """The claims changed, the signature kept."""
    header, _, signature = token.split(".")
    body = json.dumps({**claims_of(token), **changes}).encode()
    return f"{header}.{base64.urlsafe_b64encode(body).rstrip(b'=').decode()}.{signature}"


def problem_of(token: str, verifier: AccessTokens | None = None) -> AccessTokenProblem:
    with pytest.raises(AccessTokenRefusedError) as error:
        (verifier or service()).verify(token)
    assert not token or len(token) < 8 or token not in "".join(traceback.format_exception(error.value))
    return error.value.problem


def test_what_it_says() -> None:
    token = service().issue(IDENTITY)
    said = service().verify(token)
    assert said.identity == IDENTITY
    assert (said.issued_at, said.expires_at) == (NOW, NOW + LIFETIME)
    assert jwt.get_unverified_header(token) == {"alg": "HS512", "kid": "2025-01", "typ": "at+jwt"}
    claims = claims_of(token)
    assert claims.pop("jti") == said.token_id
    seconds = int(NOW.timestamp())
    assert claims == {
        "iss": "https://saas.com",
        "aud": "api",
        "sub": "user",
        "sid": "session",
        "tid": "tenant",
        "roles": ["TENANT_ADMIN"],
        "iat": seconds,
        "nbf": seconds,
        "exp": seconds + 900,
    }
    assert claims_of(service().issue(IDENTITY))["jti"] != said.token_id


def test_signed_as_the_standard_says() -> None:
    """HMAC with SHA-512 over the first two parts (RFC 7515), by the standard library alone."""
    head, _, signature = service().issue(IDENTITY).rpartition(".")
    digest = hmac.new(OLD.material, head.encode(), hashlib.sha512).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == signature


def test_without_a_tenant_there_is_no_right() -> None:
    nobody = Identity(user_id="user", session_id="session")
    token = service().issue(nobody)
    assert not {"tid", "roles", "adm"} & set(claims_of(token))
    assert service().verify(token).identity == nobody
    assert not nobody.is_super_admin
    admin = Identity(user_id="user", session_id="session", is_super_admin=True)
    assert service().verify(service().issue(admin)).identity == admin


def test_the_password_that_was_shown() -> None:
    """For a token that asks for the second step: which password it was, by its stamp."""
    challenge = Identity(user_id="user", session_id="session", stamp="ab" * 32)
    token = service().issue(challenge)
    assert claims_of(token)["pst"] == challenge.stamp
    assert service().verify(token).identity == challenge
    assert "ab" not in repr(challenge)
    assert "pst" not in claims_of(service().issue(IDENTITY))


@pytest.mark.parametrize(
    "fields",
    [{"user_id": ""}, {"session_id": ""}, {"tenant_id": ""}, {"tenant_id": None}],
)
def test_identities_that_are_none(fields: dict[str, Any]) -> None:
    given: dict[str, Any] = {
        "user_id": "u",
        "session_id": "s",
        "tenant_id": "t",
        "roles": ("USER",),
        **fields,
    }
    with pytest.raises(ValueError, match=r"."):
        Identity(**given)


def test_times() -> None:
    token = service().issue(IDENTITY)
    last = NOW + LIFETIME + LEEWAY
    assert service(at=last - SECOND).verify(token).identity == IDENTITY
    assert problem_of(token, service(at=last)) is AccessTokenProblem.EXPIRED
    assert service(at=NOW - LEEWAY).verify(token).identity == IDENTITY
    assert problem_of(token, service(at=NOW - LEEWAY - SECOND)) is AccessTokenProblem.NOT_YET_VALID
    strict = AccessTokens(
        KeyRing((OLD,)), "https://saas.com", "api", leeway=timedelta(0), clock=lambda: NOW + LIFETIME
    )
    assert problem_of(token, strict) is AccessTokenProblem.EXPIRED


def test_issuer_and_audience() -> None:
    for issuer in ("https://saas.com/", "https://saas.co", "saas"):
        token = service(issuer=issuer).issue(IDENTITY)
        assert problem_of(token) is AccessTokenProblem.WRONG_ISSUER
    for audience in ("web", "ap", "api "):
        token = service(audience=audience).issue(IDENTITY)
        assert problem_of(token) is AccessTokenProblem.WRONG_AUDIENCE
    claims = claims_of(service().issue(IDENTITY))
    assert problem_of(signed({**claims, "aud": ["api", "web"]})) is AccessTokenProblem.WRONG_AUDIENCE


def test_names_that_are_not_set() -> None:
    for names in (("", "api"), ("https://saas.com", "")):
        with pytest.raises(ValueError, match="issuer and an audience"):
            AccessTokens(KeyRing((OLD,)), *names)


def test_rotation() -> None:
    """The new key signs at once; what the old one signed is good until it is taken away."""
    old = service(OLD).issue(IDENTITY)
    both = service(NEW, OLD)
    new = both.issue(IDENTITY)
    assert jwt.get_unverified_header(new)["kid"] == "2025-02"
    assert both.verify(old).identity == both.verify(new).identity == IDENTITY
    assert problem_of(new, service(OLD)) is AccessTokenProblem.UNKNOWN_KEY
    assert problem_of(old, service(NEW)) is AccessTokenProblem.UNKNOWN_KEY
    assert problem_of(signed(claims_of(old), NEW, kid=OLD.id), both) is AccessTokenProblem.FORGED


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "other"},
        {"tid": "other"},
        {"roles": ["SUPER_ADMIN"]},
        {"adm": True},
        {"exp": 1 << 35},
        {"sid": "other"},
    ],
)
def test_changed_claims(changes: dict[str, Any]) -> None:
    assert problem_of(forged(service().issue(IDENTITY), **changes)) is AccessTokenProblem.FORGED


def test_every_changed_character() -> None:
    """But for the bits of a last character that encode nothing."""
    token = service().issue(IDENTITY)
    last = {position - 1 for position, letter in enumerate(f"{token}.") if letter == "."}
    for position, letter in enumerate(token):
        if position in last:
            continue
        changed = token[:position] + ("A" if letter != "A" else "B") + token[position + 1 :]
        assert problem_of(changed)


def test_algorithms() -> None:
    claims = claims_of(service().issue(IDENTITY))
    for algorithm in ("HS256", "HS384"):
        assert problem_of(signed(claims, algorithm=algorithm)) is AccessTokenProblem.WRONG_KIND
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": OLD.id, "typ": "at+jwt"})
    assert problem_of(unsigned) is AccessTokenProblem.WRONG_KIND
    for name in ("none", "None", "nOnE", "RS256", "", None, ["HS512"], "hs512"):
        head = json.dumps({"alg": name, "kid": OLD.id, "typ": "at+jwt"}).encode()
        encoded = base64.urlsafe_b64encode(head).rstrip(b"=").decode()
        _, body, signature = service().issue(IDENTITY).split(".")
        for end in (signature, ""):
            assert problem_of(f"{encoded}.{body}.{end}")


@pytest.mark.parametrize(
    "header",
    [
        *(
            {"typ": "JWT"},
            {"typ": None},
            {"crit": ["x"]},
            {"jku": "https://evil"},
            {"jwk": {}},
            {"b64": False},
        ),
        *({"kid": 1}, {"kid": ["2025-01"]}, {"kid": "../../dev/null"}, {"kid": "' OR 1=1"}, {"kid": ""}),
    ],
)
def test_headers(header: dict[str, Any]) -> None:
    """A header chooses among our keys, and has no other say."""
    body = json.dumps(claims_of(service().issue(IDENTITY))).encode()
    head = json.dumps({"alg": "HS512", "kid": OLD.id, "typ": "at+jwt", **header}).encode()
    parts = [base64.urlsafe_b64encode(part).rstrip(b"=") for part in (head, body)]
    parts.append(
        base64.urlsafe_b64encode(hmac.new(OLD.material, b".".join(parts), hashlib.sha512).digest()).rstrip(
            b"="
        )
    )
    assert problem_of(b".".join(parts).decode())


@pytest.mark.parametrize(
    "changes",
    [
        *(
            {"iss": ["https://saas.com"]},
            {"sub": 1},
            {"sub": ""},
            {"sid": None},
            {"sid": ["x"]},
            {"jti": 1},
            {"exp": "9999999999"},
        ),
        *({"exp": True}, {"exp": 1 << 80}, {"iat": -1}, {"nbf": 1.5}, {"roles": "TENANT_ADMIN"}),
        *(
            {"roles": [1]},
            {"tid": 5},
            {"tid": ""},
            {"adm": "true"},
            {"adm": 1},
            {"tid": None},
            {"pst": 1},
            {"pst": None},
        ),
    ],
)
def test_claims_of_another_type(changes: dict[str, Any]) -> None:
    claims = {**claims_of(service().issue(IDENTITY)), **changes}
    head = {"alg": "HS512", "kid": OLD.id, "typ": "at+jwt"}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, claims)]
    digest = hmac.new(OLD.material, b".".join(parts), hashlib.sha512).digest()
    assert problem_of(b".".join([*parts, base64.urlsafe_b64encode(digest).rstrip(b"=")]).decode())


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"])
def test_claims_that_are_missing(name: str) -> None:
    claims = claims_of(service().issue(IDENTITY))
    del claims[name]
    assert problem_of(signed(claims))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "é",
        "\ud83d",
        "\0",
        "x" * 5000,
        "eyJhbGciOiJIUzUxMiJ9..",
        "null",
        "W10.W10.W10",
    ],
)
def test_what_is_no_token(text: str) -> None:
    assert problem_of(text)


def test_no_key_is_shown() -> None:
    for key in (OLD.material.hex(), base64.b64encode(OLD.material).decode(), repr(OLD.material)[2:30]):
        assert key not in repr(service()) + str(vars(AccessTokens))
