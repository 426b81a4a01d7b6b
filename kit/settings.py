"""Settings from the environment (`HESHI_…`), with defaults that run on one machine without a server."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set; each field is `HESHI_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="HESHI_", env_ignore_empty=True, extra="ignore")

    database_url: str = "sqlite:///var/heshi.db"
    var_dir: Path = Path("var")
    host: str = "127.0.0.1"
    port: int = 8000
    firm_name: str = "合适证券（演示）"
    log_level: str = "INFO"
    demo: bool = False  # a server may start without keys, on the demo database
    token_keys: SecretStr = SecretStr("")  # kid:secret,kid:secret; the first signs, all verify
    trail_anchor: Path | None = None  # default: trail-anchor.jsonl in var_dir
    trail_anchor_key: SecretStr = SecretStr("")  # signs the anchors
    holdout_key: SecretStr = SecretStr("")  # 16 to 64 bytes: who is left alone by MOT; never changed once measured
    channels_file: Path | None = None  # the addresses that messages may go to, with their secrets
    public_url: str = Field(default="", max_length=300)  # where people open this system: links in what leaves it
    channel_hosts: str = ""  # hosts allowed beside the makers' own, comma between; http://host:port without TLS


@lru_cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
