"""Files by the same door as `heshi import`: every refused row is named, the whole file is one row of the trail."""

from __future__ import annotations

import re
import shutil
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel

import mot.imports  # noqa: F401  its kinds of files become known
import suitability.imports  # noqa: F401  its kinds of files become known
from api.access import needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.database import Database
from api.desks import Stamped
from api.routes.shapes import PRINTABLE
from clients.intake import import_file
from kit.access import Verb
from kit.digest import file_digest
from kit.problems import BadInput, Problem

router = APIRouter(prefix="/imports", tags=["导入"], route_class=Door, dependencies=[needs(Verb.FILE_IMPORT)])
LARGEST_FILE: Final = 64 * 2**20
LARGEST_BODY: Final = LARGEST_FILE + 2**20  # the other fields of the form
_UNSAFE: Final = re.compile(r"[^\w.() -]")
Given = Annotated[str, Form(max_length=64, pattern=PRINTABLE)]


class FileTooLarge(Problem):
    """文件过大"""

    status = 413
    title = "File too large"


class RejectOut(BaseModel):
    """One refused row: line, the file's own heading, the value that stood there, what was expected."""

    line: int
    column: str
    value: str
    expected: str


class ImportOut(BaseModel):
    """What became of every row: rows_read = rows_new + rows_changed + rows_known + rows_refused."""

    kind: str
    file: str
    digest: str
    rows_read: int
    rows_new: int
    rows_changed: int
    rows_known: int
    rows_refused: int
    remarks: list[str]
    rejects: list[RejectOut]
    dry_run: bool
    written: bool
    accounts: list[str]


@router.post(
    "", operation_id="importFile", responses=problem_responses(BadInput, FileTooLarge), max_body_size=LARGEST_BODY
)
def post_import(
    file: Annotated[UploadFile, File(description="CSV、Excel 或 Parquet")],
    session: Database,
    stamp: Stamped,
    kind: Annotated[str, Form(max_length=32, description="文件种类；不写则按列名识别")] = "",
    account: Given = "",
    client: Given = "",
    venue: Given = "",
    dry_run: Annotated[bool, Form(description="只检查，不写入")] = False,
    strict: Annotated[bool, Form(description="有一行被拒收则整个文件不写入")] = False,
) -> ImportOut:
    """Import one file in one transaction. Importing the same file again changes nothing."""
    with TemporaryDirectory(prefix="heshi-import-") as folder:
        path = saved(file, Path(folder))
        result = import_file(
            session, path, kind=kind or None, account=account or None, client=client or None, venue=venue or None,
            dry_run=dry_run, strict=strict, stamp=stamp,
        )
        digest = file_digest(path)
    return ImportOut(**{**asdict(result), "digest": digest})


def saved(file: UploadFile, folder: Path) -> Path:
    """The upload as a file under its own name, made harmless. Raises FileTooLarge."""
    if (file.size or 0) > LARGEST_FILE:
        raise FileTooLarge(f"文件超过 {LARGEST_FILE // 2**20} MiB；请拆成几个文件，或在服务器上用 heshi import")
    name = _UNSAFE.sub("_", Path(file.filename or "").name)[-120:].lstrip(". ") or "upload"
    path = folder / name
    with path.open("wb") as stream:
        shutil.copyfileobj(file.file, stream)
    return path
