"""The second step, by somebody who has the password and some of the rest."""

from __future__ import annotations

import time
from dataclasses import dataclass

import jwt
import pyotp
import pytest

from examples.story.browser import Answer, Browser
from tests.examples.serving import PASSWORD, Person, Served, at_once

pytestmark = pytest.mark.xdist_group("example")


@dataclass(frozen=True, slots=True)
class Enrolled:
    person: Person
    authenticator: pyotp.TOTP
    confirmed_at: int
    codes: list[str]

    def next_code(self) -> str:
        """Of the step after the one that confirmed: it counts already, and has not been used."""
        return str(self.authenticator.at(self.confirmed_at + self.authenticator.interval))


@pytest.fixture
def enrolled(served: Served) -> Enrolled:
    person = served.person()
    answer = person.browser.call("POST", "/two-factor/enrolment", {"password": PASSWORD})
    assert answer.status == 200
    authenticator = pyotp.parse_uri(answer["uri"])
    assert isinstance(authenticator, pyotp.TOTP)
    now = int(time.time())
    confirmed = person.browser.call("POST", "/two-factor/confirmation", {"code": authenticator.at(now)})
    return Enrolled(person, authenticator, now, confirmed.texts("backup_codes"))


def challenge_of(browser: Browser, email: str) -> str:
    answer = browser.log_in(email, PASSWORD)
    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    return answer["challenge"]


def take(served: Served, enrolled: Enrolled, code: str) -> Answer:
    browser = served.browser()
    return browser.second_step(challenge_of(browser, enrolled.person.email), code)


def test_the_picture(served: Served) -> None:
    """An SVG, of the address that the authenticator reads; nothing counts before the confirmation."""
    person = served.person()
    answer = person.browser.call("POST", "/two-factor/enrolment", {"password": PASSWORD})
    assert answer["qr_svg"].startswith("<svg")
    assert answer["uri"].startswith("otpauth://totp/shop.localhost:")
    assert answer["secret"] in answer["uri"]
    assert "access_token" in str(served.browser().log_in(person.email, PASSWORD).body)


def test_a_stolen_access_token_enrols_nothing(served: Served) -> None:
    person = served.person()
    answer = person.browser.call("POST", "/two-factor/enrolment", {"password": "wrong"})
    assert (answer.status, answer["error"]) == (401, "login_refused")


def test_the_password_alone_is_not_enough(served: Served, enrolled: Enrolled) -> None:
    browser = served.browser()
    challenge = challenge_of(browser, enrolled.person.email)
    assert browser.token is None
    assert browser.call("GET", "/account", token=challenge).status == 401
    assert browser.refresh().status == 401


def test_a_challenge_ends_with_the_password(served: Served, enrolled: Enrolled) -> None:
    """Whoever has shown the old password, and then gets hold of a code, gets no session with it."""
    person, thief = enrolled.person, served.browser()
    challenge = challenge_of(thief, person.email)
    form = {"current": PASSWORD, "password": "another long password"}
    assert person.browser.call("POST", "/account/password", form).status == 200
    for code in (enrolled.next_code(), enrolled.codes[0]):
        answer = thief.second_step(challenge, code)
        assert (answer.status, answer["error"]) == (401, "login_refused")
        assert "set-cookie" not in answer.headers
    assert served.sql(f"SELECT count(*) FROM refresh_tokens WHERE user_id = '{person.id}'") == [(0,)]
    answer = person.browser.log_in(person.email, "another long password")
    assert person.browser.second_step(answer["challenge"], enrolled.codes[1]).status == 200


def test_a_challenge_tells_neither_password_nor_hash(served: Served, enrolled: Enrolled) -> None:
    said = jwt.decode(
        challenge_of(served.browser(), enrolled.person.email), options={"verify_signature": False}
    )
    ((hashed,),) = served.sql(f"SELECT password_hash FROM users WHERE id = '{enrolled.person.id}'")
    assert str(hashed) not in str(said)
    assert len(said["pst"]) == 64


def test_a_code_counts_once(served: Served, enrolled: Enrolled) -> None:
    """Neither the one that confirmed, nor one that logged in."""
    confirming = str(enrolled.authenticator.at(enrolled.confirmed_at))
    assert take(served, enrolled, confirming).status == 401
    code = enrolled.next_code()
    assert take(served, enrolled, code).status == 200
    assert take(served, enrolled, code).status == 401


def test_of_racing_codes_one_wins(served: Served, enrolled: Enrolled) -> None:
    code = enrolled.next_code()
    answers = at_once(lambda: take(served, enrolled, code))
    assert sorted(answer.status for answer in answers) == [200] + [401] * 7


def test_a_backup_code_counts_once(served: Served, enrolled: Enrolled) -> None:
    assert len(set(enrolled.codes)) == 10
    assert take(served, enrolled, enrolled.codes[0]).status == 200
    assert take(served, enrolled, enrolled.codes[0]).status == 401
    assert take(served, enrolled, enrolled.codes[1].lower().replace("-", " ")).status == 200
    state = enrolled.person.browser.call("GET", "/two-factor")
    assert state.body == {"enabled": True, "backup_codes_left": 8}


def test_of_racing_backup_codes_one_wins(served: Served, enrolled: Enrolled) -> None:
    answers = at_once(lambda: take(served, enrolled, enrolled.codes[0]))
    assert sorted(answer.status for answer in answers) == [200] + [401] * 7
    state = enrolled.person.browser.call("GET", "/two-factor")
    assert state.body == {"enabled": True, "backup_codes_left": 9}


def test_guessing_ends(served: Served, enrolled: Enrolled) -> None:
    """Ten guesses, also at once; then the right code does not help either, for some minutes."""
    wrong = "000000" if enrolled.next_code() != "000000" else "000001"
    browser = served.browser()
    challenge = challenge_of(browser, enrolled.person.email)
    form = {"challenge": challenge, "code": wrong}
    answers = at_once(lambda: browser.call("POST", "/session/second-step", form), 12)
    assert sorted(answer.status for answer in answers) == [401] * 10 + [429] * 2
    late = browser.second_step(challenge, enrolled.next_code())
    assert late.status == 429
    assert 0 < int(late.headers["retry-after"]) <= 900


def test_codes_of_another(served: Served, enrolled: Enrolled) -> None:
    browser, other = served.browser(), served.person()
    answer = other.browser.call("POST", "/two-factor/enrolment", {"password": PASSWORD})
    authenticator = pyotp.parse_uri(answer["uri"])
    assert isinstance(authenticator, pyotp.TOTP)
    form = {"code": authenticator.now()}
    theirs = other.browser.call("POST", "/two-factor/confirmation", form).texts("backup_codes")
    challenge = challenge_of(browser, enrolled.person.email)
    assert browser.second_step(challenge, theirs[0]).status == 401
    assert take(served, Enrolled(other, authenticator, 0, theirs), enrolled.codes[0]).status == 401


def test_enrolling_again_takes_disabling(served: Served, enrolled: Enrolled) -> None:
    browser = enrolled.person.browser
    again = browser.call("POST", "/two-factor/enrolment", {"password": PASSWORD})
    assert (again.status, again["error"]) == (409, "already_enabled")
    form = {"password": PASSWORD, "code": "000000"}
    assert browser.call("POST", "/two-factor/disabling", form).status == 401
    form = {"password": PASSWORD, "code": enrolled.codes[0]}
    assert browser.call("POST", "/two-factor/disabling", form).status == 200
    assert "access_token" in str(served.browser().log_in(enrolled.person.email, PASSWORD).body)


def test_at_rest(served: Served, enrolled: Enrolled) -> None:
    """The row gives neither the secret nor a code away, and another user's ciphertext is not read."""
    ((secret, codes),) = served.sql(
        f"SELECT two_factor_secret, backup_codes::text FROM users WHERE id = '{enrolled.person.id}'"
    )
    for shown in (enrolled.authenticator.secret, *enrolled.codes):
        assert shown not in f"{secret}{codes}"
    other = served.person()
    served.sql(
        f"UPDATE users SET two_factor_enabled = true, two_factor_secret = '{secret}' WHERE id = '{other.id}'"
    )
    browser = served.browser()
    answer = browser.second_step(challenge_of(browser, other.email), enrolled.next_code())
    assert (answer.status, answer["error"]) == (500, "unexpected")
    assert "access_token" not in str(answer.body)
