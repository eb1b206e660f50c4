"""Whether somebody is a user is told by no answer, and by no work done for one."""

from __future__ import annotations

from hashlib import sha256

import pytest

from examples.story.browser import Answer
from tests.examples.serving import PASSWORD, ROUNDS, Served, at_once

pytestmark = pytest.mark.xdist_group("example")


def said(answer: Answer) -> tuple[int, object, set[str], str]:
    """What whoever asks can see; and the rounds of bcrypt, which they can measure."""
    return answer.status, answer.body, set(answer.headers), answer.headers[ROUNDS]


def test_login(served: Served) -> None:
    person, deleted, unverified = served.person(), served.person(), served.new_email()
    served.sign_up(served.browser(), unverified)
    served.sql(f"UPDATE users SET deleted_at = now() WHERE id = '{deleted.id}'")
    found = [
        said(served.browser().log_in(email, password))
        for email, password in (
            (person.email, "wrong"),
            (served.new_email(), PASSWORD),
            (deleted.email, PASSWORD),
            (unverified, PASSWORD),
            (unverified, "wrong"),
            (person.email, "x" * 73),
        )
    ]
    assert found[1:] == found[:1] * 5
    assert found[0][0] == 401
    assert int(found[0][3]) == 2**4


def test_guessing_passwords_ends(served: Served) -> None:
    """After as many guesses, whether there is such a user or not."""
    for email in (served.person().email, served.new_email()):
        answers = [served.browser().log_in(email, f"guess {number}").status for number in range(11)]
        assert answers == [401] * 10 + [429]


def test_sign_up(served: Served) -> None:
    person, unverified, deleted = served.person(), served.new_email(), served.person()
    served.sign_up(served.browser(), unverified)
    served.sql(f"UPDATE users SET deleted_at = now() WHERE id = '{deleted.id}'")
    found = [
        said(served.sign_up(served.browser(), email))
        for email in (served.new_email(), person.email, person.email.upper(), unverified, deleted.email)
    ]
    assert found[1:] == found[:1] * 4
    assert found[0][:2] == (202, {"message": "look into your mail"})
    assert int(found[0][3]) == 2**4


def test_racing_sign_ups(served: Served) -> None:
    email = served.new_email()
    answers = at_once(lambda: served.sign_up(served.browser(), email))
    assert {answer.status for answer in answers} == {202}
    assert served.sql(f"SELECT count(*) FROM users WHERE email = '{email}'") == [(1,)]
    ((token,),) = served.sql(
        "SELECT v.token FROM email_verifications v JOIN users u ON u.id = v.user_id"
        f" WHERE u.email = '{email}'"
    )
    served.mailbox.newest(email, 7)
    mailed = [sha256(text.encode()).hexdigest() for _, text in served.mailbox.mails(email)]
    assert mailed.count(str(token)) == 1


def test_only_the_mailbox_tells(served: Served) -> None:
    person = served.person()
    served.sign_up(served.browser(), person.email)
    served.mailbox.newest(person.email, 1)
    assert [subject for subject, _ in served.mailbox.mails(person.email)] == [
        "Verify your address",
        "You have an account",
    ]


def test_nobody_keeps_the_address_of_another(served: Served) -> None:
    """Who signs up with an address that is not theirs gets no account that its owner verifies."""
    email, squatter, owner = served.new_email(), served.browser(), served.browser()
    served.sign_up(squatter, email, "the squatter's password")
    first = served.mailbox.newest(email)
    answer = owner.call("POST", "/account/verification", {"token": first, "password": PASSWORD})
    assert answer.status == 401
    served.sign_up(owner, email)
    second = served.mailbox.newest(email, 1)
    form = {"token": first, "password": "the squatter's password"}
    assert owner.call("POST", "/account/verification", form).status == 422
    form = {"token": second, "password": PASSWORD}
    assert owner.call("POST", "/account/verification", form).status == 200
    assert owner.call("POST", "/account/verification", form).status == 422
    assert squatter.log_in(email, "the squatter's password").status == 401
    assert owner.log_in(email, PASSWORD).status == 200


def test_a_verification_token_is_guessed_with_the_mailbox_alone(served: Served) -> None:
    for token in ("", "x", "a" * 43, "\x00", "%", "' OR 1=1 --"):
        form = {"token": token, "password": PASSWORD}
        assert served.browser().call("POST", "/account/verification", form).status == 422


def test_invitations_tell_nothing_of_users(served: Served) -> None:
    """Of those who are no members."""
    tenant, stranger = served.tenant(), served.person()
    found = [
        said(tenant.admin.browser.work("POST", "/members/invitations", {"email": email}))
        for email in (stranger.email, served.new_email())
    ]
    assert found[0] == found[1]
