"""The key ring: the first key signs, all verify, so that a key is changed without ending a session.

`HESHI_TOKEN_KEYS=new:…,old:…`; a secret has at least 32 bytes. A server does not start with less.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from kit.identity.problems import UnsafeSecrets
from kit.settings import Settings

LEAST_BYTES: Final = 32
LEAST_DISTINCT: Final = 10
DEMO_KEY_FILE: Final = "demo-token-key"
_KID: Final = re.compile(r"[A-Za-z0-9._-]{1,32}")
_PLACEHOLDERS: Final = ("change", "example", "default", "placeholder", "your-", "secret-key", "insecure", "示例")
_HOW: Final = (
    "设置 HESHI_TOKEN_KEYS=编号:密钥；密钥可用 python -c 'import secrets; print(secrets.token_urlsafe(48))' 生成"
)


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """Secrets by key id, the signing one first. Its repr shows no secret."""

    keys: tuple[tuple[str, bytes], ...]

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(kid for kid, _ in self.keys)})"

    @property
    def signing(self) -> tuple[str, bytes]:
        return self.keys[0]

    def secret(self, kid: str) -> bytes | None:
        return next((secret for known, secret in self.keys if known == kid), None)

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """A key of its own for another purpose, from each secret in order."""
        return tuple(hmac.new(secret, purpose.encode(), sha256).digest() for _, secret in self.keys)


def parse_keys(text: str) -> KeyRing:
    """Keys written `kid:secret,kid:secret`. Raises UnsafeSecrets that names the key and never shows a secret."""
    if not text.strip():
        raise UnsafeSecrets(f"没有签名密钥。{_HOW}")
    keys: dict[str, bytes] = {}
    for number, part in enumerate(text.split(","), start=1):
        kid, colon, secret = part.strip().partition(":")
        if not colon or not _KID.fullmatch(kid):
            raise UnsafeSecrets(f"第 {number} 个签名密钥没有编号。{_HOW}")
        if kid in keys:
            raise UnsafeSecrets(f"签名密钥编号 {kid} 出现两次")
        _check_secret(kid, secret)
        keys[kid] = secret.encode()
    return KeyRing(tuple(keys.items()))


def _check_secret(kid: str, secret: str) -> None:
    if len(secret.encode()) < LEAST_BYTES:
        raise UnsafeSecrets(f"签名密钥 {kid} 不足 {LEAST_BYTES} 字节。{_HOW}")
    if len(set(secret)) < LEAST_DISTINCT or any(word in secret.lower() for word in _PLACEHOLDERS):
        raise UnsafeSecrets(f"签名密钥 {kid} 是示例值或可以猜到。{_HOW}")


def require_safe_secrets(settings: Settings, *, demo: bool = False) -> KeyRing:
    """The keys that a server signs with; called before it listens.

    demo: as does HESHI_DEMO=1, lets a server run without keys: one is made once in the var directory, readable by its
    owner alone. Raises UnsafeSecrets in any other case of a missing, short or guessable secret.
    """
    given = settings.token_keys.get_secret_value()
    if given.strip() or not (demo or settings.demo):
        return parse_keys(given)
    return parse_keys(f"demo:{_demo_secret(settings.var_dir / DEMO_KEY_FILE)}")


def _demo_secret(path: Path) -> str:
    """The secret in `path`, made there first where there is none; two processes that start at once share one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
        try:
            os.link(made, path)  # fails where another was first, and never shows half a secret
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text(encoding="utf-8").strip()
