from __future__ import annotations

from kaven_schema.docs.site.addresses import _files


def test_names_that_differ_in_case_alone_get_files_that_differ_in_more() -> None:
    assert _files("m", ["User", "user", "USER"]) == {
        "User": "m/User.html",
        "user": "m/user-2.html",
        "USER": "m/USER-3.html",
    }


def test_names_that_a_file_cannot_have() -> None:
    found = _files("a", ["Con", "../../etc", "A & B", "Größe", "订单", "index", "x" * 300], lower=True)
    assert list(found.values())[:6] == [
        "a/con_.html",
        "a/etc.html",
        "a/a-b.html",
        "a/groe.html",
        "a/x.html",
        "a/index_.html",
    ]
    assert len(found["x" * 300]) < 100
