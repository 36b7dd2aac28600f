"""Plans payouts in transactions of its own, by psycopg, which knows nothing of the outbox. Prints what it saw."""

import json
import sys
import threading

import psycopg

url = sys.argv[1]
texts = [line.rstrip("\n") for line in sys.stdin]
first, changed, rolled_back, late = texts
seen = {}


def plan(connection, text):
    return connection.execute("SELECT dots_outbox.plan(%s)", (text,)).fetchone()[0]


with psycopg.connect(url) as connection:
    connection.execute("CREATE TABLE approved (number text PRIMARY KEY)")
    connection.commit()

    with connection.transaction():
        connection.execute("INSERT INTO approved VALUES ('881')")
        seen["first"] = plan(connection, first)
    with connection.transaction():
        seen["again"] = plan(connection, first)

    try:
        with connection.transaction():
            connection.execute("INSERT INTO approved VALUES ('882')")
            plan(connection, changed)
    except psycopg.Error as error:
        seen["changed"] = error.sqlstate

    try:
        with connection.transaction():
            connection.execute("INSERT INTO approved VALUES ('883')")
            plan(connection, rolled_back)
            raise KeyError("the invoice was not meant")
    except KeyError:
        pass

    # Two transactions plan one reference at once: the second one waits for the first, and is quiet.
    other = psycopg.connect(url)
    waited = []
    connection.execute("BEGIN")
    seen["one"] = plan(connection, late)
    thread = threading.Thread(target=lambda: waited.append(plan(other, late)))
    thread.start()
    connection.execute("COMMIT")
    thread.join()
    other.commit()
    seen["other"] = waited[0]

    # A stricter transaction that began before cannot see it, and has to be run again.
    other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    other.execute("SELECT 1 FROM dots_outbox.status")
    seen["early"] = plan(connection, rolled_back)
    connection.commit()
    try:
        plan(other, rolled_back)
    except psycopg.Error as error:
        seen["strict"] = error.sqlstate
    other.rollback()
    seen["strict again"] = plan(other, rolled_back)
    other.commit()
    other.close()

    seen["approved"] = [row[0] for row in connection.execute("SELECT number FROM approved ORDER BY number")]

print(json.dumps(seen))
