"""Over TLS boto3 sends another kind of body: in pieces, with a checksum at its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.backup.storage import open_store
from tests.operations.backup.s3_server import S3Server, moto
from tests.operations.backup.storage.transfer import MIB, get, names, pattern, put

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("s3")]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For this machine, signed by itself; its key beside it."""
    folder = tmp_path_factory.mktemp("tls")
    key, now = generate_private_key(SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "certificate.pem"


@pytest.fixture(scope="module")
def server(certificate: Path) -> Iterator[S3Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_CA_BUNDLE", str(certificate))
        with moto(certificate=certificate, key=certificate.with_name("key.pem")) as found:
            yield found


@pytest.mark.parametrize("checksums", ["when_required", "when_supported"])
@pytest.mark.parametrize("size", [0, 10, 20 * MIB])
def test_what_is_read_is_what_was_written(server: S3Server, checksums: str, size: int) -> None:
    store = open_store(server.location(checksums=checksums), server.environment)
    put(store, "one/a", pattern(size), replace=True)
    assert get(store, "one/a") == pattern(size)


def test_a_certificate_that_is_not_trusted(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE")
    with pytest.raises(KavenError) as raised:
        names(open_store(server.location(), {**server.environment, "AWS_MAX_ATTEMPTS": "1"}))
    assert raised.value.rule == "backup_store_unreachable"
    assert "AWS_CA_BUNDLE" in raised.value.help
