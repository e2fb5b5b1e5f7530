"""AWS Signature Version 4: what is signed with, and the one shape that the direct transport's requests have.

See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
import time
from hashlib import sha256
from typing import Protocol

__all__ = ["CONTENT_TYPE", "Keys", "Scope", "Signer"]

CONTENT_TYPE = "application/x-amz-json-1.0"
"""Of every request."""

_ALGORITHM = "AWS4-HMAC-SHA256"


class Keys(Protocol):
    """Credentials, as botocore freezes them."""

    @property
    def access_key(self) -> str: ...  # noqa: D102  # botocore's
    @property
    def secret_key(self) -> str: ...  # noqa: D102  # botocore's
    @property
    def token(self) -> str | None: ...  # noqa: D102  # botocore's


class Scope:
    """What requests are signed for, and what stays the same from one to the next.

    It can be shared between threads.

    Args:
        region: Of the signature.
        service: The name to sign for.
    """

    def __init__(self, region: str, service: str) -> None:
        self._region = region
        self._service = service
        # What stays the same for a second, and for a day; replaced as a whole.
        self._second: tuple[int, str] = (-1, "")
        self._day: tuple[str, str, bytes] = ("", "", b"")

    def date(self, at: float) -> str:
        """Write a time, in seconds since 1970, as the header `X-Amz-Date` has it."""
        second = int(at)
        known, date = self._second
        if known != second:
            date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
            self._second = second, date
        return date

    def authorization(
        self, keys: Keys, date: str, *, path: str, headers: str, names: str, content: bytes
    ) -> str:
        """Give the header `Authorization` of a POST.

        Args:
            keys: Whose request it is.
            date: The header `X-Amz-Date`.
            path: The path, encoded and normal.
            headers: The signed headers, a line each, by their names.
            names: Their names, as the signature lists them.
            content: The body.
        """
        canonical = f"POST\n{path}\n\n{headers}\n\n{names}\n{sha256(content).hexdigest()}"
        day = date[:8]
        scope = f"{day}/{self._region}/{self._service}/aws4_request"
        digest = sha256(canonical.encode()).hexdigest()
        to_sign = f"{_ALGORITHM}\n{date}\n{scope}\n{digest}"
        signature = _hmac(self._key(keys.secret_key, day), to_sign).hex()
        return (
            f"{_ALGORITHM} Credential={keys.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}"
        )

    def _key(self, secret: str, day: str) -> bytes:
        known_secret, known_day, key = self._day
        if known_day != day or known_secret != secret:
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = _hmac(key, part)
            self._day = secret, day, key
        return key


class Signer:
    """Signs requests to one address; it can be shared between threads.

    Args:
        host: The address, as the header `Host` gives it.
        path: The path, encoded and normal.
        region: Of the signature.
        service: The name to sign for.
    """

    def __init__(self, *, host: str, path: str, region: str, service: str) -> None:
        self._host = host
        self._path = path
        self._scope = Scope(region, service)

    def sign(self, keys: Keys, target: str, content: bytes, at: float) -> dict[str, str]:
        """Give the headers that a request needs to be accepted.

        Args:
            keys: Whose request it is.
            target: The header `X-Amz-Target`.
            content: The body.
            at: The time, in seconds since 1970.
        """
        date = self._scope.date(at)
        token = keys.token
        if token:
            names = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
            # Only for the signature are runs of spaces one.
            more = f"x-amz-security-token:{' '.join(token.split())}\n"
        else:
            names = "content-type;host;x-amz-date;x-amz-target"
            more = ""
        signed = (
            f"content-type:{CONTENT_TYPE}\nhost:{self._host}\n"
            f"x-amz-date:{date}\n{more}x-amz-target:{target}"
        )
        headers = {
            "Host": self._host,
            "Content-Type": CONTENT_TYPE,
            "X-Amz-Target": target,
            "X-Amz-Date": date,
            "Authorization": self._scope.authorization(
                keys, date, path=self._path, headers=signed, names=names, content=content
            ),
        }
        if token:
            headers["X-Amz-Security-Token"] = token
        return headers


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
