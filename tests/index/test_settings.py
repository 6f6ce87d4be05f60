from __future__ import annotations

import os
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from packaging.utils import NormalizedName

from lockgen.errors import IndexUnavailableError
from lockgen.index.addresses import Login, index_key, metadata_address, origin, split_login
from lockgen.index.cache import Cache
from lockgen.index.live import LiveIndex
from lockgen.index.settings import IndexSettings, alias_addresses, checked_address, netrc_credentials, read_settings
from lockgen.index.sites import Policy
from lockgen.model.index import Metadata

ASK = """
import os, sys
from pathlib import Path
from lockgen.errors import LockgenError
from lockgen.index.settings import read_settings
try:
    found = read_settings(os.environ, cache_file=Path(sys.argv[1]))
except LockgenError as error:
    sys.exit(str(error))
print(found.address, found.ignored, found.timeout, found.retries, found.trusted_hosts, found.cert, found.proxy)
print("piptools" in sys.modules, found.login is not None)
"""
LOOPBACK = "https://127.0.0.1:9/simple"


def ask(folder: Path, expected: int = 0, **environ: str) -> str:
    """What pip's settings are in a process with this environment and no other configuration than in `folder`."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT")}
    config = folder / "pip.conf"
    surrounding = {"HOME": str(folder), "XDG_CONFIG_DIRS": str(folder), "PIP_INDEX_URL": LOOPBACK}
    surrounding["PIP_CONFIG_FILE"] = str(config) if config.exists() else os.devnull
    command = [sys.executable, "-c", ASK, str(folder / "kept" / "settings.json")]
    done = subprocess.run(command, env={**kept, **surrounding, **environ}, capture_output=True, text=True, check=False)
    assert done.returncode == expected, done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_pips_own_settings_are_read_once_and_again_when_one_changes(tmp_path):
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\ntimeout = 7\nretries = 2\ntrusted-host = 127.0.0.1\nextra-index-url = file:///nowhere\nfind-links = /nowhere\n"
    )
    first, second = ask(tmp_path), ask(tmp_path)
    assert LOOPBACK in first
    assert "('extra-index-url', 'find-links') 7.0 2 ('127.0.0.1',)" in first
    assert "True False" in first
    assert second == first.replace("True False", "False False")
    config.write_text("[global]\ntimeout = 77\n")
    assert " 77.0 " in ask(tmp_path)
    assert " 8.0 " in ask(tmp_path, PIP_TIMEOUT="8")


@pytest.mark.slow
@pytest.mark.parametrize(
    "environ",
    [
        {"PIP_INDEX_URL": "https://me:s3cret@127.0.0.1:9/simple"},
        {"PIP_PROXY": "http://me:s3cret@127.0.0.1:9"},
        {"PIP_INDEX_URL": "https://s3cret@127.0.0.1/simple"},
    ],
)
def test_credentials_are_never_kept(tmp_path, environ):
    out = ask(tmp_path, **environ)
    assert "s3cret" not in out.partition(" ")[0]
    assert not any(b"s3cret" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert not (tmp_path / "kept").exists()


@pytest.mark.slow
@pytest.mark.parametrize("where", ["path", "query"])
@pytest.mark.parametrize("by", ["variable", "file"])
def test_no_part_of_an_address_is_kept_and_the_rest_is(tmp_path, by, where):
    """A token can stand anywhere in an address; a warm run reads it from where pip has it."""
    secret = "https://127.0.0.1:9/" + ("t0ken/simple" if where == "path" else "simple?key=t0ken")
    environ = {"PIP_INDEX_URL": secret if by == "variable" else "", "PIP_PROXY": "http://127.0.0.1:1/t0ken"}
    if by == "file":
        text = f"[global]\nindex-url = https://127.0.0.1/wrong\n[install]\nindex_url = {secret}\n"
        (tmp_path / "pip.conf").write_text(text.replace("index_url", "index-url"))
    first, second = (ask(tmp_path, 0, **environ) for _ in range(2))
    assert secret in first
    assert "True False" in first
    assert second == first.replace("True False", "False False")
    kept = b"".join(file.read_bytes() for file in (tmp_path / "kept").rglob("*"))
    assert b"salt" in kept
    assert b"t0ken" not in kept


@pytest.mark.slow
def test_an_address_that_only_pip_finds_is_read_by_pip_each_time(tmp_path):
    (tmp_path / "pip.conf").write_text(
        f"[global]\nindex_url = https://127.0.0.1/t0ken\n[install]\nindex-url = {LOOPBACK}\n"
    )
    outs = [ask(tmp_path, PIP_INDEX_URL="") for _ in range(2)]
    assert outs[0].split()[0] == outs[1].split()[0]
    assert not any(b"t0ken" in file.read_bytes() for file in (tmp_path / "kept").rglob("*"))


@pytest.mark.slow
def test_ca_bundles_of_the_environment_count_as_in_pip(tmp_path):
    assert " /b.pem " in ask(tmp_path, REQUESTS_CA_BUNDLE="/a.pem", PIP_CERT="/b.pem")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environ", "complaint"),
    [
        ({"PIP_NO_INDEX": "1"}, "pip is configured with no-index"),
        ({"PIP_INDEX_URL": "file:///s3cret"}, "pip's index-url is a file, not an https address"),
        ({"PIP_TIMEOUT": "soon"}, "pip's settings cannot be read (SystemExit)"),
    ],
)
def test_no_index_to_ask_is_an_error(tmp_path, environ, complaint):
    out = ask(tmp_path, expected=1, **environ)
    assert complaint in out
    assert "s3cret" not in out


def test_http_is_for_this_machine_and_trusted_hosts():
    for address in ("http://127.0.0.1:1/simple", "http://localhost/simple", "http://[::1]/simple", LOOPBACK):
        assert checked_address(address, what="it") == (address, None)
    assert checked_address("http://me:pw@inner.invalid:81/s", ("inner.invalid:81",), what="it") == (
        "http://inner.invalid:81/s",
        Login("me", "pw"),
    )
    for address in (
        "http://inner.invalid/s",
        "/path",
        "file:///x",
        "https:///s",
        "http://[",
        "https://host.invalid:port/",
    ):
        with pytest.raises(IndexUnavailableError, match="it "):
            checked_address(address, what="it")


def test_aliases_come_from_the_environment():
    environ = {"LOCKGEN_INDEX_MY_MIRROR": LOOPBACK, "LOCKGEN_INDEX_EMPTY": "", "OTHER": "x"}
    assert alias_addresses(environ) == {"my-mirror": LOOPBACK}


def test_no_representation_shows_a_credential():
    shown = repr(IndexSettings(address=LOOPBACK, login=Login("me", "s3cret"), proxy="http://me:s3cret@127.0.0.1"))
    assert "s3cret" not in shown + repr(Login("me", "s3cret")) + str(Login("me", "s3cret"))


def test_netrc_is_read_as_pip_reads_it(tmp_path):
    (tmp_path / ".netrc").write_text("machine h.invalid login me password s3cret\n")
    (tmp_path / "other").write_text("default login you password pw\n")
    (tmp_path / "broken").write_text("machine\n")
    home = netrc_credentials({"HOME": str(tmp_path)})
    assert home("https://h.invalid:8443/simple") == Login("me", "s3cret")
    assert home("https://g.invalid/simple") is None
    named = netrc_credentials({"HOME": str(tmp_path), "NETRC": str(tmp_path / "other")})
    assert named("https://g.invalid/simple") == Login("you", "pw")
    for name in ("broken", "none"):
        assert netrc_credentials({"NETRC": str(tmp_path / name)})("https://h.invalid/") is None


def test_addresses_are_taken_apart():
    assert split_login("https://me:p%40w@h.invalid/x?y=1") == ("https://h.invalid/x?y=1", Login("me", "p@w"))
    assert index_key("https://me:pw@h.invalid/x/") == index_key("https://h.invalid/x")
    assert origin("https://H.invalid/x") == origin("https://h.invalid:443/y") != origin("http://h.invalid/")
    assert metadata_address("https://h.invalid/f.whl?sig=1") == "https://h.invalid/f.whl.metadata?sig=1"


@pytest.mark.slow
def test_unreadable_remembered_settings_are_read_anew(tmp_path):
    (tmp_path / "kept").mkdir()
    for text in ("damaged", "[1]"):
        (tmp_path / "kept" / "settings.json").write_text(text)
        assert "True False" in ask(tmp_path)


@pytest.mark.network
def test_the_index_configured_here_speaks_http_2():
    seen = []

    class Watching(httpx2.AsyncHTTPTransport):
        async def handle_async_request(self, request):
            response = await super().handle_async_request(request)
            seen.append(response.extensions["http_version"])
            return response

    found = read_settings(os.environ)
    context = ssl.create_default_context(cafile=found.cert)
    now = datetime.now(UTC)
    with (
        Cache(None) as cache,
        LiveIndex(found, cache, Policy(now=now, as_of=now), transport=Watching(http2=True, verify=context)) as source,
    ):
        project = source.project(NormalizedName("uvicorn"))
        assert project is not None
        wheel = next(file for file in project.files(project.versions[0]) if file.is_wheel)
        assert isinstance(source.metadata(wheel), Metadata)
        assert source.project(NormalizedName("no-such-project-of-lockgen")) is None
    assert set(seen) == {b"HTTP/2"}
