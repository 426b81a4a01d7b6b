"""Tokens: a signed access token that anyone may read, and opaque ones of which only the hash is kept.

An access token is a JWT (RFC 9068) signed by HMAC-SHA256 and nothing else: the algorithm is ours, never the token's.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import jwt

from kit.access import Role
from kit.identity.keys import KeyRing
from kit.identity.problems import NotSignedIn

ALGORITHM: Final = "HS256"
TYPE: Final = "at+jwt"
ISSUER: Final = "heshi"
AUDIENCE: Final = "heshi-api"
CLAIMS: Final = ("sub", "role", "subject", "sid", "iat", "exp", "iss", "aud")
SKEW: Final = timedelta(seconds=30)  # clocks of two servers


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says of its holder."""

    user_id: str
    role: Role
    subject: str
    session_id: str
    issued_at: datetime
    expires_at: datetime


def access_token(keys: KeyRing, claims: Claims) -> str:
    kid, secret = keys.signing
    payload = {
        "sub": claims.user_id, "role": claims.role.value, "subject": claims.subject, "sid": claims.session_id,
        "iat": int(claims.issued_at.timestamp()), "exp": int(claims.expires_at.timestamp()), "iss": ISSUER,
        "aud": AUDIENCE,
    }  # fmt: skip
    return jwt.encode(payload, secret, algorithm=ALGORITHM, headers={"kid": kid, "typ": TYPE})


def read_access_token(keys: KeyRing, token: str, now: datetime) -> Claims:
    """Raises NotSignedIn for a token that is forged, expired, of another kind or audience, or signed otherwise."""
    try:
        header = jwt.get_unverified_header(token)
        secret = keys.secret(str(header.get("kid", "")))
        if secret is None or header.get("typ") != TYPE:
            raise NotSignedIn("访问令牌无效；请重新登录")
        payload = jwt.decode(
            token, secret, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER,
            # the clock is the caller's: both times are compared below
            options={"require": list(CLAIMS), "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )  # fmt: skip
        claims = Claims(
            str(payload["sub"]), Role(payload["role"]), str(payload["subject"]), str(payload["sid"]),
            datetime.fromtimestamp(int(payload["iat"]), now.tzinfo),
            datetime.fromtimestamp(int(payload["exp"]), now.tzinfo),
        )  # fmt: skip
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError) as error:
        raise NotSignedIn("访问令牌无效；请重新登录") from error
    if now >= claims.expires_at or claims.issued_at - SKEW > now:
        raise NotSignedIn("访问令牌已过期；请用刷新令牌换取新的，或重新登录")
    return claims


def opaque_token() -> str:
    """256 random bits; who holds it is let in."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of an opaque token: a plain hash is enough for 256 random bits."""
    return sha256(token.encode(errors="replace")).hexdigest()


def csrf_token(keys: KeyRing, cookie: str) -> str:
    """What a form of the session with this cookie carries in its hidden field."""
    return _csrf(keys.derived("csrf")[0], cookie)


def csrf_fits(keys: KeyRing, cookie: str, given: str) -> bool:
    """Whether a form's hidden field belongs to this cookie, under any key of the ring."""
    sent = given.encode(errors="replace")
    return bool(cookie) and any(hmac.compare_digest(_csrf(key, cookie).encode(), sent) for key in keys.derived("csrf"))


def _csrf(key: bytes, cookie: str) -> str:
    return hmac.new(key, token_hash(cookie).encode(), sha256).hexdigest()
