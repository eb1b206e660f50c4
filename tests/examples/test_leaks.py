"""What is secret is in no log, and in no answer but the one that it is for."""

from __future__ import annotations

import re
import time

import pyotp
import pytest

from tests.examples.serving import DOMAIN, ORDER, PASSWORD, Served

pytestmark = pytest.mark.xdist_group("example")


def test_the_description_has_no_secret_fields(served: Served) -> None:
    """Of answers, only those that hand a secret to whom it belongs; of bodies, secrets are marked as such."""
    described = served.http.get(f"{served.address}/openapi.json").json()
    schemas = described["components"]["schemas"]
    bodies = set(re.findall(r"requestBody.*?schemas/(\w+)", str(described["paths"])))
    word = re.compile(r"password|secret|token|hash|code|challenge|serial|last_?step", re.IGNORECASE)
    handed: dict[str, dict[str, object]] = {}
    given: dict[str, dict[str, object]] = {}
    for name, schema in schemas.items():
        for field, what in schema.get("properties", {}).items():
            if word.search(field):
                (given if name in bodies else handed)[f"{name}.{field}"] = what
    assert set(handed) == {
        "Session.access_token",
        "SecondStep.challenge",
        "Enrolled.secret",
        "NewBackupCodes.backup_codes",
        "TwoFactorState.backup_codes_left",
    }
    assert given
    assert all(what.get("format") == "password" and what.get("writeOnly") for what in given.values()), given


def test_the_log(served: Served) -> None:
    """A whole life with its mistakes, and an error that nobody foresaw; then every secret is looked for."""
    tenant, secrets = served.tenant(), {PASSWORD, "a wrong password", "777777"}
    person = tenant.admin
    browser = person.browser
    secrets |= {str(browser.token), browser.cookies[DOMAIN]["__Host-refresh"]}
    browser.work("POST", "/orders", ORDER)
    for email in (person.email, served.new_email()):
        assert served.browser().log_in(email, "a wrong password").status == 401
    enrolment = browser.call("POST", "/two-factor/enrolment", {"password": PASSWORD})
    authenticator = pyotp.parse_uri(enrolment["uri"])
    assert isinstance(authenticator, pyotp.TOTP)
    code = authenticator.at(int(time.time()))
    codes = browser.call("POST", "/two-factor/confirmation", {"code": code}).texts("backup_codes")
    secrets |= {enrolment["secret"], code, *codes}
    challenge = served.browser().log_in(person.email, PASSWORD)["challenge"]
    secrets.add(challenge)
    assert served.browser().second_step(challenge, "777777").status == 401
    assert served.browser().call("GET", "/account", token=f"{browser.token}x").status == 401
    served.sql(f"UPDATE users SET two_factor_secret = two_factor_secret || 'x' WHERE id = '{person.id}'")
    assert served.browser().second_step(challenge, "888888").status == 500
    form = {"password": PASSWORD, "code": "777777"}
    assert browser.call("POST", "/two-factor/disabling", form).status == 500
    log = served.log.read_text(encoding="utf-8")
    assert "SecretUnreadableError" in log
    words = set(re.findall(r"[\w.-]+", log))  # six digits are also in the midst of some id
    found = {one for one in secrets | stored(served) if one in (words if len(one) == 6 else log)}
    assert found == set()


def stored(served: Served) -> set[str]:
    """Hashes and ciphertexts of all that the tests of this module and others made; tokens that went out by mail."""
    rows = served.sql(
        "SELECT password_hash FROM users UNION SELECT two_factor_secret FROM users"
        " UNION SELECT backup_codes::text FROM users UNION SELECT token FROM refresh_tokens"
        " UNION SELECT token FROM spent_refresh_tokens UNION SELECT token FROM invitations"
        " UNION SELECT token FROM email_verifications"
    )
    files = served.mailbox.folder.glob("*.json")
    mailed = {word for file in files for word in re.findall(r"[\w-]{43}", file.read_text(encoding="utf-8"))}
    assert mailed
    return mailed | {str(value) for (value,) in rows if value and value != "null"}


def test_the_audit(served: Served) -> None:
    """Who is in it, and what they did, and where as far as we know; no secret is."""
    tenant = served.tenant()
    claimed = {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7", "X-Real-IP": "203.0.113.7"}
    tenant.admin.browser.call("POST", "/orders", ORDER, host=tenant.host, headers=claimed)
    entries = tenant.admin.browser.work("GET", "/audit").parts("entries")
    assert {str(entry["action"]) for entry in entries} == {"tenant.created", "order.created"}
    assert {entry["ip_address"] for entry in entries} == {"127.0.0.1"}
    rows = served.sql("SELECT coalesce(changes::text, '') FROM audit_logs")
    said = "\n".join(str(changes) for (changes,) in rows)
    assert [secret for secret in {PASSWORD} | stored(served) if secret in said] == []


def test_mail_is_its_owners_alone(served: Served) -> None:
    served.person()
    modes = {file.stat().st_mode & 0o777 for file in served.mailbox.folder.glob("*.json")}
    assert modes == {0o600}


def test_neither_connection_is_privileged(served: Served) -> None:
    """Nothing of the application connects as superuser, or passes row-level security by."""
    rows = served.sql(
        "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles"
        " WHERE rolname IN ('kaven_app', 'kaven_authentication') ORDER BY 1"
    )
    assert rows == [("kaven_app", False), ("kaven_authentication", False)]
    used = served.sql("SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database()")
    assert {name for (name,) in used} <= {"kaven_app", "kaven_authentication", "kaven_owner"}
