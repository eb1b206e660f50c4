"""What belongs to a tenant, asked for by somebody who does not: it looks like what does not exist."""

from __future__ import annotations

import uuid

import pytest

from tests.examples.serving import DOMAIN, ORDER, Served, Tenant, at_once

pytestmark = pytest.mark.xdist_group("example")
NOT_FOUND = {"error": "not_found", "message": "there is nothing here, or it is not yours"}
LINES = {"lines": [{"description": "Seats", "price": "9.99", "quantity": 3}]}


def order_of(tenant: Tenant) -> str:
    made = tenant.admin.browser.work("POST", "/orders", ORDER)
    assert made.status == 201
    return made["id"]


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("GET", "/history", None),
        ("PATCH", "", {"status": "CANCELED"}),
        ("DELETE", "", None),
    ],
    ids=["read", "history", "update", "delete"],
)
def test_orders_of_another(
    acme: Tenant, umbrella: Tenant, method: str, rest: str, body: dict[str, str] | None
) -> None:
    path = f"/orders/{order_of(umbrella)}"
    answer = acme.admin.browser.work(method, path + rest, body)
    unknown = acme.admin.browser.work(method, f"/orders/{uuid.uuid4()}{rest}", body)
    assert (answer.status, answer.body) == (unknown.status, unknown.body) == (404, NOT_FOUND)
    assert umbrella.admin.browser.work("GET", path)["status"] == "PENDING"


def test_lists_hold_ones_own_alone(acme: Tenant, umbrella: Tenant) -> None:
    ours, theirs = order_of(acme), order_of(umbrella)
    found = [row["id"] for row in acme.admin.browser.work("GET", "/orders?size=100").rows()]
    assert ours in found
    assert theirs not in found


@pytest.mark.parametrize("step", ["send", "pay", "cancel"])
def test_invoices_of_another(acme: Tenant, umbrella: Tenant, step: str) -> None:
    made = umbrella.admin.browser.work("POST", "/invoices", LINES)
    path = f"/invoices/{made['id']}"
    assert acme.admin.browser.work("GET", path).body == NOT_FOUND
    assert acme.admin.browser.work("PATCH", path, {"step": step}).body == NOT_FOUND
    assert umbrella.admin.browser.work("GET", path)["status"] == "DRAFT"


def test_connecting_to_rows_of_another(served: Served, acme: Tenant, umbrella: Tenant) -> None:
    """By an id in the body: of a new row, of a nested connect, of a foreign key."""
    theirs, browser = umbrella.admin.id, acme.admin.browser
    assert browser.work("POST", "/tickets", {"subject": "?", "assignee_id": theirs}).body == NOT_FOUND
    ticket = browser.work("POST", "/tickets", {"subject": "mine", "assignee_id": acme.admin.id})
    path = f"/tickets/{ticket['id']}"
    assert browser.work("PATCH", path, {"assignee_id": theirs}).body == NOT_FOUND
    subscription = str(uuid.uuid4())
    served.sql(
        "INSERT INTO subscriptions (id, tenant_id, updated_at)"
        f" VALUES ('{subscription}', '{umbrella.id}', now())"
    )
    invoice = {**LINES, "subscription_id": subscription}
    assert browser.work("POST", "/invoices", invoice).body == NOT_FOUND
    assert umbrella.admin.browser.work("POST", "/invoices", invoice).status == 201
    owners = served.sql("SELECT DISTINCT tenant_id FROM invoices WHERE subscription_id IS NOT NULL")
    assert owners == [(umbrella.id,)]


def test_tickets_of_another(acme: Tenant, umbrella: Tenant) -> None:
    made = umbrella.admin.browser.work("POST", "/tickets", {"subject": "theirs"})
    path = f"/tickets/{made['id']}"
    assert acme.admin.browser.work("PATCH", path, {"assignee_id": acme.admin.id}).body == NOT_FOUND
    assert acme.admin.browser.work("DELETE", path).body == NOT_FOUND
    assert [row["id"] for row in umbrella.admin.browser.work("GET", "/tickets").rows()].count(made["id"]) == 1
    assert all(row["subject"] != "theirs" for row in acme.admin.browser.work("GET", "/tickets").rows())


def test_members_and_audit_of_another(served: Served, acme: Tenant, umbrella: Tenant) -> None:
    browser, theirs = acme.admin.browser, umbrella.admin.id
    assert browser.work("PATCH", f"/members/{theirs}", {"role": "USER"}).status == 404
    assert browser.work("DELETE", f"/members/{theirs}").status == 404
    assert [row["user_id"] for row in browser.work("GET", "/members").rows()].count(theirs) == 0
    entries = browser.work("GET", "/audit?size=100").parts("entries")
    assert entries
    assert umbrella.id not in str(entries)


@pytest.mark.parametrize("path", ["/orders", "/tickets", "/settings", "/members", "/audit", "/invoices"])
def test_the_host_of_another(acme: Tenant, umbrella: Tenant, path: str) -> None:
    """The token is good, the host is somebody else's, unknown, nested, foreign, or none at all."""
    for host in (
        umbrella.host,
        f"nobody.{DOMAIN}",
        f"{acme.host}.evil.example",
        f"x.{acme.host}",
        DOMAIN,
        "localhost",
        f"{acme.slug}.{DOMAIN}@evil.example",
        "127.0.0.1",
    ):
        answer = acme.admin.browser.call("GET", path, host=host)
        assert (answer.status, answer.body) == (404, NOT_FOUND), host
    assert acme.admin.browser.call("GET", path, host=f"{acme.host.upper()}:80").status == 200


def test_forwarded_hosts_count_for_nothing(acme: Tenant, umbrella: Tenant) -> None:
    headers = {
        "X-Forwarded-Host": umbrella.host,
        "X-Tenant-Id": umbrella.id,
        "Forwarded": f"host={umbrella.host}",
    }
    answer = acme.admin.browser.call("GET", "/settings", host=acme.host, headers=headers)
    assert answer.status == 200
    members = acme.admin.browser.call("GET", "/members", host=acme.host, headers=headers)
    assert umbrella.admin.id not in [row["user_id"] for row in members.rows()]


def test_a_user_without_a_tenant(served: Served, acme: Tenant) -> None:
    """No tenant is no right, and nobody's super admin."""
    nobody = served.person()
    assert nobody.browser.call("GET", "/tenants").rows() == []
    assert nobody.browser.enter(acme.slug).body == NOT_FOUND
    assert nobody.browser.enter("no-such-tenant").body == NOT_FOUND
    for path in ("/orders", "/settings", "/audit", "/members", "/tickets"):
        for host in (acme.host, DOMAIN):
            assert nobody.browser.call("GET", path, host=host).body == NOT_FOUND


def test_a_member_is_no_administrator(served: Served, acme: Tenant) -> None:
    member = served.member(acme).browser
    assert member.work("GET", "/orders").status == 200
    for method, path, body in (
        ("GET", "/members", None),
        ("GET", "/audit", None),
        ("GET", "/invoices", None),
        ("POST", "/invoices", LINES),
        ("PATCH", "/settings", {"theme": "dark"}),
        ("POST", "/members/invitations", {"email": "friend@example.com", "role": "TENANT_ADMIN"}),
        ("DELETE", f"/members/{acme.admin.id}", None),
    ):
        assert member.work(method, path, body).status == 403, path


def test_a_guest(served: Served) -> None:
    """Whose own tenant is another: a member with a role in each, and the audit says who it was."""
    host, home = served.tenant(), served.tenant()
    guest = served.member(host, home.admin)
    made = guest.browser.work("POST", "/orders", ORDER)
    assert made.status == 201
    entry, *_ = host.admin.browser.work("GET", "/audit").parts("entries")
    assert (entry["action"], entry["entity_id"]) == ("order.created", made["id"])
    assert guest.id in str(entry["changes"])
    names = [row["email"] for row in host.admin.browser.work("GET", "/members").rows()]
    assert sorted(map(str, names)) == sorted([host.admin.email, guest.email])
    assert guest.browser.work("GET", "/audit").status == 403
    assert guest.browser.enter(home.slug).status == 200
    assert guest.browser.work("GET", "/audit").status == 200
    assert guest.browser.work("GET", f"/orders/{made['id']}").status == 404


def test_a_removed_member_at_once(served: Served) -> None:
    """While the access token has not expired."""
    tenant = served.tenant()
    member = served.member(tenant)
    assert member.browser.work("GET", "/orders").status == 200
    assert tenant.admin.browser.work("DELETE", f"/members/{member.id}").status == 200
    assert member.browser.work("GET", "/orders").body == NOT_FOUND


def test_a_role_that_was_taken_away_at_once(served: Served) -> None:
    """What the token says of roles gives no right."""
    tenant = served.tenant()
    other = served.member(tenant)
    path = f"/members/{other.id}"
    assert tenant.admin.browser.work("PATCH", path, {"role": "TENANT_ADMIN"}).status == 200
    assert other.browser.enter(tenant.slug).status == 200
    assert other.browser.work("GET", "/audit").status == 200
    assert tenant.admin.browser.work("PATCH", path, {"role": "USER"}).status == 200
    assert other.browser.work("GET", "/audit").status == 403


def test_a_suspended_tenant(served: Served) -> None:
    """Its users cannot act; to others it is what it was, nothing."""
    tenant, other = served.tenant(), served.person()
    served.sql(f"UPDATE tenants SET status = 'SUSPENDED', suspended_at = now() WHERE id = '{tenant.id}'")
    for method, path, body in (
        ("GET", "/orders", None),
        ("POST", "/orders", ORDER),
        ("PATCH", "/settings", {"theme": "dark"}),
    ):
        answer = tenant.admin.browser.work(method, path, body)
        assert (answer.status, answer["error"]) == (403, "tenant_suspended")
    assert tenant.admin.browser.enter(tenant.slug).status == 403
    assert other.browser.enter(tenant.slug).body == NOT_FOUND
    assert other.browser.call("GET", "/orders", host=tenant.host).body == NOT_FOUND


def test_a_deleted_tenant(served: Served) -> None:
    tenant = served.tenant()
    served.sql(f"UPDATE tenants SET status = 'DELETED' WHERE id = '{tenant.id}'")
    assert tenant.admin.browser.work("GET", "/orders").body == NOT_FOUND
    assert tenant.admin.browser.enter(tenant.slug).body == NOT_FOUND


def test_the_last_administrator_stays(served: Served) -> None:
    tenant = served.tenant()
    served.member(tenant)
    answer = tenant.admin.browser.work("POST", "/members/leaving")
    assert (answer.status, answer["error"]) == (409, "last_admin")


def test_an_invitation_is_its_addressees(served: Served) -> None:
    """Whoever else has got hold of the token has nothing; and it counts once."""
    tenant, invited, thief = served.tenant(), served.person(), served.person()
    seen = len(served.mailbox.mails(invited.email))
    form = {"email": invited.email}
    answer = tenant.admin.browser.work("POST", "/members/invitations", form)
    token = {"token": served.mailbox.newest(invited.email, seen)}
    assert token["token"] not in str(answer.body)
    assert thief.browser.call("POST", "/tenants/joining", token).status == 422
    assert thief.browser.enter(tenant.slug).status == 404
    assert invited.browser.call("POST", "/tenants/joining", token).status == 200
    assert invited.browser.call("POST", "/tenants/joining", token).status == 422


def test_racing_invitations_and_slugs(served: Served) -> None:
    """One joins, once; one founds."""
    tenant, invited = served.tenant(), served.person()
    seen = len(served.mailbox.mails(invited.email))
    tenant.admin.browser.work("POST", "/members/invitations", {"email": invited.email})
    token = {"token": served.mailbox.newest(invited.email, seen)}
    joined = at_once(lambda: invited.browser.call("POST", "/tenants/joining", token).status)
    assert sorted(joined) == [200] + [422] * 7
    form = {"name": "Raced", "slug": f"raced-{tenant.slug}"}
    founded = at_once(lambda: invited.browser.call("POST", "/tenants", form).status)
    assert sorted(founded) == [201] + [409] * 7


@pytest.mark.parametrize("slug", ["www", "admin", "xn--acme", "-acme", "acme-", "Acme", "a.b", "", "x" * 64])
def test_slugs_that_are_none(acme: Tenant, slug: str) -> None:
    answer = acme.admin.browser.call("POST", "/tenants", {"name": "x", "slug": slug})
    assert answer.status == 422


def test_numbers_have_no_gaps_over_both(acme: Tenant, umbrella: Tenant) -> None:
    """A refused order takes none."""
    numbers = []
    for tenant in (acme, umbrella, acme):
        numbers.append(int(tenant.admin.browser.work("POST", "/orders", ORDER)["number"].rpartition("-")[2]))
        huge = {"lines": [{"description": "?", "price": "99999999.99", "quantity": 1000000}]}
        assert tenant.admin.browser.work("POST", "/orders", huge).status == 422
    assert numbers == list(range(numbers[0], numbers[0] + 3))
