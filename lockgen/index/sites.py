"""Which index serves a name: exactly one, so that no other can (dependency confusion); and when the cache suffices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from packaging.utils import NormalizedName

from lockgen.errors import IndexUnavailableError
from lockgen.index.addresses import Login, index_key, origin
from lockgen.index.settings import IndexSettings, checked_address
from lockgen.model.routes import alias_of, variable_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which index answers for a name, and what a stored page may answer."""

    now: datetime
    """The time with which pages fetched in this run are stored; what is stored with a later one is asked for again."""
    as_of: datetime
    """A page fetched at or after this moment is settled: nothing uploaded later counts."""
    as_of_for: Mapping[NormalizedName, datetime] = field(default_factory=lambda: MappingProxyType({}))
    routes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Glob of normalized names -> alias of the only index that serves them; the first match counts."""
    aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Alias -> address, which may hold a login (`settings.alias_addresses`)."""
    offline: bool = False
    refresh: bool = False
    """Whether stored pages are ignored. Metadata is not fetched again: it belongs to a file's hash."""

    def settles(self, name: NormalizedName, fetched_at: datetime) -> bool:
        """Whether a page of the project that was fetched then is answer enough."""
        if self.offline:
            return True
        # A clock that ran ahead when the page was stored would settle it for years.
        return not self.refresh and self.as_of_for.get(name, self.as_of) <= fetched_at <= self.now


class Site(NamedTuple):
    """An index: its address without login, and its key in the cache."""

    address: str
    key: str


class Sites:
    """The default index and those of `aliases` (alias -> address), to which `routes` (glob -> alias) sends names.

    `logins` are the credentials that stood in addresses, by `addresses.origin`. An address is checked when a name is
    first routed to it, so that a broken address of an unused index stops no run.
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
        """The index of a name; the first glob that matches counts. Raises IndexUnavailableError without an address."""
        if alias := alias_of(name, self._routes.items()):
            return self._known.get(alias) or self._routed(alias, name)
        return self._default

    def _routed(self, alias: str, name: NormalizedName) -> Site:
        variable = variable_of(alias)
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
