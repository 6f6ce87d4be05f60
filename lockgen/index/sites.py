"""Which index is asked for a name: exactly one, so that nobody can answer for a private name elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from packaging.utils import NormalizedName

from lockgen.errors import IndexUnavailableError
from lockgen.index.addresses import Login, index_key, origin
from lockgen.index.settings import IndexSettings, checked_address


class Site(NamedTuple):
    """An index: its address without login, and its key in the cache."""

    address: str
    key: str


class Sites:
    """The default index and those of `aliases` (alias -> address), to which `routes` (glob -> alias) sends names.

    `logins` are the credentials that stood in addresses, by `addresses.origin`. An address is judged when a name
    first leads to it, so that a broken one which nobody needs hinders nobody.
    """

    def __init__(self, settings: IndexSettings, *, routes: Mapping[str, str], aliases: Mapping[str, str]) -> None:
        self.logins: dict[str, Login] = {}
        self._trusted = settings.trusted_hosts
        self._routes = routes
        self._aliases = aliases
        self._default = Site(settings.address, index_key(settings.address))
        self._known: dict[str, Site] = {}
        if settings.login is not None:
            self.logins[origin(settings.address)] = settings.login

    def of(self, name: NormalizedName) -> Site:
        """The index of a name; the first glob that matches counts. Raises IndexUnavailableError for a lost alias."""
        for glob, alias in self._routes.items():
            if fnmatchcase(name, glob):
                return self._known.get(alias) or self._routed(alias, name)
        return self._default

    def _routed(self, alias: str, name: NormalizedName) -> Site:
        variable = f"LOCKGEN_INDEX_{alias.upper().replace('-', '_')}"
        if alias not in self._aliases:
            raise IndexUnavailableError(
                f"it is routed to the index {alias!r}, whose address is not known",
                where=name,
                hint=f"Set {variable} to the address of its Simple API.",
            )
        address, login = checked_address(self._aliases[alias], self._trusted, what=variable)
        if login is not None:
            self.logins[origin(address)] = login
        self._known[alias] = Site(address, index_key(address))
        return self._known[alias]
