"""The site as files: every link leads somewhere, nothing is asked of the network, nothing of a schema is markup."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

from kaven_schema.docs.site.building import Files, build_site
from tests.docs.schemas import example, tricky

_VOID = {"meta", "link", "input", "br", "img", "wbr"}


@cache
def site(name: str) -> Files:
    return build_site({"example": example, "tricky": tricky}[name]())


class Page(HTMLParser):
    """Its elements, links and anchors; complains of what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.headings: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.add(tag)
        self.attributes |= found.keys()
        self.links += [value for name in ("href", "src") if (value := found.get(name))]
        self.anchors += [value for name in ("id",) if (value := found.get(name))]
        if re.fullmatch(r"h\d", tag):
            self.headings.append(tag)
        if tag not in _VOID and not tag.startswith("!"):
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@cache
def pages(name: str) -> dict[str, Page]:
    return {path: Page(text.decode()) for path, text in site(name).items() if path.endswith(".html")}


def linked(page: str, link: str) -> tuple[str, str]:
    target, _, anchor = link.partition("#")
    return (normpath(join(dirname(page), target)) if target else page), anchor


@pytest.mark.parametrize("name", ["example", "tricky"])
def test_every_link_leads_to_a_file_and_an_anchor_of_the_site(name: str) -> None:
    files, found = site(name), pages(name)
    for page, parsed in found.items():
        for link in parsed.links:
            if link == "data:,":
                continue
            target, anchor = linked(page, link)
            assert target in files, (page, link)
            assert not anchor or anchor in found[target].anchors, (page, link)
        assert len(parsed.anchors) == len(set(parsed.anchors)), page


def test_every_model_and_enum_has_its_page() -> None:
    assert {f"models/{model.name}.html" for model in example().models} <= site("example").keys()
    assert {f"enums/{enum.name}.html" for enum in example().enums} <= site("example").keys()
    assert len(site("example")) == 13 + 6 + 6 + 5


@pytest.mark.parametrize("name", ["example", "tricky"])
def test_nothing_is_asked_of_the_network_and_no_script_stands_in_a_page(name: str) -> None:
    for path, text in site(name).items():
        plain = text.decode().replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in plain
        assert "https:" not in plain
        assert not re.search(r"\bfetch\(|XMLHttpRequest|\bimport[ (]|type=.?module|@import|url\(", plain), (
            path
        )
    for parsed in pages(name).values():
        assert not {name for name in parsed.attributes if name.startswith("on")}
        assert not parsed.elements & {"img", "iframe", "object", "embed", "form"}


def test_what_a_schema_says_is_never_markup() -> None:
    item = pages("tricky")["models/Item.html"]
    assert '<script>alert("model")</script>' in item.text
    assert "</textarea><img src=x onerror=alert(2)>" in item.text
    assert "What is <i>sold</i>" in item.text
    assert "Nobody sees <img src=x onerror=alert(1)>" in item.text
    for text in site("tricky").values():
        assert b"<script>alert" not in text or b"window.kavenIndex" in text


def test_a_model_page_tells_everything() -> None:
    text = pages("example")["models/User.html"].text
    for said in (
        "Store user accounts",
        "Can exist without tenant (Super Admin, onboarding)",
        "Passwords NEVER stored in plain text",
        "Encrypted 2FA TOTP secret (AES-256-CBC)",
        "varchar(10) not null",
        "users_tenant_id_fkey",
        "SetNull",
        "users_tenant_id_created_at_idx",
        "INSERT INTO users",
        "prisma/schema.base.prisma:84",
        "prisma/schema.extended.prisma:12",
        "A tenant's own rows, and rows without a tenant, told by tenantId.",
    ):
        assert said in text, said


def test_headings_follow_each_other() -> None:
    for path, parsed in pages("example").items():
        levels = [int(heading[1]) for heading in parsed.headings]
        assert levels[0] == 1, path
        assert levels.count(1) == 1, path
        assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels)), path


def test_the_search_knows_everything_and_its_addresses() -> None:
    text = site("tricky")["search.js"].decode()
    entries = json.loads(text.removeprefix("window.kavenIndex="))
    found = {(kind, name): address for kind, name, address, _ in entries}
    assert found["field", "Item.note"] == "models/Item.html#field-note"
    assert found["value", "Kind.HUGE"] == "enums/Kind.html#value-HUGE"
    assert found["area", "Store rooms"] == "areas/store-rooms.html"
    for address in found.values():
        target, _, anchor = address.partition("#")
        assert not anchor or anchor in pages("tricky")[target].anchors


def test_the_same_schema_gives_the_same_bytes_in_another_process(checkout: Path, tmp_path: Path) -> None:
    code = (
        "import sys, hashlib; from tests.docs.schemas import tricky;"
        "from kaven_schema.docs.site.building import build_site;"
        "print(hashlib.sha256(repr(sorted(build_site(tricky()).items())).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=checkout,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(digests) == 1
