"""A server of a studio's: it takes deliveries by HTTPS, and answers as a test says."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass
class Received:
    """A delivery as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


Answer = Callable[[Received], Awaitable[bytes]]


async def takes(_: Received) -> bytes:
    return OK


@dataclass
class Receiver:
    """`answer` may be changed while it runs."""

    ca_file: str
    port: int = 0
    answer: Answer = takes
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/hooks"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (line := (await reader.readline()).decode()) != "":
                one = Received(line.split()[1], {}, b"")
                while (header := (await reader.readline()).decode().strip()) != "":
                    name, _, value = header.partition(":")
                    one.headers[name.lower()] = value.strip()
                one.body = await reader.readexactly(int(one.headers.get("content-length", "0")))
                self.received.append(one)
                writer.write(await self.answer(one))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever sent has gone
        finally:
            writer.close()


@asynccontextmanager
async def receiver(folder: Path, host: str = "localhost") -> AsyncIterator[Receiver]:
    """Run one with a certificate that only believers in `ca_file` accept."""
    certificate, key = _certificate(host)
    (folder / "ca.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    running = Receiver(str(folder / "ca.pem"))
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0, ssl=context)
    running.port = server.sockets[0].getsockname()[1]
    async with server:
        yield running
        server.close()


def _certificate(host: str) -> tuple[bytes, bytes]:
    """Return a certificate that has signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    names = x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ip_address("127.0.0.1"))])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=36_500))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
