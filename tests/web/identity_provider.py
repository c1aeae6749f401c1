"""An OpenID provider in a process of its own: discovery, keys, the authorization code flow with PKCE, signed id tokens."""

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "isocenter-test", "the-client-s-secret"


class Provider(ThreadingHTTPServer):
    """Signs in whoever it was told to, without asking."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.codes: dict[str, dict[str, str]] = {}
        # What the next token says beside the usual, and how it is spoilt; set through POST /next.
        self.next: dict[str, Any] = {}

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {**usual, **self.next.get("claims", {})}
        claims = {name: value for name, value in claims.items() if value is not None}
        match self.next.get("signed", "RS256"):
            case "none":
                return jwt.encode(claims, "", "none")
            case "HS256":
                return jwt.encode(claims, CLIENT_SECRET, "HS256", {"kid": "one"})
            case "by another":
                return jwt.encode(claims, self.other_key, "RS256", {"kid": "one"})
        return jwt.encode(claims, self.key, "RS256", {"kid": "one"})

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        issuer = self.server.issuer
        match place.path:
            case "/.well-known/openid-configuration":
                self.say(
                    {
                        "issuer": issuer,
                        "authorization_endpoint": f"{issuer}/authorize",
                        "token_endpoint": f"{issuer}/token",
                        "userinfo_endpoint": f"{issuer}/userinfo",
                        "jwks_uri": f"{issuer}/keys",
                        "token_endpoint_auth_methods_supported": ["client_secret_post"],
                    }
                )
            case "/keys":
                self.say(self.server.keys())
            case "/authorize":
                self.authorize({name: values[0] for name, values in parse_qs(place.query).items()})
            case "/userinfo":
                self.say(self.server.next.get("userinfo", {}))
            case _:
                self.say({}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/next":
            self.server.next = json.loads(body)
            self.say({})
        elif self.path == "/token":
            self.exchange({name: values[0] for name, values in parse_qs(body).items()})

    def authorize(self, asked: dict[str, str]) -> None:
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.server.codes[code] = asked
        query = urlencode({"code": code, "state": asked["state"]})
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{query}")
        self.end_headers()

    def exchange(self, told: dict[str, str]) -> None:
        begun = self.server.codes.pop(told.get("code", ""), None)
        digest = hashlib.sha256(told.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_ours = (told.get("client_id"), told.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if begun is None or begun["code_challenge"] != challenge or not is_ours:
            self.say({"error": "invalid_grant"}, 400)
            return
        token = self.server.id_token(begun.get("nonce", ""))
        self.say({"access_token": "opaque", "token_type": "Bearer", "id_token": token})

    def say(self, told: object, status: int = 200) -> None:
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_told: Any) -> None:
        """Say nothing: the first line of standard output is the issuer."""


if __name__ == "__main__":
    provider = Provider()
    sys.stdout.write(f"{provider.issuer}\n")
    sys.stdout.flush()
    sys.stdin.close()
    provider.serve_forever()
