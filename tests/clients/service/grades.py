"""Grades on file for tests of service: rows written directly, so that a level is earned by a class that is known."""

from __future__ import annotations

from datetime import date

import numpy as np

from clients.grading.loading import schemes_on
from clients.grading.tables import ClientGradeRow, GradeRunRow
from tests.clients.people import DAY, NOW, STAMP

KNOWN = {one.code: one for one in schemes_on(DAY)}


def graded(session, people, day: date, **classes: dict[str, str | None]):
    """A run of a day: by scheme, the class of each client number (None: not graded). Every client has a row."""
    heads = [
        {"code": code, "title": KNOWN[code].title, "version": "v", "since": "2017-07-01", "features": [], "others": [],
         "classes": [[one.code, one.label] for one in KNOWN[code].classes]}
        for code in classes
    ]  # fmt: skip
    run = GradeRunRow(
        day=day, graded_at=NOW, graded_by=STAMP.actor.user_id, clients=len(people.clients), written=0, schemes=heads,
        features=[], counts={}, digest="sha256:0",
    )
    run_id = people.add(run)
    for number, client_id in people.clients.items():
        places = [
            -1 if told.get(number) is None else [one.code for one in KNOWN[code].classes].index(told[number])
            for code, told in classes.items()
        ]
        session.add(ClientGradeRow(
            client_id=client_id, run_id=run_id, day=day, grades=np.array(places, dtype=np.int8).tobytes(), features=b""
        ))
    session.flush()
