"""Which addresses are asked, whatever they are called and wherever they lead."""

from __future__ import annotations

import gzip
import socket
from pathlib import Path

import httpcore
import pytest

from cim_bridge.citytoml import CityConfig
from cim_bridge.errors import InputRefused, WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.readers.remote.address import is_remote, read_address
from cim_bridge.readers.remote.client import Client, with_query
from cim_bridge.readers.remote.failures import Refused
from cim_bridge.readers.remote.hosts import Hosts
from cim_bridge.readers.remote.settings import Limits, RemoteSettings, Token
from cim_bridge.readers.remote.wire import Guarded
from tests.cim_bridge.remote.asking import read, refusal
from tests.cim_bridge.remote.conftest import COUNT, addresses, make_city
from tests.support.platform import Platform

SECRET = "s3cret-value"  # noqa: S105
LIST = Hosts.of(
    ["gis.example", "map.example:8443", "10.1.2.3:6080", "[fd00::7]:80"], ["inner.example:8080"]
)


@pytest.mark.parametrize(
    "url",
    [
        "https://gis.example/x", "http://GIS.example./x", "https://map.example:8443/",
        "http://10.1.2.3:6080/", "http://inner.example:8080/", "http://[fd00::7]/",
    ],
)  # fmt: skip
def test_a_listed_host_is_asked(url: str) -> None:
    assert LIST.check(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://badgis.example/", "https://gis.example.evil.com/", "https://gis.example:8443/",
        "https://map.example/", "http://10.1.2.3/", "http://10.1.2.30:6080/",
        "http://167838211:6080/", "http://0x0a010203:6080/", "http://0/", "http://[::1]/",
        "http://[::ffff:10.1.2.3]:6080/", "http://localhost/", "http://127.1/",
    ],
)  # fmt: skip
def test_a_host_that_only_looks_listed_is_not(url: str) -> None:
    with pytest.raises(Refused) as caught:
        LIST.check(url)
    assert caught.value.code == "REMOTE_HOST_NOT_ALLOWED"


@pytest.mark.parametrize(
    "url", ["ftp://gis.example/", "file:///etc/passwd", "https:///x", "https://gis.example:x/",
            "http://a b/", "https://gis.example:99999/"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(Refused) as caught:
        LIST.check(url)
    assert caught.value.code == "REMOTE_ADDRESS_INVALID"


INSIDE = [
    "127.0.0.1", "10.0.0.5", "192.168.1.1", "172.16.9.9", "100.64.0.1", "169.254.169.254",
    "0.0.0.0", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:10.0.0.5",
    "64:ff9b::10.0.0.5", "2002:0a00:0005::", "224.0.0.1", "100.100.100.200", "168.63.129.16",
    "fe80::1%eth0", "nonsense",
]  # fmt: skip
NEVER = ["169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "100.100.100.200", "fd00:ec2::254",
         "::ffff:169.254.169.254", "168.63.129.16"]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_a_public_name_that_leads_inside_is_not_followed(address: str) -> None:
    with pytest.raises(Refused) as caught:
        LIST.check_address("gis.example", 443, address)
    assert caught.value.code == "REMOTE_ADDRESS_REFUSED"
    LIST.check_address("gis.example", 443, "93.184.216.34")


@pytest.mark.parametrize("address", NEVER)
def test_even_a_private_name_never_leads_to_the_clouds_own_addresses(address: str) -> None:
    LIST.check_address("inner.example", 8080, "10.0.0.5")
    with pytest.raises(Refused):
        LIST.check_address("inner.example", 8080, address)


def test_an_address_that_is_itself_listed_is_meant() -> None:
    LIST.check_address("10.1.2.3", 6080, "10.1.2.3")
    with pytest.raises(Refused):
        LIST.check_address("inner.example", 9090, "10.0.0.5")


def test_every_address_of_a_name_is_checked_before_one_is_connected_to() -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.216.34", "127.0.0.1"]

    with pytest.raises(Refused) as caught:
        Guarded(LIST, resolve).connect_tcp("gis.example", 443, 1.0)
    assert caught.value.code == "REMOTE_ADDRESS_REFUSED"
    assert asked == ["gis.example"]
    with pytest.raises(httpcore.ConnectError):
        Guarded(LIST, resolve).connect_unix_socket("/run/x")


def test_the_checked_address_is_the_one_that_is_connected_to(platform: Platform) -> None:
    """A name is resolved once: a second answer (DNS rebinding) is never asked for."""
    port = int(platform.host.rpartition(":")[2])
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    hosts = Hosts.of([], [f"inner.example:{port}"])
    guarded = Guarded(hosts, lambda *_: next(answers))
    stream = guarded.connect_tcp("inner.example", port, 5.0)
    assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
    stream.close()


def test_a_name_that_is_not_known_is_a_finding(tmp_path: Path) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror("not known")

    client = Client("http://gis.example/", LIST, Limits(pause=0.0), tmp_path, resolve=unknown)
    with client, pytest.raises(Refused) as caught:
        client.get("http://gis.example/")
    assert caught.value.code == "REMOTE_FAILED"


def test_a_platform_whose_host_is_not_listed_is_not_asked(
    tmp_path: Path, platform: Platform
) -> None:
    city = CityFolder.init(tmp_path / "city", name="城", crs="EPSG:4549")
    issue = refusal(city, addresses(platform)["OGC API"])
    assert issue.code == "REMOTE_HOST_NOT_ALLOWED"
    assert f"--allow-host {platform.host}" in issue.fix["en"]
    assert platform.asked == []
    frame, _ = read(city, addresses(platform)["OGC API"], allow=(platform.host,))
    assert len(frame) == COUNT


@pytest.mark.parametrize(
    "more",
    ['allow = "gis.example"', 'allow = ["http://gis.example"]', "page_size = 0", "typo = 1",
     'token_as = "cookie"', "max_pages = true"],
)  # fmt: skip
def test_settings_that_mean_nothing_are_refused(tmp_path: Path, more: str) -> None:
    CityFolder.init(tmp_path / "city", name="城", crs="EPSG:4549")
    file = tmp_path / "city" / "city.toml"
    file.write_text(file.read_text(encoding="utf-8") + f"\n[remote]\n{more}\n", encoding="utf-8")
    city = CityFolder.open(tmp_path / "city")
    with pytest.raises(InputRefused) as caught:
        RemoteSettings.of(city.config)
    assert caught.value.log.errors[0].code == "CITY_CONFIG_INVALID"


def test_a_host_on_the_command_line_that_is_none_is_wrong_use(city: CityFolder) -> None:
    with pytest.raises(WrongUse):
        RemoteSettings.of(city.config, ["https://gis.example/"])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://x.example/ogc/collections/b", "oapif"),
        ("https://x.example/ogc/collections/b/items?f=json", "oapif"),
        ("https://x.example/rest/services/a/FeatureServer/0", "arcgis"),
        ("https://x.example/rest/services/a/MapServer", "arcgis"),
        ("https://x.example/geoserver/ows?service=wfs", "wfs"),
        ("https://x.example/cgi?map=a&TYPENAME=b", "wfs"),
        ("https://x.example/geoserver/wfs", "wfs"),
        ("https://x.example/city/tileset.json", "3dtiles"),
        ("3dtiles:https://x.example/root.json", "3dtiles"),
        ("WFS:https://x.example/cgi", "wfs"),
        ("https://x.example/", ""),
    ],
)
def test_an_address_says_what_speaks_there(text: str, kind: str) -> None:
    assert is_remote(text)
    assert read_address(text).kind == kind


@pytest.mark.parametrize(
    "text",
    ["https://u:p@x.example/wfs", "https://x.example/wfs?token=abc", "https://x.example/?TK=1",
     "wfs:https://x.example/?access_token=a"],
)  # fmt: skip
def test_a_secret_in_an_address_is_refused_and_not_repeated(city: CityFolder, text: str) -> None:
    issue = refusal(city, text)
    assert issue.code == "REMOTE_SECRET_IN_ADDRESS"
    told = str(issue.to_json())
    assert "abc" not in told
    assert "u:p" not in told


@pytest.mark.parametrize("way", ["bearer", "header:X-Key", "query:key"])
def test_a_token_goes_to_its_own_host_and_into_no_record(
    tmp_path: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("TINY_TOKEN", SECRET)
    more = f'token_env = "TINY_TOKEN"\ntoken_as = "{way}"\npage_size = 10\n'
    city = make_city(tmp_path / "city", platform, more)
    if way == "bearer":
        platform.faults.token = SECRET
    address = addresses(platform)["OGC API"]
    if way == "query:key":
        _, found = read(city, address)
        assert "s3cret" not in str(found.origin)
    else:
        settings = RemoteSettings.of(city.config)
        home = tmp_path / "answers"
        home.mkdir()
        token = settings.token()
        with Client(address, settings.hosts, settings.limits, home, token) as client:
            assert client.json(address)["id"] == "buildings"
    carried = [str(sent) + line for sent, line in zip(platform.sent, platform.asked, strict=True)]
    assert all(SECRET in text for text in carried)
    platform.faults.html = True
    issue = refusal(city, addresses(platform)["OGC API"])
    assert "s3cret" not in str(issue.to_json())
    monkeypatch.delenv("TINY_TOKEN")
    assert refusal(city, addresses(platform)["OGC API"]).code == "REMOTE_TOKEN_MISSING"


def test_a_token_is_not_sent_on_to_another_host(tmp_path: Path, platform: Platform) -> None:
    port = platform.host.rpartition(":")[2]
    platform.faults.redirect = f"http://localhost:{port}/ogc"
    hosts = Hosts.of([platform.host, f"localhost:{port}"])
    token = Token("s3cret")
    assert "s3cret" not in repr(token)
    client = Client(platform.address, hosts, Limits(), tmp_path, token, lambda *_: ["127.0.0.1"])
    with client:
        client.get(f"{platform.address}/ogc/collections/buildings/items")
        log = IssueLog()
        client.note_plain_token(log)
    assert [("authorization" in sent) for sent in platform.sent] == [True, False]
    assert not len(log), "inside this machine nothing travels"


def test_a_wrong_token_is_told_as_such(city: CityFolder, platform: Platform) -> None:
    platform.faults.token = SECRET
    assert refusal(city, addresses(platform)["OGC API"]).code == "REMOTE_UNAUTHORISED"


def test_a_token_over_plain_http_is_warned_of(tmp_path: Path) -> None:
    log = IssueLog()
    with Client("http://gis.example/", LIST, Limits(), tmp_path, Token("x")) as client:
        client.note_plain_token(log)
    assert [issue.code for issue in log] == ["REMOTE_TOKEN_IN_CLEAR"]


def test_a_bomb_stops_at_the_limit(tmp_path: Path, platform: Platform) -> None:
    platform.files["bomb"] = gzip.compress(b"\0" * (8 << 20))
    platform.packed.add("bomb")
    hosts = Hosts.of([platform.host])
    limits = Limits(page_bytes=1 << 20)
    with (
        Client(platform.address, hosts, limits, tmp_path) as client,
        pytest.raises(Refused) as caught,
    ):
        client.get(f"{platform.address}/bomb")
    assert caught.value.code == "REMOTE_TOO_MUCH"
    assert max(path.stat().st_size for path in tmp_path.iterdir()) <= 2 << 20


def test_time_is_limited_too(tmp_path: Path, platform: Platform) -> None:
    hosts = Hosts.of([platform.host])
    with (
        Client(platform.address, hosts, Limits(seconds=-1.0), tmp_path) as client,
        pytest.raises(Refused) as caught,
    ):
        client.get(platform.address)
    assert caught.value.code == "REMOTE_TOO_MUCH"
    assert platform.asked == []


def test_a_circle_of_redirects_ends(tmp_path: Path, platform: Platform) -> None:
    path = "/ogc/collections/buildings/items"
    platform.faults.redirect = platform.address + path
    hosts = Hosts.of([platform.host])
    with (
        Client(platform.address, hosts, Limits(), tmp_path) as client,
        pytest.raises(Refused) as caught,
    ):
        client.get(platform.address + path)
    assert caught.value.code == "REMOTE_REDIRECT"
    assert len(platform.asked) == 6


def test_parameters_are_replaced_whatever_their_case() -> None:
    assert with_query("http://x/a?Limit=1&b=2#f", limit=5) == "http://x/a?b=2&limit=5"


def test_an_empty_config_allows_nothing(city: CityFolder) -> None:
    plain = CityConfig(name={"zh": "城", "en": "City"}, crs="EPSG:4549")
    settings = RemoteSettings.of(plain)
    assert settings.hosts == Hosts()
    assert settings.token() is None
