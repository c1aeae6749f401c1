"""The way out leads only where the installation allows, however an address is written."""

import http.server
import socket
import threading
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance import env, outbound
from governance.outbound import NoAnswer, NotAllowed, checked, is_allowed, post, send

REFUSED = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "0.0.0.0/8",
    "192.0.2.0/24",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
]
REFUSED_V6 = ["::1/128", "::/128", "fc00::/7", "fe80::/10", "ff00::/8", "2001:db8::/32", "::/96", "100::/64"]
inner = st.sampled_from(REFUSED).flatmap(lambda network: st.ip_addresses(network=network))
inner_v6 = st.sampled_from(REFUSED_V6).flatmap(lambda network: st.ip_addresses(network=network))


def notations(address: IPv4Address) -> list[str]:
    """The ways in which inet_aton(3) takes an IPv4 address, and IPv6's ways to carry one."""
    number = int(address)
    a, b, c, d = address.packed
    hexed = f"{number >> 16:x}:{number & 0xFFFF:x}"
    return [
        str(address),
        str(number),
        hex(number),
        f"0{number:o}",
        f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"[::ffff:{address}]",
        f"[::ffff:{hexed}]",
        f"[0:0:0:0:0:ffff:{hexed}]",
        f"[2002:{hexed}::1]",
        f"[64:ff9b::{hexed}]",
        f"[::{hexed}]",
    ]


@given(inner, st.integers(0, 13), st.sampled_from(["http", "https"]), st.sampled_from(["", ":8080"]))
def test_no_notation_of_an_inner_address_gets_out(address, notation, scheme, port):
    with pytest.raises((NotAllowed, NoAnswer)):
        checked(f"{scheme}://{notations(address)[notation]}{port}/x")


@given(inner_v6)
def test_no_inner_address_of_ipv6_gets_out(address):
    assert not is_allowed(address)


@given(st.ip_addresses(network="8.8.0.0/16"))
def test_a_public_address_is_allowed_in_each_of_its_forms(address):
    number = int(address)
    assert is_allowed(address)
    assert is_allowed(IPv6Address(f"::ffff:{address}"))
    assert is_allowed(IPv6Address((0x2002 << 112) | (number << 80)))
    assert is_allowed(IPv6Address((0x0064FF9B << 96) | number))


def test_the_metadata_service_of_clouds_is_refused_by_every_name():
    for address in ("169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254", "2002:a9fe:a9fe::1"):
        assert not is_allowed(ip_address(address))


def test_named_networks_are_allowed_and_public_ones_only_when_named(settings):
    settings.OUTBOUND_NETWORKS, settings.OUTBOUND_PUBLIC = [ip_network("10.1.2.0/24")], False
    assert is_allowed(ip_address("10.1.2.3"))
    assert is_allowed(ip_address("::ffff:10.1.2.3"))
    assert not is_allowed(ip_address("10.1.3.3"))
    assert not is_allowed(ip_address("8.8.8.8"))
    settings.OUTBOUND_PUBLIC = True
    assert is_allowed(ip_address("8.8.8.8"))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "ftp://8.8.8.8/",
        "//8.8.8.8/",
        "8.8.8.8",
        "",
        "http://",
        "http:///path",
        "http://user@8.8.8.8/",
        "http://user:password@8.8.8.8/",
        "http://8.8.8.8@127.0.0.1/",
        "http://8.8.8.8\\@127.0.0.1/",
        "http://8.8.8.8:99999/",
        "http://8.8.8.8:x/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://8.8.8.8/ HTTP/1.1\r\nHost: x",
        "http://8.8.8.8/\n",
        "http://exämple.org/",
        "http://localhost/",
        "http://localhost./",
    ],
)
def test_what_is_no_plain_address_of_the_web_is_refused_without_being_repeated(url):
    with pytest.raises((NotAllowed, NoAnswer)) as refused:
        checked(url)
    assert "8.8.8.8" not in str(refused.value)
    assert "password@" not in str(refused.value)


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    places = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("8.8.8.8", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: places)
    with pytest.raises(NotAllowed):
        checked("http://both.example.org/")


class Quiet(http.server.BaseHTTPRequestHandler):
    """A server that answers by the path."""

    seen: list[tuple[str, str, bytes]]

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.seen.append((self.headers["Host"], self.path, body))  # type: ignore[attr-defined]
        self.send_response(302 if self.path == "/away" else 200)
        if self.path == "/away":
            self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        size = outbound.LARGEST_ANSWER + 1 if self.path == "/long" else 5
        self.wfile.write(b"x" * size)


@pytest.fixture
def server(settings) -> Iterator[http.server.HTTPServer]:
    settings.OUTBOUND_NETWORKS = [ip_network("127.0.0.0/8")]
    found = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    found.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


def test_an_allowed_server_is_asked_and_its_answer_returned(server):
    answer = post(f"http://127.0.0.1:{server.server_port}/tsa?x=1", b"ask", {"Content-Type": "text/plain"}, 5)
    assert (answer.status, answer.body) == (200, b"xxxxx")
    assert server.seen == [(f"127.0.0.1:{server.server_port}", "/tsa?x=1", b"ask")]


def test_the_connection_goes_to_the_address_that_was_looked_at(server, monkeypatch):
    """A name that answers otherwise the second time (DNS rebinding) is not asked a second time."""
    asked = []
    real = socket.getaddrinfo

    def once(host: str, *rest: object, **more: object) -> object:
        asked.append(host)
        if host == "rebinding.example.org":
            assert asked.count(host) == 1
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.server_port))]
        return real(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", once)
    assert post(f"http://rebinding.example.org:{server.server_port}/", b"", {}, 5).status == 200
    assert server.seen[0][0] == f"rebinding.example.org:{server.server_port}"


def test_a_redirect_is_refused_and_not_followed(server):
    with pytest.raises(NotAllowed, match="redirects"):
        post(f"http://127.0.0.1:{server.server_port}/away", b"", {}, 5)
    assert len(server.seen) == 1


def test_an_answer_without_end_is_cut_off(server):
    with pytest.raises(NoAnswer, match="too long"):
        post(f"http://127.0.0.1:{server.server_port}/long", b"", {}, 5)


def test_a_server_that_is_away_or_speaks_no_tls_is_no_answer(server, settings):
    with pytest.raises(NoAnswer):
        post(f"https://127.0.0.1:{server.server_port}/", b"", {}, 5)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(NoAnswer):
            send("GET", f"http://127.0.0.1:{nobody.getsockname()[1]}/", b"", {}, 2)


def test_a_proxy_of_the_environment_is_not_used(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    assert post(f"http://127.0.0.1:{server.server_port}/", b"", {}, 5).status == 200


def test_the_setting_takes_networks_and_the_word_public(monkeypatch):
    monkeypatch.setenv("NETWORKS_OF_A_TEST", "10.1.2.0/24, public, fd00::/8")
    assert env.networks("NETWORKS_OF_A_TEST") == [ip_network("10.1.2.0/24"), ip_network("fd00::/8")]
    monkeypatch.setenv("NETWORKS_OF_A_TEST", "10.1.2.3/24")
    with pytest.raises(env.BadSetting, match="NETWORKS_OF_A_TEST"):
        env.networks("NETWORKS_OF_A_TEST")
