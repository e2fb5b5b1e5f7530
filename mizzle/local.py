"""The embedded engine: moto's DynamoDB served on a loopback port, in a thread of this process.

Each engine has tables of its own. moto keeps its data per process and `mock_aws` wipes them; an
engine's data are kept outside of that, so neither sees the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Self

from mizzle.errors import ConfigurationError
from mizzle.transports.opening import Connecting, client_arguments, open_transport

if TYPE_CHECKING:
    from mizzle.transports import Transport

__all__ = ["LocalEngine", "start_local"]

_REGION = "us-east-1"
# moto's own default. It appears in ARNs only.
_ACCOUNT = "123456789012"


def start_local() -> LocalEngine:
    """Start an empty engine.

    Raises:
        ConfigurationError: If moto is not installed.
    """
    return LocalEngine()


class LocalEngine:
    """A running engine; a context manager that closes it.

    Attributes:
        endpoint_url: Where it listens.
        client: A botocore client for it, whatever the environment says.
    """

    def __init__(self) -> None:
        self._data = _Data()
        self._server = _serve(self._data)
        self.endpoint_url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(
            # `shutdown` waits for the poll.
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="mizzle-local",
            daemon=True,
        )
        self._thread.start()
        self._session: Any = _make_session()
        self._settings = _settings(self.endpoint_url)
        self.client: Any = self._session.create_client(
            "dynamodb", **client_arguments(self._settings)
        )
        self._closed = False

    def open_transport(self, name: str) -> Transport:
        """Give a transport to the engine.

        Args:
            name: Its kind, as `Mizzle` takes it.

        Raises:
            ConfigurationError: If there is none of that name.
        """
        return self._direct() if name == "direct" else open_transport(name, self.client, {})[0]

    def _direct(self) -> Transport:
        from mizzle.transports.direct import DirectTransport  # noqa: PLC0415  # slow to import
        from mizzle.transports.settings import resolve  # noqa: PLC0415  # slow to import

        return DirectTransport(resolve(self._session, **self._settings))

    def close(self) -> None:
        """Stop listening and drop the data; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self.client.close()
        self._server.shutdown()
        self._thread.join()
        self._data.drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Data:
    """The WSGI application of one engine."""

    def __init__(self) -> None:
        self._app: Callable[..., Iterable[bytes]] | None = _make_app()
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # moto checks a condition and writes in two steps; DynamoDB does it in one.
        with self._lock:
            if self._app is None:
                start_response("503 Service Unavailable", [("Content-Length", "0")])
                return []
            return self._app(environ, start_response)

    def drop(self) -> None:
        with self._lock:
            self._app = None


def _make_app() -> Callable[..., Iterable[bytes]]:
    try:
        from moto.core.request import Request  # noqa: PLC0415  # an optional dependency
        from moto.dynamodb.models import DynamoDBBackend  # noqa: PLC0415  # an optional dependency
        from moto.dynamodb.responses import DynamoHandler  # noqa: PLC0415  # an optional dependency
        from werkzeug.wrappers import Response  # noqa: PLC0415  # an optional dependency
    except ImportError as error:
        message = 'The local engine needs moto: pip install "mizzle[local]"'
        raise ConfigurationError(message) from error

    # moto's own server dispatches to the process's data; through it, engines would share tables.
    backend = DynamoDBBackend(_REGION, account_id=_ACCOUNT)
    # Of transactions, by token.
    answers: dict[str, Any] = {}

    class Handler(DynamoHandler):
        """moto's, on the data of one engine."""

        @property
        def dynamodb_backend(self) -> DynamoDBBackend:
            return backend

        def get_current_account(self) -> str:
            return _ACCOUNT

        def transact_write_items(self) -> Any:
            # moto takes no notice of tokens. A transaction that was refused leaves none behind.
            token = self.body.get("ClientRequestToken")
            if token is None or token not in answers:
                answer = super().transact_write_items()
                if token is None:
                    return answer
                answers[token] = answer
            return answers[token]

    class ServedRequest(Request):
        """moto's, which need not add what the server adds."""

        from_wsgi_server = True

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = ServedRequest(environ)
        # Newer versions find the last two in the first.
        status, headers, body = Handler.dispatch(request, request.url, request.headers)
        return Response(body, status=status, headers=headers)(environ, start_response)

    return answer


def _serve(app: Callable[..., Iterable[bytes]]) -> Any:
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415  # an optional dependency

    class QuietHandler(WSGIRequestHandler):
        """Errors are still logged; requests are the client's business."""

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

    return make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)


def _make_session() -> Any:
    # botocore ships no types.
    from botocore.session import Session  # type: ignore[import-untyped]  # noqa: PLC0415  # slow to import

    # No profile, files or proxies of this machine have a say in how the engine is reached.
    nowhere = (None, None, os.devnull, None)
    return Session(
        {
            "profile": (None, None, None, None),
            "config_file": nowhere,
            "credentials_file": nowhere,
        }
    )


def _settings(endpoint_url: str) -> Connecting:
    from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415  # slow to import

    return {
        "region": _REGION,
        "endpoint_url": endpoint_url,
        "aws_access_key_id": "local",
        "aws_secret_access_key": "local",
        "config": Config(proxies={}, max_pool_connections=50),
    }
