"""A schema of another shape, with the blocking interface."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from kaven_schema.client.tenant.metadata import read_catalog
from kaven_schema.database.embedded import EmbeddedServer, Role
from tests.database.row_level_security.protecting import migration
from tests.database.servers import query
from tests.services.tenancy.school import SCHEMA

pytestmark = pytest.mark.xdist_group("postgres")

Tenant = Callable[..., Any]


@pytest.fixture
def one(school: Any, tenant: Tenant) -> Any:
    return tenant(school, 1)


@pytest.fixture
def errors(school_package: ModuleType) -> ModuleType:
    """The errors of the tenant's client, beside those of the client itself."""
    import importlib

    return importlib.import_module(f"{school_package.__name__}.tenant")


def test_reads(one: Any) -> None:
    assert [pupil.id for pupil in one.people.find_many(order={"id": "asc"})] == [10, 11]
    assert one.people.find_unique({"tenantId_id": {"tenantId": 2, "id": 20}}) is None
    assert one.grade.find_unique({"courseId_pupilId": {"courseId": 21, "pupilId": 20}}) is None
    assert one.grade.find_unique({"courseId_pupilId": {"courseId": 11, "pupilId": 10}}).mark == 1
    assert one.grade.group_by(["courseId"], sum={"mark": True}) == [{"courseId": 11, "_sum": {"mark": 1}}]
    assert one.tenant.count() == 1


def test_includes(one: Any, school: Any) -> None:
    assert one.badge.find_unique_or_raise({"id": 10}, include={"pupil": True}).pupil.name == "Ada"
    school.badge.update(where={"id": 10}, data={"pupilId": 21})
    school.badge.update(where={"id": 20}, data={"pupilId": 10})
    school.course.update(where={"id": 21}, data={"pupils": {"connect": [{"id": 10}]}})
    include = {"badge": True, "courses": True, "grades": {"include": {"pupil": True}}, "mentored": True}
    pupil = one.people.find_unique_or_raise({"id": 10}, include=include)
    assert pupil.badge is None
    assert [course.id for course in pupil.courses] == [11]
    assert [grade.pupil.name for grade in pupil.grades] == ["Ada"]
    assert [mentored.id for mentored in pupil.mentored] == [11]
    assert one.badge.find_unique_or_raise({"id": 10}, include={"pupil": True}).pupil is None
    subject = one.subject.find_first(include={"courses": {"include": {"pupils": True}}})
    assert [(course.id, [pupil.id for pupil in course.pupils]) for course in subject.courses] == [(11, [10])]
    assert one.subject.count(where={"courses": {"some": {"tenantId": 2}}}) == 0
    assert one.course.find_first(include={"subject": True}).subject.name == "Latin"


def test_soft_deletes_are_hidden_at_every_relation(one: Any, school: Any, tenant: Tenant) -> None:
    assert one.people.delete(where={"id": 10}).deletedAt is not None
    assert one.people.delete(where={"id": 10}) is None
    assert school.people.find_unique({"id": 10}) is not None
    pupil = one.people.find_unique_or_raise({"id": 11}, include={"mentor": True})
    assert pupil.mentor is None
    assert one.course.find_first(include={"pupils": True}).pupils == []
    assert one.people.count(where={"mentor": {"is": {"name": "Ada"}}}) == 0
    assert one.people.count(where={"mentor": {"is_not": {"name": "Ada"}}}) == 1
    everything = tenant(school, 1, with_deleted=True)
    assert everything.people.count() == 2
    assert everything.people.update(where={"id": 10}, data={"deletedAt": None}).id == 10
    assert one.people.count() == 2


def test_soft_deletes_through_relations(one: Any, school: Any) -> None:
    deleting = {"grades": {"delete": [{"courseId_pupilId": {"courseId": 11, "pupilId": 10}}]}}
    assert one.people.update(where={"id": 10}, data=deleting, include={"grades": True}).grades == []
    assert one.people.update(where={"id": 11}, data={"mentor": {"delete": True}}).id == 11
    assert one.badge.delete(where={"id": 10}).id == 10
    assert (one.grade.delete_many(), one.badge.count(), one.people.count()) == (0, 0, 1)
    assert (school.grade.count(), school.badge.count(), school.people.count()) == (2, 1, 4)


def test_writes(one: Any, school: Any) -> None:
    course = one.course.create({"id": 12, "title": "II", "subject": {"connect": {"id": 1}}})
    assert course.tenantId == 1
    pupil = one.people.create(
        {"id": 12, "name": "Cy", "mentorId": 10, "tenantId": 1}, include={"mentor": True}
    )
    assert pupil.mentor.name == "Ada"
    assert one.people.create({"id": 13, "name": "Di", "courses": {"connect": [{"id": 12}]}}).tenantId == 1
    row = {"create": {"id": 14, "name": "Ed"}, "update": {"name": "Ed"}}
    assert one.people.upsert(where={"id": 14}, data=row).tenantId == 1
    assert one.course.create_many([{"id": 15, "title": "III", "subjectId": 1}]) == 1
    assert school.course.count(where={"tenantId": 2}) == 1
    kept = {"pupils": {"set": [{"id": 13}]}}
    assert [
        found.id for found in one.course.update(where={"id": 11}, data=kept, include={"pupils": True}).pupils
    ] == [13]


REFUSED: dict[str, Callable[[Any], Any]] = {
    "join": lambda t: t.course.update(where={"id": 11}, data={"pupils": {"connect": [{"id": 20}]}}),
    "set": lambda t: t.course.update(where={"id": 11}, data={"pupils": {"set": [{"id": 20}]}}),
    "key of two fields": lambda t: t.people.update(where={"id": 11}, data={"mentorId": 20, "tenantId": 2}),
    "half a key": lambda t: t.people.update(where={"id": 11}, data={"mentorId": 20}),
    "half a key of many": lambda t: t.people.update_many(where={}, data={"mentorId": 20}),
    "grade of another's pupil": lambda t: t.grade.create({"courseId": 11, "pupilId": 20, "mark": 1}),
    "grade of another's course": lambda t: t.grade.create({"courseId": 21, "pupilId": 10, "mark": 1}),
    "badge": lambda t: t.people.update(where={"id": 10}, data={"badge": {"connect": {"id": 20}}}),
    "badge in another's place": lambda t: t.badge.update(
        where={"id": 10}, data={"pupil": {"connect": {"id": 11}}}
    ),
    "a new badge in another's place": lambda t: t.people.update(
        where={"id": 10}, data={"badge": {"create": {"id": 9}}}
    ),
    "no tenant": lambda t: t.course.create({"id": 99, "title": "", "subjectId": 1, "tenantId": 2}),
    "everybody's row": lambda t: t.subject.create({"id": 9, "name": "x"}),
    "everybody's rows": lambda t: t.subject.delete_many(),
    "everybody's on the way": lambda t: t.course.create(
        {"id": 99, "title": "", "subject": {"create": {"id": 9, "name": "x"}}}
    ),
    "nobody's rows": lambda t: t.stray.find_many(),
    "the tenant": lambda t: t.tenant.delete_many(),
    "ordered by another's": lambda t: t.badge.find_many(order={"pupil": {"name": "asc"}}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(one: Any, school: Any, errors: ModuleType, name: str) -> None:
    with pytest.raises(errors.TenancyError):
        REFUSED[name](one)
    counts = (school.people.count(), school.course.count(), school.grade.count(), school.subject.count())
    assert counts == (4, 2, 2, 1)
    assert school.course.find_unique({"id": 21}, include={"pupils": True}).pupils[0].id == 20


def test_link_between_single_rows(one: Any) -> None:
    """By the foreign key itself, which takes no link away."""
    assert (
        one.badge.update(where={"id": 10}, data={"pupilId": 11}, include={"pupil": True}).pupil.name == "Bo"
    )
    pupil = one.people.create(
        {"id": 12, "name": "Cy", "badge": {"create": {"id": 12}}}, include={"badge": True}
    )
    assert pupil.badge.tenantId == 1


def test_transaction_and_batch(one: Any, school: Any, errors: ModuleType) -> None:
    with one.tx() as transaction:
        transaction.people.update(where={"id": 10}, data={"name": "Eve"})
        setting = transaction.unconfined_query_raw("SELECT current_setting('app.tenant_id') AS tenant")
        assert setting == [{"tenant": "1"}]
    with pytest.raises(errors.TransactionEndedError):
        transaction.people.count()
    with suppress(ZeroDivisionError), one.tx() as transaction:
        transaction.people.update(where={"id": 10}, data={"name": "Mallory"})
        raise ZeroDivisionError
    with one.batch_() as batch:
        batch.people.update_many(where={"name": "Bo"}, data={"name": "Bob"})
        batch.grade.delete_many()
    assert [pupil.name for pupil in school.people.find_many(order={"id": "asc"})] == [
        "Eve",
        "Bob",
        "Ada",
        "Bo",
    ]
    batch = one.batch_()
    batch.people.update_many(where={}, data={"name": "x"})
    batch.grade.create({"courseId": 21, "pupilId": 10, "mark": 1})
    with pytest.raises(errors.OutsideTenantError):
        batch.commit()
    assert school.people.count(where={"name": "x"}) == 0
    assert one.unconfined_execute_raw("UPDATE \"Pupil\" SET name = 'y' WHERE id = $1", 10) == 1
    assert one.unconfined_query_raw("SELECT current_setting('app.tenant_id') AS tenant") == [{"tenant": "1"}]
    assert school.query_raw("SELECT current_setting('app.tenant_id', true) AS tenant") == [{"tenant": ""}]


def test_with_row_level_security(
    school: Any, school_package: ModuleType, tenant: Tenant, shared_server: EmbeddedServer, roles: None
) -> None:
    """Join tables, keys of two columns and numbers, as the application."""
    text = SCHEMA.read_text(encoding="utf-8").replace("/// Nobody has", "/// @kaven.global\n/// Nobody has")
    query(shared_server.url(Role.OWNER).with_database("school_one"), migration(read_catalog(text, "5.17")))
    url = str(shared_server.url(Role.APP).with_database("school_one"))
    app = school_package.Prisma(
        use_dotenv=False, datasource={"url": url}, connect_timeout=timedelta(minutes=1)
    )
    app.connect()
    try:
        assert (app.people.count(), app.grade.count(), app.subject.count()) == (0, 0, 1)
        one = tenant(app, 1)
        pupil = one.people.create(
            {"id": 12, "name": "Cy", "mentorId": 10, "courses": {"connect": [{"id": 11}]}},
            include={"mentor": True, "courses": True, "badge": True},
        )
        assert (pupil.mentor.name, [course.id for course in pupil.courses], pupil.badge) == (
            "Ada",
            [11],
            None,
        )
        with one.tx() as transaction:
            transaction.grade.create({"courseId": 11, "pupilId": 12, "mark": 2})
            assert transaction.course.find_first(include={"pupils": True, "grades": True}).grades[1].mark == 2
        with one.batch_() as batch:
            batch.course.update(where={"id": 11}, data={"pupils": {"disconnect": [{"id": 12}]}})
        assert one.people.delete(where={"id": 12}).deletedAt
        with pytest.raises(school_package.errors.PrismaError):
            one.unconfined_execute_raw('INSERT INTO "_CourseToPupil" VALUES (11, 20)')
        assert one.unconfined_query_raw('SELECT count(*)::int AS n FROM "_CourseToPupil"') == [{"n": 1}]
    finally:
        app.disconnect()
