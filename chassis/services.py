"""REST between the services: the same requests in one process as in four.

    answer = services.client("accounts", caller="todos").post("internal/attachments", json={…})

In one process the request goes through the process's own WSGI application, in a thread of its own
with its own database connection; split, over HTTP(S). Authentication is the same: an access token
by OAuth 2.0 client credentials (RFC 6749 §4.4), one client a service.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, connections

from chassis.errors import Unavailable
from chassis.logs import log_context

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

ATTEMPTS = 3
BACKOFF_SECONDS = 0.1
BACKOFF_SECONDS_MOST = 2.0
IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
WORTH_REPEATING = frozenset({502, 503, 504})
# After so many failures in a row a service is left alone for a while: waiting for it would only
# spread its trouble.
CIRCUIT_FAILURES = 5
CIRCUIT_SECONDS = 10.0
# A token is renewed so long before it expires.
TOKEN_MARGIN_SECONDS = 60.0


class InsideTransaction(RuntimeError):
    """A service was called inside `atomic()`: the transaction would wait for the network."""


def client(name: str, *, caller: str, scopes: str = "") -> httpx.Client:
    """A client whose base is the other service's `/api/<name>/v1/`. Shared; do not close it.

    `caller` names the calling service, whose credentials are used; `scopes` are asked for in its
    token (default: what the caller's client may hold of that service).

    Requests raise:
        Unavailable: no answer in time, a failing answer after retries, or the circuit is open.
        InsideTransaction: called inside `transaction.atomic()`.
    Answers of 4xx are returned: the caller decides what they mean.
    """
    base = settings.SERVICE_URLS.get(name, "")
    if not base and name not in settings.SERVICES:
        variable = f"{name.upper()}_URL"
        raise Unavailable(f"The {name} service is not part of this process; {variable} must say where it is.")
    wanted = scopes or _scopes_of(caller, name)
    with _lock:
        key = (name, base, caller, wanted, settings.OIDC_TOKEN_URL)
        if key not in _clients:
            _clients[key] = _build(name, base, caller, wanted)
        return _clients[key]


def close_clients() -> None:
    """Forget all clients, tokens and circuits (tests)."""
    with _lock:
        for made in _clients.values():
            made.close()
        _clients.clear()
        _tokens.clear()


_lock = threading.Lock()
_clients: dict[tuple[str, ...], Any] = {}


def _build(name: str, base: str, caller: str, scopes: str) -> httpx.Client:
    import httpx

    inner: httpx.BaseTransport = httpx.HTTPTransport() if base else _own_process_transport()

    class Transport(httpx.BaseTransport):
        """Retries, the circuit, and the caller's trace around the way to the other service."""

        circuit = Circuit(name)

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            refuse_inside_transaction(name)
            for header, value in _trace_headers().items():
                request.headers.setdefault(header, value)
            request.read()
            return _with_retries(name, request, inner, self.circuit)

        def close(self) -> None:
            inner.close()

    class ServiceAuth(httpx.Auth):
        """The caller's token, renewed once when the other side refuses it."""

        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            request.headers["Authorization"] = f"Bearer {_token(caller, scopes)}"
            response = yield request
            if response.status_code == 401:
                request.headers["Authorization"] = f"Bearer {_token(caller, scopes, is_renewed=True)}"
                yield request

    return httpx.Client(
        base_url=f"{base or settings.WEB_URL}/api/{name}/v1/",
        # What anybody may read needs no token, and an issuer may refuse one without a scope.
        auth=ServiceAuth() if scopes else None,
        transport=Transport(),
        timeout=settings.SERVICE_TIMEOUT_SECONDS,
        headers={"Accept": "application/json"},
        follow_redirects=False,
    )


def refuse_inside_transaction(name: str) -> None:
    """Raise when the calling code holds a transaction open.

    A test's own wrapping transaction does not count: Django marks it.
    """
    blocks = [block for block in connection.atomic_blocks if not getattr(block, "_from_testcase", False)]
    if connection.in_atomic_block and blocks:
        raise InsideTransaction(f"The {name} service was called inside atomic(). Call it before.")


def _own_process_transport() -> httpx.BaseTransport:
    import httpx
    from django.core.handlers.wsgi import WSGIHandler

    wsgi = httpx.WSGITransport(app=WSGIHandler(), raise_app_exceptions=False)
    threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="service-call")

    class OwnProcess(httpx.BaseTransport):
        """This process's own application, in another thread: its transaction is not the caller's."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            future = threads.submit(self._answer, request)
            try:
                return future.result(timeout=settings.SERVICE_TIMEOUT_SECONDS)
            except TimeoutError as error:
                raise httpx.ReadTimeout("no answer in time", request=request) from error

        def close(self) -> None:
            threads.shutdown(wait=False)

        @staticmethod
        def _answer(request: httpx.Request) -> httpx.Response:
            try:
                response = wsgi.handle_request(request)
                body = response.read()
                return httpx.Response(response.status_code, headers=response.headers, content=body)
            finally:
                connections.close_all()

    return OwnProcess()


# --- Retries and the circuit -------------------------------------------------------------------


@dataclass
class Circuit:
    """Opens after failures in a row; lets one request through now and then to see whether it is over."""

    name: str
    failures: int = 0
    open_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def require_closed(self) -> None:
        """Raise Unavailable while the circuit is open; whoever comes after that is the probe."""
        with self._lock:
            now = time.monotonic()
            if self.failures < CIRCUIT_FAILURES:
                return
            if now < self.open_until:
                wait = max(1, round(self.open_until - now))
                raise Unavailable(f"The {self.name} service does not answer.", retry_after_seconds=wait)
            self.open_until = now + CIRCUIT_SECONDS

    def succeeded(self) -> None:
        """An answer came."""
        with self._lock:
            self.failures = 0

    def failed(self) -> None:
        """No answer, or a failing one."""
        with self._lock:
            self.failures += 1
            if self.failures >= CIRCUIT_FAILURES:
                self.open_until = time.monotonic() + CIRCUIT_SECONDS


def _with_retries(
    name: str, request: httpx.Request, inner: httpx.BaseTransport, circuit: Circuit
) -> httpx.Response:
    """The answer to a request, tried again where that cannot do it twice."""
    import httpx

    is_repeatable = request.method in IDEMPOTENT_METHODS or "idempotency-key" in request.headers
    attempts = ATTEMPTS if is_repeatable else 1
    for attempt in range(1, attempts + 1):
        circuit.require_closed()
        try:
            response = inner.handle_request(request)
        except httpx.TransportError as error:
            circuit.failed()
            if attempt == attempts:
                raise Unavailable(f"The {name} service does not answer.") from error
            wait = _backoff(attempt, None)
        else:
            if response.status_code not in WORTH_REPEATING:
                circuit.succeeded()
                return response
            circuit.failed()
            retry_after = response.headers.get("Retry-After")
            response.close()
            if attempt == attempts:
                raise Unavailable(f"The {name} service answered {response.status_code}.")
            wait = _backoff(attempt, retry_after)
        log.warning("service_call_retried", extra={"service": name, "attempt": attempt})
        time.sleep(wait)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _backoff(attempt: int, retry_after: str | None) -> float:
    """Full jitter, or what the other side asks for, within reason."""
    if retry_after and retry_after.isdigit():
        return min(float(retry_after), BACKOFF_SECONDS_MOST)
    ceiling = min(BACKOFF_SECONDS_MOST, BACKOFF_SECONDS * 2**attempt)
    return random.uniform(0, ceiling)  # noqa: S311 - no secret


# --- Tokens and traces -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Token:
    value: str
    renew_at: float


_tokens: dict[tuple[str, str, str], _Token] = {}
_token_lock = threading.Lock()


def _token(caller: str, scopes: str, *, is_renewed: bool = False) -> str:
    """An access token of the calling service, fetched by one thread at a time and kept until it is old."""
    key = (settings.OIDC_TOKEN_URL, caller, scopes)
    with _token_lock:
        kept = _tokens.get(key)
        if kept is None or is_renewed or time.monotonic() >= kept.renew_at:
            kept = _fetch_token(caller, scopes)
            _tokens[key] = kept
        return kept.value


def _fetch_token(caller: str, scopes: str) -> _Token:
    import httpx

    client_id, secret = settings.SERVICE_CREDENTIALS[caller]
    try:
        answer = httpx.post(
            settings.OIDC_TOKEN_URL,
            data={"grant_type": "client_credentials", "scope": scopes},
            auth=(client_id, secret),
            timeout=settings.SERVICE_TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
        document: Mapping[str, Any] = answer.json()
        lifetime = float(document.get("expires_in", 300))
        value = str(document["access_token"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        log.warning("service_token_failed", extra={"caller": caller, "error": repr(error)})
        raise Unavailable(f"The issuer gives the {caller} service no token.") from error
    return _Token(value, time.monotonic() + max(1.0, lifetime - TOKEN_MARGIN_SECONDS))


def _scopes_of(caller: str, name: str) -> str:
    """What the caller's client may hold of that service."""
    client_id, _ = settings.SERVICE_CREDENTIALS[caller]
    allowed = settings.OIDC_SERVICE_CLIENTS.get(client_id, frozenset())
    return " ".join(sorted(scope for scope in allowed if scope.partition("/")[0] == name))


def _trace_headers() -> dict[str, str]:
    """The caller's request id and place in the trace (W3C Trace Context)."""
    context = log_context.get() or {}
    found = {"traceparent": context.get("traceparent", ""), "X-Request-Id": context.get("request_id", "")}
    return {header: value for header, value in found.items() if value}
