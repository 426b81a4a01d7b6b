"""Identities as a report may show them: enough for the client to know them, not for anyone else."""

from __future__ import annotations

STARS = "****"


def mask_name(name: str) -> str:
    """First character and two stars (张三 → 张**); an empty name becomes —."""
    name = name.strip()
    return f"{name[0]}**" if name else "—"


def mask_number(number: str) -> str:
    """Up to four characters at each end, four stars between (600112343428 → 6001****3428).

    No more than two thirds of the characters stay visible; the number of stars says nothing about the length.
    """
    number = number.strip()
    keep = min(4, len(number) // 3)
    return f"{number[:keep]}{STARS}{number[-keep:]}" if keep else STARS
