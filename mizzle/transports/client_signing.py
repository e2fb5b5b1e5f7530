"""Signatures for our calls of a boto3 client: botocore's, byte by byte, with the key of the day made once.

botocore looks up what signs a request by a name, for which it asks in the client's event `choose-signer`. It hands
over the credentials of the moment, and the request with all its headers, as it does to each of its signers.
"""

from __future__ import annotations

import time
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

# botocore ships no types.
from botocore import auth  # type: ignore[import-untyped]

from mizzle.transports.addresses import host_of, path_of
from mizzle.transports.signing import Scope

__all__ = ["signer_for"]

_auth: Any = auth
_Base: Any = _auth.SigV4Auth

_NAME = "mizzle-v4"
_UNSIGNED = frozenset(_auth.SIGNED_HEADERS_BLACKLIST)
# Whoever has set one of these means something by it.
_ADDED = frozenset(
    {"authorization", "date", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}
)


class _Place(NamedTuple):
    """What signatures need to know of a URL.

    Attributes:
        host: The header `Host`.
        path: The path, encoded and normal.
    """

    host: str
    path: str


class _DayAuth(_Base):  # type: ignore[misc]  # botocore's
    """Signs a request as its base does, to which it leaves all that is out of the ordinary."""

    credentials: Any
    _region_name: str
    _service_name: str

    def add_auth(self, request: Any) -> None:
        """Add the headers that sign a request."""
        keys, signed = self.credentials, _headers_to_sign(request)
        if keys is None or signed is None:
            _Base.add_auth(self, request)
            return
        scope = _scope_of(self._region_name, self._service_name)
        date = request.context["timestamp"] = scope.date(time.time())
        added = {"X-Amz-Date": date, "X-Amz-Security-Token": keys.token}
        for name, value in added.items():
            if value:
                request.headers[name] = value
                signed[name.lower()] = " ".join(value.split())
        place = _place_of(request.url)
        signed.setdefault("host", place.host)
        names = sorted(signed)
        listed = ";".join(names)
        lines = "\n".join([f"{name}:{signed[name]}" for name in names])
        digest = sha256(request.data).hexdigest()
        canonical = f"POST\n{place.path}\n\n{lines}\n\n{listed}\n{digest}"
        request.headers["Authorization"] = scope.authorization(keys, date, listed, canonical)


# Where botocore looks; nobody else asks for this name.
_auth.AUTH_TYPE_MAPS[_NAME] = _DayAuth


def signer_for(signature_version: Any) -> str | None:
    """Give the name of what signs in place of one of botocore's signers; None to leave it to that.

    Something else may sign for everybody, as awscrt does where it is installed.
    """
    is_replaced = signature_version == "v4" and _auth.AUTH_TYPE_MAPS.get("v4") is _Base
    return _NAME if is_replaced else None


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
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        lower = name.lower()
        if lower in found or lower in _ADDED:
            return None
        # Only for the signature are runs of spaces one.
        found[lower] = " ".join(value.split())
    return {n: v for n, v in found.items() if n not in _UNSIGNED} if is_usual else None


@lru_cache(maxsize=64)
def _scope_of(region: str, service: str) -> Scope:
    return Scope(region, service)


@lru_cache(maxsize=256)
def _place_of(url: str) -> _Place:
    return _Place(host_of(url), path_of(url))
