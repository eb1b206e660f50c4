"""`python -m story URL DOMAIN OUTBOX`: sign-up, login, two-factor, two tenants, an order, an invoice, some refusals."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pyotp
from pydantic import TypeAdapter

from story.browser import Answer, Browser, Mailbox

_PATIENCE = 60.0
_OVERLAP = 2.2
_CHANGES = TypeAdapter(dict[str, object])
_PASSWORD = "correct horse battery staple"  # noqa: S105 - of a user who lives as long as the story


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def chapter(title: str) -> None:
    tell(f"\n# {title}")


def expect(answer: Answer, status: int) -> Answer:
    if answer.status != status:
        raise SystemExit(f"the story ends here: {status} was expected, and {answer.status} came")
    return answer


def wait(address: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not answers(address):
        if time.monotonic() > end:
            raise SystemExit("the shop does not answer")
        time.sleep(0.1)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/openapi.json").is_success
    except httpx.TransportError:
        return False


def sign_up(browser: Browser, mailbox: Mailbox, email: str, name: str) -> None:
    before = len(mailbox.mails(email))
    form = {"email": email, "name": name, "password": _PASSWORD}
    expect(browser.call("POST", "/account", form), 202)
    token = mailbox.newest(email, before)
    form = {"token": token, "password": _PASSWORD}
    expect(browser.call("POST", "/account/verification", form), 200)


def enrol(browser: Browser, email: str) -> None:
    answer = expect(browser.call("POST", "/two-factor/enrolment", {"password": _PASSWORD}), 200)
    authenticator = pyotp.parse_uri(answer["uri"])
    assert isinstance(authenticator, pyotp.TOTP)
    now = int(time.time())
    form = {"code": authenticator.at(now)}
    codes = expect(browser.call("POST", "/two-factor/confirmation", form), 200).texts("backup_codes")

    chapter("From now on the password is half of the login. A code counts once; so does a backup code")
    challenge = expect(browser.log_in(email, _PASSWORD), 200)["challenge"]
    code = authenticator.at(now + authenticator.interval)
    expect(browser.second_step(challenge, code), 200)
    expect(browser.second_step(challenge, code), 401)
    expect(browser.second_step(challenge, codes[0]), 200)
    expect(browser.second_step(challenge, codes[0]), 401)


def log_in(ana: Browser, mailbox: Mailbox, email: str) -> None:
    chapter("Ana signs up. Whether she is a user already, only her mailbox tells")
    sign_up(ana, mailbox, email, "Ana")

    chapter("She logs in: a bearer token for the page, a refresh token in a cookie that no script can read")
    expect(ana.log_in(email, _PASSWORD), 200)
    expect(ana.call("GET", "/account"), 200)

    chapter(
        "The refresh token is exchanged at each use. A copy of the old one gets nothing: at once, as by a second tab"
    )
    copy = replace(ana, cookies={ana.domain: dict(ana.cookies[ana.domain])})
    expect(ana.refresh(), 200)
    expect(copy.refresh(), 401)
    expect(ana.call("GET", "/account"), 200)

    chapter("More than two seconds later it is somebody else's, and ends the session")
    time.sleep(_OVERLAP)
    expect(copy.refresh(), 401)
    expect(ana.call("GET", "/account"), 401)
    expect(ana.log_in(email, _PASSWORD), 200)

    chapter("She enrols an authenticator: the QR code is an SVG picture")
    enrol(ana, email)


def gather(ana: Browser, bob: Browser, mailbox: Mailbox, email: str, slugs: tuple[str, str]) -> None:
    chapter("Ana founds a tenant, whose host is a subdomain; Bob signs up and founds another")
    expect(ana.call("POST", "/tenants", {"name": "Acme", "slug": slugs[0]}), 201)
    expect(ana.enter(slugs[0]), 200)
    sign_up(bob, mailbox, email, "Bob")
    expect(bob.log_in(email, _PASSWORD), 200)
    expect(bob.call("POST", "/tenants", {"name": "Umbrella", "slug": slugs[1]}), 201)
    expect(bob.enter(slugs[0]), 404)

    chapter("Ana invites Bob, who joins: he has a role in each")
    seen = len(mailbox.mails(email))
    expect(ana.work("POST", "/members/invitations", {"email": email}), 202)
    expect(bob.call("POST", "/tenants/joining", {"token": mailbox.newest(email, seen)}), 200)
    expect(bob.call("GET", "/tenants"), 200)


def trade(ana: Browser, bob: Browser, slugs: tuple[str, str]) -> None:
    chapter("Ana writes an order and an invoice: numbers without gaps, statuses in their order")
    order = {"lines": [{"description": "Widget", "price": "12.50", "quantity": 2}], "shipping": "5.00"}
    path = f"/orders/{expect(ana.work('POST', '/orders', order), 201)['id']}"
    expect(ana.work("PATCH", path, {"status": "PROCESSING", "notes": "packed"}), 200)
    expect(ana.work("PATCH", path, {"status": "PENDING"}), 409)
    expect(ana.work("GET", f"{path}/history"), 200)
    lines = {"lines": [{"description": "Seats", "price": "9.99", "quantity": 3}], "tax": "2.25"}
    invoice = expect(ana.work("POST", "/invoices", lines), 201)
    expect(ana.work("PATCH", f"/invoices/{invoice['id']}", {"step": "send"}), 200)
    expect(ana.work("PATCH", f"/invoices/{invoice['id']}", {"step": "pay"}), 200)

    chapter("Bob reads the order as a member of Acme, whose invoices are for its administrators")
    expect(bob.enter(slugs[0]), 200)
    expect(bob.work("GET", path), 200)
    expect(bob.work("GET", "/invoices"), 403)

    chapter("He switches to his own tenant: there the order does not exist, nor does Acme with that token")
    expect(bob.enter(slugs[1]), 200)
    expect(bob.work("GET", path), 404)
    expect(bob.call("GET", path, host=f"{slugs[0]}.{bob.domain}"), 404)


def manage(ana: Browser) -> None:
    chapter("Ana changes the tenant's settings, but not what the tenant would have to pay for")
    expect(ana.work("PATCH", "/settings", {"theme": "dark"}), 200)
    expect(ana.work("PATCH", "/settings", {"features": ["api"]}), 403)

    chapter("What was done in the tenant, newest first")
    for entry in expect(ana.work("GET", "/audit?size=100"), 200).parts("entries"):
        changes = _CHANGES.validate_python(entry["changes"])
        tell(
            f"  {entry['action']:24} {json.dumps(changes['before'])} -> {json.dumps(changes['after'])}"[:160]
        )

    chapter("She logs out: the access token is worth nothing any more")
    expect(ana.call("POST", "/session/end"), 204)
    expect(ana.work("GET", "/orders"), 401)


def main(address: str, domain: str, outbox: str) -> None:
    wait(address)
    mailbox, mark = Mailbox(Path(outbox)), uuid4().hex[:6]
    slugs = (f"acme-{mark}", f"umbrella-{mark}")
    with httpx.Client(timeout=_PATIENCE) as http:
        ana, bob = (Browser(http, address, domain, tell) for _ in range(2))
        log_in(ana, mailbox, f"ana-{mark}@example.com")
        gather(ana, bob, mailbox, f"bob-{mark}@example.com", slugs)
        trade(ana, bob, slugs)
        manage(ana)
    tell("\nThat was the story: every answer was as it had to be.")


if __name__ == "__main__":
    main(*sys.argv[1:])
