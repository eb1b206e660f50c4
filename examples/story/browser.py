"""A browser and a mailbox, as far as the shop's users need them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
from pydantic import TypeAdapter

_PATIENCE = 30.0
_Fields = TypeAdapter(Mapping[str, object])
_Rows = TypeAdapter(list[Mapping[str, object]])
_Texts = TypeAdapter(list[str])


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: httpx.Headers
    body: object

    def __getitem__(self, name: str) -> str:
        """A field of it, as text."""
        return str(self.fields()[name])

    def fields(self) -> Mapping[str, object]:
        return _Fields.validate_python(self.body)

    def rows(self) -> list[Mapping[str, object]]:
        """What it is a list of."""
        return _Rows.validate_python(self.body)

    def parts(self, name: str) -> list[Mapping[str, object]]:
        """A field of it that is a list."""
        return _Rows.validate_python(self.fields()[name])

    def texts(self, name: str) -> list[str]:
        return _Texts.validate_python(self.fields()[name])


@dataclass(slots=True)
class Browser:
    """Every host resolves to `address`, as below localhost it does. `tell` hears of each request and its answer.

    `token` is the access token, which a page keeps in its memory, and `tenant` the one that it is for.
    """

    http: httpx.Client = field(repr=False)
    address: str
    domain: str
    tell: Callable[[str], None] = field(default=lambda _: None, repr=False)
    token: str | None = field(default=None, repr=False)
    tenant: str | None = None
    cookies: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        host: str | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """At the application's own host, unless another is named."""
        name = host or self.domain
        sent = httpx.Headers({"Host": name, **self._sent(name, token or self.token), **(headers or {})})
        answer = self.http.request(method, f"{self.address}{path}", json=body, headers=sent)
        self._keep(name, answer)
        found = Answer(answer.status_code, answer.headers, _body(answer))
        self.tell(f"{method} {name}{path} {_shown(body)}\n  {found.status} {_shown(found.body)}")
        return found

    def work(self, method: str, path: str, body: object = None) -> Answer:
        """At the host of the tenant that the token is for."""
        return self.call(method, path, body, host=f"{self.tenant}.{self.domain}")

    def log_in(self, email: str, password: str) -> Answer:
        answer = self.call("POST", "/session", {"email": email, "password": password})
        return self._logged_in(answer)

    def second_step(self, challenge: str, code: str) -> Answer:
        return self._logged_in(
            self.call("POST", "/session/second-step", {"challenge": challenge, "code": code})
        )

    def refresh(self) -> Answer:
        return self._logged_in(self.call("POST", "/session/refresh"))

    def enter(self, tenant: str) -> Answer:
        return self._logged_in(self.call("POST", "/session/tenant", {"tenant": tenant}))

    def _logged_in(self, answer: Answer) -> Answer:
        if answer.status == 200 and "access_token" in answer.fields():
            tenant = answer.fields()["tenant"]
            self.token, self.tenant = answer["access_token"], None if tenant is None else str(tenant)
        return answer

    def _sent(self, host: str, token: str | None) -> dict[str, str]:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.get(host, {}).items())
        return {
            **({"Cookie": kept} if kept else {}),
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }

    def _keep(self, host: str, answer: httpx.Response) -> None:
        """By the rules of RFC 6265bis for names that begin with __Host-: whatever breaks them is not kept."""
        for line in answer.headers.get_list("set-cookie"):
            for name, cookie in SimpleCookie(line).items():
                if name.startswith("__Host-") and not (
                    cookie["secure"] and cookie["path"] == "/" and not cookie["domain"]
                ):
                    continue
                jar = self.cookies.setdefault(host, {})
                if cookie["max-age"] == "0":
                    jar.pop(name, None)
                else:
                    jar[name] = cookie.value


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The outbox of the shop, of which everybody looks at their own mail."""

    folder: Path

    def mails(self, to: str) -> list[tuple[str, str]]:
        """Subject and text of each, newest last."""
        files = sorted(self.folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        found = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        return [(mail["subject"], mail["text"]) for mail in found if mail["to"] == to]

    def newest(self, to: str, beyond: int = 0) -> str:
        """The text of the newest, once there are more than `beyond`."""
        end = time.monotonic() + _PATIENCE
        while len(found := self.mails(to)) <= beyond:
            assert time.monotonic() < end, f"no mail came to {to}"
            time.sleep(0.01)
        return found[-1][1]


def _body(answer: httpx.Response) -> object:
    if answer.content and answer.headers.get("content-type", "").startswith("application/json"):
        found: object = answer.json()
        return found
    return answer.text or None


def _shown(value: object) -> str:
    """Short, and without what is nobody else's to see."""
    return "" if value is None else json.dumps(_masked(value), ensure_ascii=False)


def _masked(value: object, name: str = "") -> object:
    if isinstance(value, Mapping):
        return {key: _masked(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_masked(one, name) for one in value[:3]] + (["…"] if len(value) > 3 else [])
    hidden = ("password", "token", "code", "secret", "uri", "challenge", "current", "svg")
    if isinstance(value, str) and any(word in name for word in hidden):
        return f"{value[:4]}…"
    return value
