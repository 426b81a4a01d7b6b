"""Both books and the staff who serve them: written into a folder, and imported in the order of their references."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clients.intake import import_file
from demo.choice import shown_clients
from demo.files import Book, BookFile
from demo.real import write_real
from demo.staff import send_away, write_staff
from demo.synthetic import write_synthetic
from kit.imports import ImportResult

SEED: Final = 20240101
ACCOUNTS: Final = 300
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many steps are done, how many there are."""


@dataclass(frozen=True, slots=True)
class Books:
    """The two books as written, and who serves their clients."""

    real: Book
    synthetic: Book
    staff: Book

    def files(self) -> Iterator[BookFile]:
        """Every import file, in import order."""
        yield from self.real.files
        yield from self.synthetic.files
        yield from self.staff.files

    @property
    def planted(self) -> Path:
        """What was planted in the synthetic book; never imported."""
        if self.synthetic.planted is None:
            raise ValueError("the synthetic book has no record of what was planted")
        return self.synthetic.planted


def write_books(
    folder: Path, seed: int = SEED, accounts: int = ACCOUNTS, progress: Progress | None = None
) -> Books:
    """Write both books and their staff below `folder`. At least 24 accounts.

    The same seed and size give the same bytes.
    """

    def told(done: int, whole: int) -> None:
        if progress is not None:
            progress("生成示范账户", done, whole)

    real, synthetic = write_real(folder / "real"), write_synthetic(folder / "synthetic", seed, accounts, told)
    return Books(real, synthetic, write_staff(folder / "staff", (real, synthetic), seed, shown_clients(folder)))


def load_books(url: str | None, books: Books, progress: Progress | None = None) -> list[ImportResult]:
    """Import every file of `books` into the database at `url` (None: the settings'). Tables must exist.

    Refused rows are in the results, by name: the real book has three rows of quantity 0.
    """
    files = list(books.files())
    results: list[ImportResult] = []
    for done, file in enumerate(files, start=1):
        results.append(import_file(url, file.path, kind=file.kind))
        if progress is not None:
            progress(f"导入 {file.path.parent.name}/{file.path.name}", done, len(files))
    send_away(url)
    return results
