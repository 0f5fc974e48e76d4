"""How does the shop call addresses that strangers gave it? Through a client that only reaches the public internet.

Whoever may write an address must not reach through us what only we can reach: our own machine, the network around it,
the cloud's metadata. So the name is resolved here, once; every address it has is checked; and the connection goes to
one of those, since a second look-up could find another (DNS rebinding). Redirects are not followed, cookies not kept,
proxies of the environment not asked, and of an answer only the beginning is read.
"""

from __future__ import annotations

import asyncio
import errno
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

import msgspec
from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from server.settings import Settings, SettingsError
from server.web.call import Resource

CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 10.0
"""For all of a call: the look-up, the connection, the answer."""
ANSWER_BYTES: Final = 2048
"""How much of an answer is read and kept."""
LONGEST_URL: Final = 2000
LOOKERS: Final = 160
"""Look-ups under way at once, in threads of their own: more than webhooks are sent at once, so that names that never
answer hold up nobody else. Of one name and port there is one at a time, however many ask.
"""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
LookUp = Callable[[str, int], Sequence[str]]
"""The addresses of a name and port, as text. Raises OSError. Called in a thread."""

# IANA's registries of special-purpose addresses (RFC 6890), and multicast. Python's `is_global` differs by version.
_NOT_PUBLIC: Final = [
    ip_network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
]  # fmt: skip
# All that IPv6 routes publicly so far. What maps, translates or tunnels IPv4 is outside, or in the list above.
_PUBLIC_6: Final = ip_network("2000::/3")
_LIKE_A_NUMBER: Final = re.compile(r"(?:[0-9]+|0[xX][0-9a-fA-F]*)")
_PLAIN_SECONDS: Final = re.compile(r"[0-9]{1,6}")


class AddressRefused(OSError):
    """The address is not public; the message says which."""

    def __init__(self, message: str) -> None:
        super().__init__(errno.EACCES, message)

    def __str__(self) -> str:
        return str(self.strerror)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a call. Without an answer `status` is None and `error` says why.

    `body` is how the answer begins; what took longer than the call may take is cut off as well.
    """

    status: int | None
    milliseconds: int
    body: str = ""
    error: str | None = None
    retry_after_seconds: int | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the other side said that it has it."""
        return self.status is not None and 200 <= self.status < 300


class PublicClient:
    """The client; `close` it at the end. `allowed` are networks that may be called though they are not public."""

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        *,
        is_http_allowed: bool = False,
        total_seconds: float = TOTAL_SECONDS,
        look_up: LookUp | None = None,
    ) -> None:
        self._allowed = tuple(allowed)
        self._is_http_allowed = is_http_allowed
        self._total_seconds = total_seconds
        self._resolver = _Resolver(look_up or _look_up, self._refuse)
        self._session: ClientSession | None = None

    def fault(self, url: str) -> str | None:
        """Why this address may not be called, as far as can be seen without a look-up; None when it may."""
        if len(url) > LONGEST_URL:
            return f"has {len(url)} characters; {LONGEST_URL} are the most"
        try:
            read = URL(url)
            host, port = read.host, read.port
        except ValueError:
            return "cannot be read as an address; write it like https://example.com/hooks"
        if read.scheme not in self._schemes:
            return f"has to begin with {' or '.join(f'{each}://' for each in self._schemes)}"
        if not host or port == 0:
            return "names nobody to call; write it like https://example.com/hooks"
        if read.user is not None or read.password is not None:
            return "has a name or a password in it, which everybody could read; the signature tells who sends"
        if read.raw_fragment:
            return "has a part after #, which is never sent; leave it out"
        return self._host_fault(host)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Send the body; what came of it. Raises nothing for what the address or the other side does wrong."""
        now = asyncio.get_running_loop().time
        begun = now()

        def outcome(status: int | None, **more: Any) -> Outcome:
            return Outcome(status=status, milliseconds=round((now() - begun) * 1000), **more)

        fault = self.fault(url)
        if fault is not None:
            return outcome(None, error=f"the address {fault}")
        try:
            async with asyncio.timeout_at(begun + self._total_seconds):
                response = await self._opened.post(URL(url), data=body, headers=headers, allow_redirects=False)
        except ConnectionTimeoutError:
            return outcome(None, error=f"no connection within {CONNECT_SECONDS:g} s")
        except TimeoutError:
            return outcome(None, error=f"no answer within {self._total_seconds:g} s")
        except (ClientError, OSError, ValueError) as error:
            return outcome(None, error=_reason(error))
        try:
            beginning = await _beginning(response, begun + self._total_seconds)
        finally:
            response.close()
        return outcome(response.status, body=beginning, retry_after_seconds=_retry_after(response))

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
        await self._resolver.close()

    @property
    def _schemes(self) -> tuple[str, ...]:
        return ("https", "http") if self._is_http_allowed else ("https",)

    @property
    def _opened(self) -> ClientSession:
        if self._session is None or self._session.closed:
            # Every call has its own connection: one that is kept may be closed by the other side just when it is used.
            connector = TCPConnector(
                limit=0, use_dns_cache=False, force_close=True, resolver=self._resolver, socket_factory=self._socket
            )
            self._session = ClientSession(
                connector=connector, timeout=ClientTimeout(total=None, connect=CONNECT_SECONDS), trust_env=False,
                cookie_jar=DummyCookieJar(), auto_decompress=False,
                headers={"User-Agent": "SOSTECH/1", "Accept-Encoding": "identity"},
            )  # fmt: skip
        return self._session

    def _host_fault(self, host: str) -> str | None:
        try:
            address = ip_address(host)
        except ValueError:
            if _LIKE_A_NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
                return f"has the number {host} in place of a name; write an IPv4 address as 192.0.2.1"
            return None
        try:
            self._refuse(address, host)
        except AddressRefused as refused:
            return f"is not public: {refused}"
        return None

    def _refuse(self, address: Address, name: str) -> None:
        """Raise AddressRefused unless the address may be called."""
        if is_public(address) or any(address in network for network in self._allowed):
            return
        told = str(address) if name == str(address) else f"{name} is {address}, which"
        raise AddressRefused(f"{told} is no address of the public internet")

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """Of the very address that is connected to next: whatever led here, nothing else is reached."""
        family, kind, protocol, _, (host, *_) = info
        self._refuse(ip_address(host), host)
        return socket.socket(family, kind, protocol)


PUBLIC_CLIENT: Final = Resource[PublicClient]("web.public_client")


def open_public_client(settings: Settings) -> PublicClient:
    """The client of these settings. Raises SettingsError for networks that cannot be read."""
    return PublicClient(_networks(settings), is_http_allowed=not settings.is_production)


def is_public(address: Address) -> bool:
    """Whether anybody on the internet could call this address too."""
    if isinstance(address, IPv6Address) and (address.scope_id or address not in _PUBLIC_6):
        return False
    return not any(address in network for network in _NOT_PUBLIC)


class _Resolver(AbstractResolver):
    """Finds the addresses of a name, and refuses the name when one of them may not be called."""

    def __init__(self, look_up: LookUp, refuse: Callable[[Address, str], None]) -> None:
        self._look_up = look_up
        self._refuse = refuse
        self._underway: dict[tuple[str, int], asyncio.Future[Sequence[str]]] = {}

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(LOOKERS, thread_name_prefix="look-up")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Every address; those of one family when asked for one. Raises OSError, of which AddressRefused is one."""
        found = [ip_address(each) for each in await self._found(host, port)]
        for address in found:
            self._refuse(address, host)
        return [
            ResolveResult(
                hostname=host, host=str(address), port=port, proto=0, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
            )
            for address in found
        ]  # fmt: skip

    async def _found(self, host: str, port: int) -> Sequence[str]:
        """What a look-up finds that is under way already, or begins now; it goes on when whoever asked has left."""
        asked = (host, port)
        if asked not in self._underway:
            begun = asyncio.get_running_loop().run_in_executor(self._threads, self._look_up, host, port)
            self._underway[asked] = begun
            begun.add_done_callback(partial(self._ended, asked))
        return await asyncio.shield(self._underway[asked])

    def _ended(self, asked: tuple[str, int], look_up: asyncio.Future[Sequence[str]]) -> None:
        del self._underway[asked]
        if not look_up.cancelled():
            # Seen, also when nobody waits for it any more.
            look_up.exception()

    async def close(self) -> None:
        """Begin no more look-ups; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _networks(settings: Settings) -> list[Network]:
    written = settings.outbound_networks
    if written is None:
        written = "" if settings.is_production else "127.0.0.0/8,::1/128"
    try:
        return [ip_network(each.strip()) for each in written.split(",") if each.strip()]
    except ValueError as error:
        raise SettingsError(
            f"SOSTECH_OUTBOUND_NETWORKS: {error}; write networks like 10.1.0.0/16, with commas between"
        ) from error


async def _beginning(response: ClientResponse, deadline: float) -> str:
    """How the answer begins, as far as it came in time. Only its status counts, so one that is cut off is as good."""
    parts = bytearray()
    try:
        async with asyncio.timeout_at(deadline):
            while len(parts) < ANSWER_BYTES and (part := await response.content.read(ANSWER_BYTES - len(parts))):
                parts += part
    except (ClientError, OSError, TimeoutError):
        pass  # what came is all there is
    return parts.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _retry_after(response: ClientResponse) -> int | None:
    """What Retry-After says in seconds; dates are not worth the trouble."""
    given = response.headers.get("Retry-After", "").strip()
    return int(given) if _PLAIN_SECONDS.fullmatch(given) else None


def _reason(error: Exception) -> str:
    """Why there is no answer, for whoever looks after the receiver."""
    cause = getattr(error, "os_error", None) or error
    if isinstance(cause, AddressRefused):
        return f"the address is not public: {cause}"
    return f"{type(error).__name__}: {error}".replace("\0", "")[:500]
