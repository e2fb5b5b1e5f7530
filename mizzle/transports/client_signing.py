"""Signatures for our calls of a boto3 client: botocore's, byte by byte, with the key of the day made once.

botocore looks up what signs a request by a name, in a table of the process's, and asks for the name in the client's
event `choose-signer`. It hands over the credentials of the moment, and the request with all its headers, as it
does to each of its signers.
"""

from __future__ import annotations

import logging
import time
from typing import Any, NamedTuple

# botocore ships no types.
from botocore import auth  # type: ignore[import-untyped]

from mizzle.transports.addresses import host_of, path_of
from mizzle.transports.signing import Scope

__all__ = ["DayKeys"]

_auth: Any = auth
_Base: type[Any] = _auth.SigV4Auth

_NAME = "mizzle-v4"
# Where a request tells what it is signed with.
_DAY_KEYS = "mizzle_day_keys"
# Whoever has set one of these means something by it.
_ADDED = frozenset(
    {"authorization", "date", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}
)
# Then the addresses that are known are forgotten: any number of accounts can have one.
_MOST_PLACES = 100


class _Place(NamedTuple):
    """What signatures need to know of a URL.

    Attributes:
        host: The header `Host`.
        path: The path, encoded and normal.
    """

    host: str
    path: str


class DayKeys:
    """What the signatures of one client's requests have in common; it can be shared between threads."""

    def __init__(self) -> None:
        self._scopes: dict[tuple[str, str], Scope] = {}
        self._places: dict[str, _Place] = {}

    def signer_for(self, signature_version: Any, context: dict[str, Any]) -> str | None:
        """Name what signs a request in place of botocore's own signer; None to leave it to that.

        Args:
            signature_version: botocore's choice.
            context: What botocore knows of the request, which learns of these keys.
        """
        if signature_version != "v4" or not _is_botocores():
            return None
        context[_DAY_KEYS] = self
        return _NAME

    def scope(self, region: str, service: str) -> Scope:
        """Give what requests to a service in a region are signed for."""
        found = self._scopes.get((region, service))
        if found is None:
            found = self._scopes[region, service] = Scope(region, service)
        return found

    def place(self, url: str) -> _Place:
        """Give a URL as it is signed."""
        found = self._places.get(url)
        if found is None:
            if len(self._places) >= _MOST_PLACES:
                self._places = {}
            found = self._places[url] = _Place(host_of(url), path_of(url))
        return found


class _DayAuth(_Base):  # type: ignore[misc]  # botocore's
    """Signs a request as its base does, to which it leaves all that is out of the ordinary."""

    credentials: Any
    _region_name: str
    _service_name: str

    def add_auth(self, request: Any) -> None:
        """Add the headers that sign a request."""
        keys, context = self.credentials, request.context
        known: DayKeys | None = context.pop(_DAY_KEYS, None)
        signed = _headers_to_sign(request)
        if keys is None or known is None or signed is None:
            _Base.add_auth(self, request)
            return
        scope = known.scope(self._region_name, self._service_name)
        date = context["timestamp"] = scope.date(time.time())
        added = {"X-Amz-Date": date, "X-Amz-Security-Token": keys.token}
        for name, value in added.items():
            if value:
                request.headers[name] = value
                signed[name.lower()] = " ".join(value.split())
        place = known.place(request.url)
        signed.setdefault("host", place.host)
        names = sorted(signed)
        request.headers["Authorization"] = scope.authorization(
            keys,
            date,
            path=place.path,
            headers="\n".join([f"{name}:{signed[name]}" for name in names]),
            names=";".join(names),
            content=request.data,
        )


# Where botocore looks; nobody else asks for this name.
_auth.AUTH_TYPE_MAPS[_NAME] = _DayAuth


def _what_signs() -> tuple[Any, ...]:
    """Give what somebody may have put something else in the place of, as awscrt does."""
    signers = _auth.AUTH_TYPE_MAPS
    # Newer versions have the one, older ones the other.
    clock = getattr(_auth, "get_current_datetime", None) or getattr(_auth, "datetime", None)
    return signers.get("v4"), signers.get(_NAME), clock, {**vars(_Base)}


_BOTOCORES = (_Base, *_what_signs()[1:])


def _is_botocores() -> bool:
    """Tell whether botocore itself would sign, without telling anybody how."""
    # Who looks for the reason of a refusal reads there what was signed.
    return _what_signs() == _BOTOCORES and not _auth.logger.isEnabledFor(logging.DEBUG)


def _headers_to_sign(request: Any) -> dict[str, str] | None:
    """Give the headers that a request has, as they are signed; None if it is not as DynamoDB's are."""
    is_usual = (
        request.method == "POST"
        and type(request.data) is bytes
        and not request.params
        and "?" not in request.url
        and request.context.get("payload_signing_enabled", True)
        and not request.context.get("checksum")
    )
    if not is_usual:
        return None
    unsigned = _auth.SIGNED_HEADERS_BLACKLIST
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        lower = name.lower()
        if lower in unsigned:
            continue
        if lower in found or lower in _ADDED:
            return None
        # Only for the signature are runs of spaces one.
        found[lower] = " ".join(value.split())
    return found
