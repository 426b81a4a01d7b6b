"""迁移: how many clients, and what assets, went from each class to each between two days. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from clients.grading.book import NOT_GRADED, BookGrades
from clients.grading.problems import NoSuchScheme
from clients.grading.schemes import NO_GRADE
from market.types import FloatArray, IntArray

NEW: Final = "此前没有"


@dataclass(frozen=True)
class Migration:
    """One scheme between two days. Rows are the classes before, then 不评, then clients who were not there before.

    Columns are the classes after, then 不评. assets: yuan on the later day, unknown ones left out.
    """

    scheme: str
    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: IntArray  # (classes + 2, classes + 1)
    assets: FloatArray
    known: IntArray  # of `counts`, clients whose assets are known on the later day
    better: int
    worse: int
    same: int
    ordered: bool

    @property
    def moved(self) -> int:
        """Clients who were there before and are in another class, or no longer in one."""
        return int(self.counts[:-1].sum() - np.trace(self.counts[:-1]))


def migration(before: BookGrades, after: BookGrades, scheme: str, *, ordered: bool = True) -> Migration:
    """The matrix of a scheme. Classes are told by their codes: those that are gone count as 不评.

    ordered: whether the first class is the best. Raises NoSuchScheme.
    """
    found, then = after.scheme(scheme), before.scheme(scheme)
    if found is None:
        raise NoSuchScheme(f"{after.day} 登记的分级里没有方案 {scheme}")
    codes = [code for code, _ in found.classes]
    k = len(codes)
    place = {code: at for at, code in enumerate(codes)}
    was: Mapping[str, str | None] = {}
    if then is not None:
        was = dict(zip(before.client_no, before.codes(scheme), strict=True))
    rows = np.array([
        k + 1 if number not in was else place.get(was[number] or "", k) for number in after.client_no
    ], dtype=np.int64)  # fmt: skip
    grades = after.grades[scheme].astype(np.int64)
    columns = np.where(grades == NO_GRADE, k, grades)
    cells = rows * (k + 1) + columns
    size = (k + 2) * (k + 1)
    counts = np.bincount(cells, minlength=size).reshape(k + 2, k + 1)
    told = ~np.isnan(after.assets)
    known = np.bincount(cells[told], minlength=size).reshape(k + 2, k + 1)
    weights = np.nan_to_num(after.assets)
    assets = np.bincount(cells, weights=weights, minlength=size).astype(np.float64).reshape(k + 2, k + 1)
    square = counts[:k, :k]
    labels = [label for _, label in found.classes]
    return Migration(
        scheme, found.title, (*labels, NOT_GRADED, NEW), (*labels, NOT_GRADED), counts, assets, known,
        better=int(np.tril(square, -1).sum()) if ordered else 0, worse=int(np.triu(square, 1).sum()) if ordered else 0,
        same=int(np.trace(square)), ordered=ordered,
    )  # fmt: skip
