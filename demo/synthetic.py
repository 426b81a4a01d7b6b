"""Book 2: synthetic clients who trade at real A-share prices. One seed and one size give the same files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from demo.behaviour import RESERVED, Investor, World
from demo.book import AccountBook
from demo.cast import ENTAILED, Persona, Role, Trap, cast
from demo.files import Book, BookFile
from demo.market_files import (
    PRICES_LEFT_OUT,
    write_actions,
    write_benchmark,
    write_csv,
    write_instruments,
    write_prices,
)
from demo.statements import (
    HEADINGS,
    Statement,
    statement_lines,
    write_canonical,
    write_parquet,
    write_statement_csv,
    write_statement_excel,
)
from demo.tape import Tape, load_signals, load_tape
from demo.traps import Trapped, held_on, spring

FEW: Final = 4
"""Accounts in the workbook and in the Parquet file."""
EXACT: Final = ("成交数量", "成交均价", "成交金额", "手续费", "印花税", "过户费", "发生金额", "资金余额")
PLANTED_HEADINGS: Final = (
    "account_no", "role", "habit", "strength", "trap", "detail", "stocks", "invested", "rotation",
)
Progress = Callable[[int, int], None]
"""Called with how many accounts are done, and how many there are."""


def write_synthetic(folder: Path, seed: int, accounts: int, progress: Progress | None = None) -> Book:
    """Write the whole book into `folder`. Raises ValueError below 24 accounts."""
    folder.mkdir(parents=True, exist_ok=True)
    tape = load_tape()
    people = cast(seed, accounts)
    ledgers = live(people, seed, progress)
    trapped = {who.account_no: spring(who.trap, ledgers[who.account_no].rows, tape) for who in people}
    market = [
        BookFile(write_instruments(folder, tape), "instruments"),
        BookFile(write_prices(folder, tape, RESERVED), "prices"),
        BookFile(write_actions(folder, tape), "actions"),
        BookFile(write_benchmark(folder, tape), "benchmarks"),
    ]
    owners = _people_files(folder, tape, people, trapped)
    ledger = _ledger_files(folder, tape, people, trapped)
    return Book("synthetic", (*market, *owners, *ledger), write_planted(folder, people, trapped))


def live(
    people: Sequence[Persona], seed: int, progress: Progress | None = None
) -> dict[str, AccountBook]:
    """Every account's ledger by its number; a client's second account receives what the first one sent."""
    world = World.of(load_tape(), load_signals())
    twin_start = {who.twin_of: who.start for who in people if who.twin_of}
    sent: dict[str, dict[int, int]] = {}
    ledgers: dict[str, AccountBook] = {}
    for done, who in enumerate(people, start=1):
        investor = Investor(world, who, seed, twin_start.get(who.account_no))
        ledgers[who.account_no] = investor.live(sent.get(who.twin_of or ""))
        sent[who.account_no] = investor.sent
        if progress is not None:
            progress(done, len(people))
    return ledgers


def _people_files(
    folder: Path, tape: Tape, people: Sequence[Persona], trapped: dict[str, Trapped]
) -> list[BookFile]:
    names = {who.client_no: who.client_name for who in people}
    clients = write_csv(
        folder / "clients.csv", ("client_no", "name", "kind"),
        [(no, name, "NATURAL") for no, name in names.items()],
    )
    accounts = write_csv(
        folder / "accounts.csv", ("account_no", "client_no", "kind", "opened_on", "currency"),
        [
            (who.account_no, who.client_no, "CASH", tape.days[who.start].isoformat(), "CNY")
            for who in people
        ],
    )
    holdings = write_csv(
        folder / "holdings.csv", ("account_no", "date", "security_code", "quantity"),
        _snapshots(tape, people, trapped),
    )
    return [BookFile(clients, "clients"), BookFile(accounts, "accounts"), BookFile(holdings, "holdings")]


def _snapshots(
    tape: Tape, people: Sequence[Persona], trapped: dict[str, Trapped]
) -> Iterable[tuple[str, str, str, int]]:
    """Opening holdings of the trap accounts, and every tenth control's on the last day, to reconcile."""
    last = tape.days[-1]
    controls = [who for who in people if who.role is Role.CONTROL]
    for who in people:
        file = trapped[who.account_no]
        if file.snapshot_on is not None:
            for code, shares in file.snapshot.items():
                yield who.account_no, file.snapshot_on.isoformat(), code, shares
    for who in controls[::10]:
        for code, shares in held_on(trapped[who.account_no].rows, tape, last).items():
            yield who.account_no, last.isoformat(), code, shares


def _ledger_files(
    folder: Path, tape: Tape, people: Sequence[Persona], trapped: dict[str, Trapped]
) -> list[BookFile]:
    """Each account's rows go into one of four forms of file, so that an import reads them all."""
    parts: dict[str, list[Statement]] = {"gb18030": [], "canonical": [], "excel": [], "parquet": []}
    for who in people:
        parts[_part(who, parts)].append((who.account_no, trapped[who.account_no].rows))
    trades, flows, bonus = write_canonical(folder, tape, parts["canonical"])
    return [
        BookFile(
            write_statement_csv(folder / "statement.csv", tape, parts["gb18030"], "gb18030"), "statement"
        ),
        BookFile(trades, "trades"),
        BookFile(flows, "cashflows"),
        BookFile(bonus, "statement"),
        BookFile(write_statement_excel(folder / "statement.xlsx", tape, parts["excel"]), "statement"),
        BookFile(
            write_parquet(
                folder / "statement.parquet", HEADINGS, statement_lines(tape, parts["parquet"]), EXACT
            ),
            "statement",
        ),
    ]


def _part(who: Persona, parts: dict[str, list[Statement]]) -> str:
    if who.role is Role.TRAP:
        return "gb18030"
    if who.index % 7 == 3 and len(parts["excel"]) < FEW:
        return "excel"
    if who.index % 7 == 5 and len(parts["parquet"]) < FEW:
        return "parquet"
    return "canonical" if who.index % 7 in (2, 6) else "gb18030"


def write_planted(folder: Path, people: Sequence[Persona], trapped: dict[str, Trapped]) -> Path:
    """`planted.csv`: what was planted where, one row for each account and habit or trap. Never imported."""
    rows: list[tuple[object, ...]] = []
    for who in people:
        manner = (who.stocks, who.invested, who.rotation)
        for habit, strength in who.habits.items():
            rows.append((who.account_no, Role.PLANTED.value, habit.value, strength, "", "", *manner))
            for other in ENTAILED.get(habit, ()):
                if other not in who.habits:
                    why = f"by={habit.value}"
                    rows.append((who.account_no, "ENTAILED", other.value, "", "", why, *manner))
        if who.role is not Role.PLANTED:
            trap = who.trap.value if who.trap else ""
            detail = _missing_prices() if who.trap is Trap.MISSING_PRICES else trapped[who.account_no].detail
            rows.append((who.account_no, who.role.value, "", "", trap, detail, *manner))
    return write_csv(folder / "planted.csv", PLANTED_HEADINGS, rows)


def _missing_prices() -> str:
    first, last = PRICES_LEFT_OUT
    return f"stock={RESERVED};from={first};to={last}"
