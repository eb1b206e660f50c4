from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.examples.serving import Served, Tenant, serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all tests, which make people and tenants of their own."""
    with serving(tmp_path_factory.mktemp("example")) as found:
        yield found


@pytest.fixture(scope="session")
def acme(served: Served) -> Tenant:
    """A tenant for tests that take nothing away from it."""
    return served.tenant()


@pytest.fixture(scope="session")
def umbrella(served: Served) -> Tenant:
    """Another one, with the same shapes of data."""
    return served.tenant()
