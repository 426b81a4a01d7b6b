"""The house rules of signing in, as the rule data states them for a day. Pure but for reading its file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from kit.clock import day_of
from kit.identity.problems import WeakPassword
from kit.rulebook import Rulebook, load_rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Lengths in characters; times as they are used."""

    least_length: int
    most_length: int
    least_distinct: int
    failures: int
    first_lock: timedelta
    lock_factor: int
    longest_lock: timedelta
    access: timedelta
    refresh: timedelta
    session: timedelta
    page_idle: timedelta
    page_touch: timedelta
    page_session: timedelta

    def lock_after(self, failures: int) -> timedelta:
        """How long a user is locked after so many refused sign-ins in a row; nothing below the threshold."""
        beyond = failures - self.failures
        if beyond < 0:
            return timedelta()
        most_steps = 32  # more would only grow a number that the longest lock cuts anyway
        steps: int = self.lock_factor ** min(beyond, most_steps)
        return min(self.first_lock * steps, self.longest_lock)

    def check_password(self, password: str, name: str) -> None:
        """Raises WeakPassword that says what is missing, never what was typed."""
        if not self.least_length <= len(password) <= self.most_length:
            raise WeakPassword(f"口令须有 {self.least_length} 至 {self.most_length} 个字符；可用几个不相干的词连成一句")
        if len(set(password)) < self.least_distinct:
            raise WeakPassword(f"口令至少要有 {self.least_distinct} 种不同的字符")
        if name and name.lower() in password.lower():
            raise WeakPassword("口令不得包含用户名")


@dataclass(frozen=True, slots=True)
class HashCost:
    """Parameters of Argon2id."""

    time_cost: int
    memory_kib: int
    parallelism: int


def policy_of(at: datetime, rules: Rulebook | None = None) -> Policy:
    """The policy in force on the day of `at` in Shanghai."""
    book = rules or load_rulebook("kit", "identity")
    day = day_of(at)
    password, lockout = book.on("IDENTITY-PASSWORD", day), book.on("IDENTITY-LOCKOUT", day)
    tokens, page = book.on("IDENTITY-TOKENS", day), book.on("IDENTITY-PAGE", day)
    return Policy(
        least_length=password["least_length"], most_length=password["most_length"],
        least_distinct=password["least_distinct"], failures=lockout["failures"],
        first_lock=timedelta(minutes=lockout["first_minutes"]), lock_factor=lockout["factor"],
        longest_lock=timedelta(minutes=lockout["most_minutes"]), access=timedelta(minutes=tokens["access_minutes"]),
        refresh=timedelta(hours=tokens["refresh_hours"]), session=timedelta(days=tokens["session_days"]),
        page_idle=timedelta(minutes=page["idle_minutes"]), page_touch=timedelta(minutes=page["touch_minutes"]),
        page_session=timedelta(hours=page["session_hours"]),
    )  # fmt: skip


@lru_cache
def hash_cost() -> HashCost:
    """The newest parameters: a hash made under older ones is renewed at the next sign-in."""
    _, value = load_rulebook("kit", "identity")["IDENTITY-HASH"].values[-1]
    return HashCost(**value)
