"""Where this Python would find certificates of authorities, and whether any are there."""

from __future__ import annotations

import os
from typing import Any, Iterable, Mapping

from lockgen.preflight.modules import module_file

_MARK = b"-----BEGIN "


def certificate_facts(environ: Mapping[str, str], paths: Iterable[str]) -> list[dict[str, Any]]:
    """Every place that says where certificates are: source, path, found (whether any are there) and reason if not.

    The sources are SSL_CERT_FILE and SSL_CERT_DIR where they are set, OpenSSL's default file and folder, on Windows the
    system's store, and certifi's bundle, which is looked for on `paths` and not imported.
    """
    named = [(name, environ[name]) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if environ.get(name)]
    bundle = module_file("certifi", paths)
    certifi = [("certifi", os.path.join(os.path.dirname(bundle), "cacert.pem"))] if bundle else []
    return [_looked(*each) for each in named] + _defaults() + [_looked(*each) for each in certifi]


def _defaults() -> list[dict[str, Any]]:
    """OpenSSL's own places; on Windows the system's store, which Python reads there too."""
    try:
        import _ssl
    except ImportError as error:
        return [{"source": "OpenSSL", "path": "", "found": False, "reason": f"not in this Python: {error}"}]
    _, file, _, folder = _ssl.get_default_verify_paths()
    places = [("OpenSSL's default file", os.fsdecode(file)), ("OpenSSL's default folder", os.fsdecode(folder))]
    found = [_looked(source, path) for source, path in places]
    if hasattr(_ssl, "enum_certificates"):
        count = len(_ssl.enum_certificates("ROOT"))
        reason = "" if count else "it is empty"
        found.append({"source": "Windows", "path": "ROOT", "found": bool(count), "reason": reason})
    return found


def _looked(source: str, path: str) -> dict[str, Any]:
    reason = ""
    try:
        reason = _complaint(path)
    except OSError as error:
        reason = error.strerror or str(error)
    return {"source": source, "path": path, "found": not reason, "reason": reason}


def _complaint(path: str) -> str:
    if os.path.isdir(path):
        # OpenSSL finds certificates in a folder by the hash of their subject: 5ed36f99.0
        named = [name for name in os.listdir(path) if name.rpartition(".")[2].isdigit()]
        return "" if named else "no certificate in this folder has the name that OpenSSL looks for"
    with open(path, "rb") as file:
        return "" if _MARK in file.read(65536) else "it holds no certificate in PEM form"
