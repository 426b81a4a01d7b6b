"""Sending looks rows up by index, whatever the server guesses: a table of years is never read through."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from kit.db import engine
from mot.delivery import claims
from mot.delivery.tables import DeliveryRow, StandingRow

MANY = 20_000
FILL = """
INSERT INTO delivery (id, key, subject_kind, subject_id, channel, recipient, address, client_no, guard, category,
  priority, title, body, link, created_at)
SELECT n, 'k' || n, 'NOTICE', n, 'CONSOLE', 'staff:S1', '', '', '', '', 3, '题', '文', '', now()
FROM generate_series(1, {many}) AS n;
INSERT INTO delivery_standing (delivery_id, priority, outward, recipient, state, reason, ready_at, fence, worker,
  attempts, uncertain, since)
SELECT n, 3, {outward}, 'staff:S1', 'PENDING', '', CASE WHEN n % {every} = 0 THEN now() END, 0, '', 0, 0, now()
FROM generate_series(1, {many}) AS n
"""
CASES = [
    # (the statement, whether the rows leave the house, one of how many waits)
    (claims._CLAIM_POSTGRES, True, 1),
    (claims._CLAIM_POSTGRES, True, 100),
    (claims._CLAIM_POSTGRES, False, 1),
    (claims._LOCKS["postgresql"], False, 1),
    (claims._LOCKS["postgresql"], False, 100),
    (claims._LOCKS["postgresql"], True, 1),  # none for the inbox, and whether anything else waits is asked
    (claims._FILE_POSTGRES, True, 1),
    (claims._SEND_POSTGRES, False, 1),
]
GIVEN = {
    "now": "now()", "until": "now()", "most": "100", "worker": "'w'::text", "locked": "0", "reason": "''::text",
    "ids": "'{1,2,3}'", "fences": "'{0,0,0}'", "places": "'{1,1,1}'", "states": "'{SENT}'", "reasons": "'{ok}'",
    "readies": "'{NULL}'", "tried": "'{1}'", "lost": "'{0}'", "happenings": "'{SENT}'", "ended": "'{true}'",
}  # fmt: skip


@pytest.mark.postgres
@pytest.mark.parametrize(("statement", "outward", "every"), CASES)
def test_no_table_is_read_through(statement, outward, every, postgres_url):
    asked = statement.text
    for name in sorted(statement._bindparams, key=len, reverse=True):
        asked = asked.replace(f":{name}", GIVEN[name])
    with engine(postgres_url).begin() as connection:
        for one in FILL.format(many=MANY, outward=outward, every=every).split(";"):
            connection.execute(text(one))
        connection.execute(text("ANALYZE"))
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {asked}").scalars())

    for table in (DeliveryRow.__tablename__, StandingRow.__tablename__):
        assert f"Seq Scan on {table}" not in plan
