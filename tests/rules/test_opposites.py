"""The names of fields that fixes add."""

from __future__ import annotations

import pytest

from kaven_schema.rules.opposites import lower_camel, plural


@pytest.mark.parametrize(
    ("model", "field", "fields"),
    [
        ("Order", "order", "orders"),
        ("UserTenant", "userTenant", "userTenants"),
        ("APIKey", "apiKey", "apiKeys"),
        ("FAQ", "faq", "faqs"),
        ("Category", "category", "categories"),
        ("Day", "day", "days"),
        ("Address", "address", "addresses"),
        ("Status", "status", "statuses"),
        ("Box", "box", "boxes"),
        ("Branch", "branch", "branches"),
        ("Orders", "orders", "orders"),
        ("audit_log", "audit_log", "audit_logs"),
        ("OAuth2Token", "oAuth2Token", "oAuth2Tokens"),
    ],
)
def test_names(model: str, field: str, fields: str):
    assert lower_camel(model) == field
    assert plural(lower_camel(model)) == fields
