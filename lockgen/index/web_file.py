"""Files of requirements on the web, fetched as pip is configured: `-c https://...`."""

from __future__ import annotations

from urllib.parse import urlsplit

from lockgen.errors import IndexUnavailableError, LockgenError
from lockgen.index.addresses import origin
from lockgen.index.settings import IndexSettings, checked_address

MAX_BYTES = 8 * 1024 * 1024
_OK = 200
_BESIDE = "Save the file beside yours and name that copy."


def fetch_web_file(address: str, settings: IndexSettings, *, transport: object | None = None) -> bytes:
    """The bytes of the file at the address, after redirects; a login in the address goes to its host alone.

    http is for this machine and pip's trusted hosts. `transport` (an httpx2 transport) is for tests. LockgenError,
    which shows no address, for what cannot be fetched.
    """
    from lockgen.index.client import Client  # noqa: PLC0415 - the HTTP library costs time that most runs need not spend

    try:
        clean, login = checked_address(address, settings.trusted_hosts, what="a file of requirements")
    except IndexUnavailableError as error:
        raise LockgenError(error.message, hint=f"A file is fetched over https. {_BESIDE}") from None
    clean = urlsplit(clean)._replace(fragment="").geturl()
    client = Client(settings, {origin(clean): login} if login else {}, transport=transport)
    try:
        answer = client.start(client.get(clean, about="", headers={}, limit=MAX_BYTES)).result()
    except IndexUnavailableError as error:
        said = error.message.replace("the index", "the server")
        raise LockgenError(f"the file cannot be fetched: {said}", hint=_BESIDE) from None
    finally:
        client.close()
    if answer.status != _OK:
        raise LockgenError(f"the file cannot be fetched: the server answers with status {answer.status}", hint=_BESIDE)
    if not answer.whole:
        raise LockgenError(f"the file is larger than {MAX_BYTES} bytes", hint="Is this the right address?")
    return answer.body
