"""The one way out to other servers: to addresses that the installation allows, and to no others.

An address that somebody typed, or that a setting names, could lead to this machine, to the network behind it, or to a
cloud's metadata service (169.254.169.254). So a name is resolved once, every address it has is held against the
networks of settings.OUTBOUND_NETWORKS, and the connection goes to the address that was looked at: a name that answers
otherwise the second time gains nothing. Redirects are not followed, and proxies of the environment not used.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings

LARGEST_ANSWER = 4_000_000
_PORTS = {"http": 80, "https": 443}
_NAT64 = IPv6Network("64:ff9b::/96")
IPAddress = IPv4Address | IPv6Address


class NotAllowed(Exception):
    """The address may not be asked; the message says why, and never repeats the address."""


class NoAnswer(Exception):
    """The server could not be reached, or what it said cannot be used; the message says which."""


@dataclass(frozen=True, slots=True)
class Address:
    """A URL that may be asked, with the IP addresses that were looked at."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query."""
    addresses: tuple[IPAddress, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: the status, its headers in lower case, at most LARGEST_ANSWER bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def checked(url: str) -> Address:
    """Return where `url` leads, after looking at every address that its name has. Raises NotAllowed, NoAnswer."""
    scheme, host, port, target = _parts(url)
    addresses = tuple(_addresses(host, port))
    if not addresses:
        raise NoAnswer("The name has no address.")
    if not all(is_allowed(address) for address in addresses):
        raise NotAllowed("The address lies in a network that ISOCENTER_OUTBOUND_NETWORKS does not allow.")
    return Address(scheme, host, port, target, addresses)


def post(url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
    """Send `body` by POST; `timeout` is in seconds, for all of it. Raises NotAllowed, NoAnswer."""
    return send("POST", url, body, headers, timeout)


def send(method: str, url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
    """Ask `url`, and return what the server says. Raises NotAllowed (also for a redirect), NoAnswer."""
    address = checked(url)
    until = time.monotonic() + timeout
    connection = _Pinned(address, timeout)
    try:
        connection.request(method, address.target, body, dict(headers))
        found = connection.getresponse()
        if 300 <= found.status < 400 and found.status != 304:
            raise NotAllowed("The server redirects to elsewhere; name the address that it means.")
        said = {name.lower(): value for name, value in found.getheaders()}
        return Answer(found.status, said, b"".join(_read(found, until)))
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"The server did not answer ({type(error).__name__}).") from error
    finally:
        connection.close()


def is_allowed(address: IPAddress) -> bool:
    """Say whether an address may be asked. One that carries an IPv4 address is that one: mapped, 6to4 and NAT64."""
    if isinstance(address, IPv6Address):
        if address.scope_id:
            return False
        if (carried := _carried(address)) is not None:
            return is_allowed(carried)
    if any(address in network for network in settings.OUTBOUND_NETWORKS):
        return True
    return bool(settings.OUTBOUND_PUBLIC) and _is_public(address)


def _is_public(address: IPAddress) -> bool:
    """Global by the registries of IANA (RFC 6890), and of one machine."""
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_loopback or address.is_link_local
    )


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside: ::ffff:a.b.c.d (RFC 4291), 2002::/16 (RFC 3056), 64:ff9b::/96 (RFC 6052)."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port, and path with query."""
    if not url.isascii() or any(character <= " " or character in '\\"<>^`{|}\x7f' for character in url):
        raise NotAllowed("A URL holds letters, digits and signs of ASCII; others are written as %XX.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise NotAllowed("This is no URL.") from None
    if parts.scheme not in _PORTS:
        raise NotAllowed("Only http and https are asked.")
    if "@" in parts.netloc:
        raise NotAllowed("A URL holds no name and password here; they have settings of their own.")
    if not host or "%" in host:
        raise NotAllowed("The URL names no host.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, host, port or _PORTS[parts.scheme], target


def _addresses(host: str, port: int) -> Iterator[IPAddress]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer("The name cannot be resolved.") from error
    for _family, _type, _protocol, _name, place in found:
        yield ip_address(place[0])


class _Pinned(http.client.HTTPConnection):
    """A connection to the addresses that were looked at; the name is for TLS and the Host header."""

    def __init__(self, address: Address, timeout: float) -> None:
        super().__init__(address.host, address.port, timeout=timeout)
        self._address = address
        self._patience = timeout
        self.default_port = _PORTS[address.scheme]

    def connect(self) -> None:
        """Try each address in turn. Raises OSError."""
        self.sock = self._first_that_answers()
        if self._address.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._address.host)

    def _first_that_answers(self) -> socket.socket:
        last: OSError | None = None
        for address in self._address.addresses:
            try:
                return socket.create_connection((str(address), self._address.port), self._patience)
            except OSError as error:
                last = error
        raise last or OSError("no address")


def _read(answer: http.client.HTTPResponse, until: float) -> Iterator[bytes]:
    """The body in pieces, up to the limits of size and time."""
    size = 0
    while piece := answer.read1(65_536):
        size += len(piece)
        if size > LARGEST_ANSWER:
            raise NoAnswer("The server's answer is too long.")
        if time.monotonic() > until:
            raise NoAnswer("The server's answer takes too long.")
        yield piece
