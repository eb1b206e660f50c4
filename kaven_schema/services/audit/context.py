"""On whose behalf the program is acting: it follows a request through every `await`, and into tasks it starts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from ipaddress import ip_address as parsed_address

_LONGEST_AGENT = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditContext:
    """Nothing in it gives any right: it only says what the log is to say."""

    tenant_id: str | None = None
    user_id: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None


_NOBODY = AuditContext()
_CONTEXT: ContextVar[AuditContext] = ContextVar("kaven_audit_context", default=_NOBODY)


def current_context() -> AuditContext:
    """Of the innermost `acting`; outside of all of them, nobody anywhere."""
    return _CONTEXT.get()


@contextmanager
def acting(
    *,
    user_id: str | None = None,
    tenant_id: str | None = None,
    ip_address: str | None = None,
    user_agent: str | None = None,
) -> Iterator[AuditContext]:
    """Inside, what is not given stays as it is outside. What is no IP address is not recorded as one."""
    given = {
        "user_id": user_id,
        "tenant_id": tenant_id,
        "ip_address": _address(ip_address),
        "user_agent": _agent(user_agent),
    }
    context = replace(_CONTEXT.get(), **{name: value for name, value in given.items() if value is not None})
    token = _CONTEXT.set(context)
    try:
        yield context
    finally:
        _CONTEXT.reset(token)


def _address(text: str | None) -> str | None:
    """Without a zone, after which any text may stand; an IPv4 address in IPv6 as what it is."""
    try:
        found = parsed_address("" if text is None or "%" in text else text.strip())
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def _agent(text: str | None) -> str | None:
    """Whoever sends the request chooses it: PostgreSQL's text takes no NUL, and lines in a log stay lines."""
    if text is None:
        return None
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_LONGEST_AGENT]
