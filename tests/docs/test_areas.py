from __future__ import annotations

from kaven_schema.docs.communities import communities
from tests.docs.schemas import example, large, of_text, tricky


def test_sections_of_the_files_are_areas_in_their_order() -> None:
    assert [(area.name, area.models) for area in example().areas] == [
        ("Core models (tenant & user)", ("Tenant", "User", "UserTenant")),
        ("Authentication models", ("RefreshToken",)),
        ("Audit & logging", ("AuditLog",)),
        ("Payments & subscriptions", ("Subscription", "Invoice", "InvoiceItem")),
        ("Order management", ("Order", "OrderItem", "OrderStatusHistory")),
        ("Ticket", ("Ticket", "TicketComment")),
    ]


def test_a_tag_goes_before_a_section() -> None:
    assert {area.name for area in tricky().areas} == {"SHOP & <b>TILL</b>", "Types", "Store rooms"}
    assert tricky().by_name["Shelf"].area == "Store rooms"


def test_models_without_a_section_are_grouped_by_relations_and_names() -> None:
    schema = large()
    families = {area.name: area.models for area in schema.areas}
    assert families["Catalog"] == tuple(
        f"Catalog{part}" for part in ("Record", "Line", "Event", "Settings", "Label", "Assignment", "Rule")
    )
    assert sum(map(len, families.values())) == len(schema.models) == 75
    assert max(map(len, families.values())) <= 15


def test_every_model_is_in_one_area_and_names_of_areas_differ() -> None:
    schema = of_text(
        """
        // ====
        // OTHER
        // ====
        model A {
          id Int @id
        }
        // ====
        // ENUMS
        // ====
        enum E {
          X
        }
        model B {
          id Int @id
        }
        model C {
          id Int @id
        }
        """
    )
    assert [(area.name, area.models) for area in schema.areas] == [("Other", ("A",)), ("Other 2", ("B", "C"))]


def test_communities_follow_the_links() -> None:
    links = {("a", "b"): 1.0, ("b", "c"): 1.0, ("a", "c"): 1.0, ("c", "x"): 1.0, ("x", "y"): 1.0}
    links |= {("y", "z"): 1.0, ("x", "z"): 1.0}
    assert communities(["z", "y", "x", "c", "b", "a"], links) == [["z", "y", "x"], ["c", "b", "a"]]
    assert communities(["a", "b"], {}) == [["a"], ["b"]]
    assert communities([], {}) == []
