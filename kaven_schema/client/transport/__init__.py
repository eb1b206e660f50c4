"""HTTP to the query engine on this machine, without the layers that httpx needs for everything else.

`Prisma(http={"transport": AsyncTransport()})`, or `SyncTransport()` for the blocking interface. A client that
`kaven generate` has made does so by itself. Both read an answer as a whole, use no proxy and speak no TLS.
"""

from kaven_schema.client.transport.asynchronous import AsyncTransport
from kaven_schema.client.transport.blocking import SyncTransport

__all__ = ["AsyncTransport", "SyncTransport"]
