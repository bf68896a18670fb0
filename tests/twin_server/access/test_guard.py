"""Settings that would open what they mean to close stop the start; wrong ones are told."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cim_bridge.citytoml import read_config
from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from tests.support.cimtwin import cimtwin
from tests.twin_server.access.city import SECRET, SETTINGS
from twin_server.identity.settings import Auth, Oidc, Proxy
from twin_server.operate.guard import guard
from twin_server.settings import Settings, Webhooks, read_settings

SAFE = replace(SETTINGS, public_url="https://cim.example")
OUTSIDE = "10.1.1.1"
HOOK = "https://hooks.example/in"


@pytest.mark.parametrize(
    ("settings", "host", "codes"),
    [
        (Settings(), "127.0.0.1", set()),
        (SAFE, OUTSIDE, set()),
        (Settings(), OUTSIDE, {"HOST_NOT_LOOPBACK"}),
        (Settings(hosts=frozenset({"cim.example"})), "127.0.0.1", {"HOST_NOT_LOOPBACK"}),
        (replace(SAFE, public_url=""), OUTSIDE, {"NO_HTTPS"}),
        (replace(SAFE, cors=frozenset("*")), OUTSIDE, set()),
        (replace(SAFE, cors=frozenset("*"), cors_credentials=True), OUTSIDE, {"CORS_WILD"}),
        (replace(SAFE, secret=SECRET[:31]), OUTSIDE, {"SECRET_SHORT"}),
        (replace(SAFE, private_secret="x" * 31), OUTSIDE, {"SECRET_SHORT"}),
        (
            replace(SAFE, public_url="", auth=Auth("oidc", oidc=Oidc("https://i", "c", "c"))),
            "127.0.0.1",
            {"PUBLIC_URL_MISSING"},
        ),
        (
            replace(SAFE, auth=Auth("proxy", proxy=Proxy(frozenset()))),
            OUTSIDE,
            {"PROXY_ADDRESSES_MISSING", "SECRET_SHORT"},
        ),
        (
            replace(SAFE, webhooks=Webhooks({HOOK: ()}, secret=SECRET)),
            OUTSIDE,
            {"WEBHOOK_HOST"},
        ),
        (
            replace(SAFE, webhooks=Webhooks({HOOK: ()}, allow=("hooks.example",))),
            OUTSIDE,
            {"SECRET_SHORT"},
        ),
        (
            replace(SAFE, webhooks=Webhooks({HOOK: ()}, ("hooks.example",), secret=SECRET)),
            OUTSIDE,
            set(),
        ),
    ],
)
def test_what_is_not_safe_is_told(
    guarded: CityFolder, settings: Settings, host: str, codes: set[str]
) -> None:
    assert {issue.code for issue in guard(guarded, settings, host)} == codes


def test_a_folder_that_everyone_may_write_is_refused(guarded: CityFolder, tmp_path: Path) -> None:
    shutil.copytree(guarded.path, tmp_path / "city")
    (tmp_path / "city" / "results").chmod(0o777)
    found = guard(CityFolder.open(tmp_path / "city"), Settings(), "127.0.0.1")
    assert [issue.code for issue in found] == ["FOLDER_OPEN_TO_ALL"]


def test_the_server_does_not_start_with_them(guarded: CityFolder, tmp_path: Path) -> None:
    shutil.copytree(guarded.path, tmp_path / "city")
    with (tmp_path / "city" / "city.toml").open("a", encoding="utf-8") as file:
        file.write('\n[serve]\ncors = ["*"]\ncors_credentials = true\n[auth]\nmode = "keys"\n')
    told = cimtwin("serve", "--city", tmp_path / "city", "--port", 8210, exit_code=1)
    codes = {issue["code"] for issue in told["issues"]}
    assert codes == {"CORS_WILD", "SECRET_SHORT"}


@pytest.mark.parametrize(
    "text",
    [
        '[auth]\nmode = "none"', '[auth]\nmoed = "keys"', "[auth]\nmode = 3", "auth = 1",
        '[serve]\nhost = "x"', '[serve]\ncors = "https://a"', '[serve]\ncors = ["a.example"]',
        '[serve]\ncors = ["https://a/"]', '[serve]\nframe_ancestors = ["*"]',
        '[serve]\npublic_url = "cim.example"', '[serve]\nlog = "loud"',
        '[auth]\nmode = "oidc"', '[auth]\nmode = "oidc"\n[auth.oidc]\nissuer = "https://i"',
        '[auth]\nmode = "oidc"\n[auth.oidc]\nissuer = "https://i"\nclient_id = "c"\n'
        '[auth.oidc.roles]\nx = "king"',
        '[auth]\nmode = "proxy"\n[auth.proxy]\naddresses = ["10.0.0.0/8"]',
        "[auth]\nsession_hours = 0", '[webhooks]\nendpoints = ["https://x"]',
    ],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_told_with_their_place(
    guarded: CityFolder, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "city.toml"
    plain = (guarded.path / "city.toml").read_text(encoding="utf-8")
    file.write_text(f"{text}\n{plain}" if text == "auth = 1" else f"{plain}\n{text}\n")
    with pytest.raises(InputRefused) as refused:
        read_settings({}, read_config(file))
    assert [issue.code for issue in refused.value.log] == ["CITY_CONFIG_INVALID"]


def test_settings_are_read_from_file_and_environment(guarded: CityFolder, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    file = tmp_path / "city.toml"
    plain = (guarded.path / "city.toml").read_text(encoding="utf-8")
    more = (
        '[serve]\npublic_url = "https://cim.example/"\ncors = ["https://a.example"]\n'
        '[auth]\nmode = "proxy"\n[auth.proxy]\naddresses = ["10.0.0.5"]\n'
        '[webhooks]\nallow = ["hooks.example"]\n'
        f'[[webhooks.endpoint]]\nurl = "{HOOK}"\ntypes = ["cn.cim.release.published"]\n'
    )
    file.write_text(f"{plain}\n{more}", encoding="utf-8")
    env = {"CIMTWIN_SECRET_FILE": str(tmp_path / "secret"), "CIMTWIN_PROXY_SECRET": SECRET}
    found = read_settings(env, read_config(file))
    assert (found.secret, found.auth.mode, found.log) == (SECRET, "proxy", "json")
    assert found.auth.proxy is not None
    assert found.auth.proxy.secret == SECRET
    assert found.public_url == "https://cim.example"
    assert "cim.example" in found.hosts
    assert found.webhooks.endpoints == {HOOK: ("cn.cim.release.published",)}
    assert SECRET not in repr(found)
    assert read_settings({"CIMTWIN_AUTH": "keys"}, read_config(file)).auth.mode == "keys"
