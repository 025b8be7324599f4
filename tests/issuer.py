"""A stand-in for the OIDC issuer: signs tokens with a throw-away key, serves its keys on loopback."""

from __future__ import annotations

import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

KEY_ID = "test-key"


class Issuer:
    """Makes tokens like Cognito's, and answers for JWKS, userinfo and client credentials."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.people: dict[str, dict[str, Any]] = {}
        self.jwks_requests = 0
        # Another key set than the right one, for a test.
        self.jwks: Any = None
        self.is_down = False
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer._answer_get(self)

            def do_POST(self) -> None:
                issuer._answer_post(self)

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """The variables by which a service process trusts this issuer."""
        return {
            "OIDC_ISSUER": self.url,
            "OIDC_JWKS_URL": f"{self.url}/.well-known/jwks.json",
            "OIDC_TOKEN_URL": f"{self.url}/identity/o/api/token",
            "OIDC_USERINFO_URL": f"{self.url}/identity/o/api/userinfo",
        }

    def public_jwk(self) -> dict[str, Any]:
        """The public key as the issuer publishes it."""
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {**jwk, "kid": KEY_ID, "use": "sig", "alg": "RS256"}

    def claims(self, subject: str | None, *, client_id: str, scope: str, **changes: Any) -> dict[str, Any]:
        """The claims of a good access token; a change to None leaves the claim out."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": subject,
            "client_id": client_id,
            "scope": scope,
            "token_use": "access",
            "iat": now,
            "exp": now + 3600,
            "jti": str(uuid.uuid4()),
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(
        self,
        subject: str | None = "alice",
        *,
        client_id: str = "todos-web",
        scope: str = "accounts/read accounts/write accounts/folder todos/read todos/write",
        **changes: Any,
    ) -> str:
        """A signed access token."""
        return self.sign(self.claims(subject, client_id=client_id, scope=scope, **changes))

    def editor_token(self, subject: str = "edith", *, group: str = "editors", **changes: Any) -> str:
        """The token of somebody of a staff group."""
        claims = {"scope": settings.STAFF_SCOPES, settings.OIDC_GROUPS_CLAIM: [group], **changes}
        return self.token(subject, client_id="quartet-tour", **claims)

    def sign(
        self, claims: dict[str, Any], *, key: Any = None, algorithm: str = "RS256", **header: Any
    ) -> str:
        """Any claims, signed with the issuer's key or another."""
        headers = {"kid": KEY_ID, **header}
        return jwt.encode(claims, self.key if key is None else key, algorithm=algorithm, headers=headers)

    def _answer_get(self, handler: BaseHTTPRequestHandler) -> None:
        if self.is_down:
            self._send(handler, 503, {})
        elif handler.path == "/.well-known/jwks.json":
            self.jwks_requests += 1
            document = {"keys": [self.public_jwk()]} if self.jwks is None else self.jwks
            self._send(handler, 200, document)
        elif handler.path == "/identity/o/api/userinfo":
            token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
            subject = jwt.decode(token, options={"verify_signature": False})["sub"]
            person = {"sub": subject, "email": f"{subject}@example.com", "email_verified": True}
            self._send(handler, 200, {**person, **self.people.get(subject, {})})
        else:
            self._send(handler, 404, {})

    def _answer_post(self, handler: BaseHTTPRequestHandler) -> None:
        """Client credentials, whatever the secret: the real provider's tests prove secrets."""
        import base64
        from urllib.parse import parse_qs

        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        basic = handler.headers.get("Authorization", "").removeprefix("Basic ")
        client_id = form.get("client_id") or base64.b64decode(basic).decode().partition(":")[0]
        token = self.token(client_id, client_id=client_id, scope=form.get("scope", ""))
        self._send(handler, 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _send(self, handler: BaseHTTPRequestHandler, status: int, document: Any) -> None:
        raw = json.dumps(document).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)
