"""What a Python user does with adbc-driver-flightsql. Each check prints one line:
"ok NAME" or "FAIL NAME: why"."""

import datetime
import decimal
import os
import traceback
import warnings

import pyarrow
from adbc_driver_flightsql import ConnectionOptions, DatabaseOptions, dbapi
from adbc_driver_manager import AdbcStatusCode

URI = os.environ["LAKEGATE_URI"]
CA = open(os.environ["LAKEGATE_CA"]).read()
WRITER, READER = os.environ["LAKEGATE_WRITER"], os.environ["LAKEGATE_READER"]
CHECKS = []


def check(f):
    CHECKS.append(f)
    return f


def connect(token=WRITER, autocommit=True, **options):
    return dbapi.connect(
        URI,
        autocommit=autocommit,
        db_kwargs={
            DatabaseOptions.AUTHORIZATION_HEADER.value: "Bearer " + token,
            DatabaseOptions.TLS_ROOT_CERTS.value: CA,
            **options,
        },
    )


COOKIES = {DatabaseOptions.WITH_COOKIE_MIDDLEWARE.value: "true"}


def same(got, want):
    assert got == want, f"got {got!r}, want {want!r}"


def fails(kind, status, sql, token=WRITER, words=""):
    with connect(token) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(sql)
            rows = cursor.fetchall()
        except kind as e:
            same(e.status_code, status)
            assert words in str(e), f"{words!r} is not in {e}"
        else:
            raise AssertionError(f"{sql} gives {rows}")
        cursor.execute("SELECT 1")
        same(cursor.fetchall(), [(1,)])


@check
def a_query_gives_its_rows():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 AS a, 'x' AS b, NULL AS c, DATE '2026-01-02' AS d, 1.50::DECIMAL(9,2) AS e")
        same([c[0] for c in cursor.description], ["a", "b", "c", "d", "e"])
        same(cursor.fetchall(), [(1, "x", None, datetime.date(2026, 1, 2), decimal.Decimal("1.50"))])


@check
def every_type_arrives_as_itself():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT true AS b, 1::TINYINT AS i8, 2::UBIGINT AS u64, 1.5::FLOAT AS f, TIMESTAMP '2026-01-02 03:04:05.678' AS ts, "
            "TIMESTAMPTZ '2026-01-02 03:04:05+00' AS tz, [1, 2] AS l, {'a': 1, 'b': 'x'} AS s, MAP {'k': 1} AS m, "
            "'a'::BLOB AS bl, uuid() IS NOT NULL AS u, INTERVAL 1 DAY AS iv, 170141183460469231731687303715884105727::HUGEINT > 0 AS h"
        )
        table = cursor.fetch_arrow_table()
        types = {f.name: f.type for f in table.schema}
        same(types["i8"], pyarrow.int8())
        same(types["u64"], pyarrow.uint64())
        same(types["f"], pyarrow.float32())
        assert pyarrow.types.is_timestamp(types["tz"]) and types["tz"].tz, types["tz"]
        row = table.to_pylist()[0]
        same(row["l"], [1, 2])
        same(row["s"], {"a": 1, "b": "x"})
        same(row["m"], [("k", 1)])
        same(row["bl"], b"a")
        same(row["ts"], datetime.datetime(2026, 1, 2, 3, 4, 5, 678000))


@check
def an_empty_result_has_its_schema():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 AS a, 'x' AS b WHERE false")
        table = cursor.fetch_arrow_table()
        same(table.num_rows, 0)
        same(table.column_names, ["a", "b"])


@check
def parameters_are_bound():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT ? + 1 AS a, ? AS b", (41, "it's"))
        same(cursor.fetchall(), [(42, "it's")])
        cursor.execute("SELECT count(*) FROM weblogs.web.hits WHERE id < ? AND name LIKE ?", (10, "row %"))
        same(cursor.fetchall(), [(30,)])


@check
def parameters_of_every_type_are_bound():
    with connect() as connection, connection.cursor() as cursor:
        values = (1, 1.5, "x", True, b"\x00\xff", datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 3, 4, 5), None)
        cursor.execute("SELECT ?, ?, ?, ?, ?, ?, ?, ?", values)
        same(cursor.fetchall(), [values])


@check
def executemany_changes_once_for_each_row():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE py_many (a INTEGER, b VARCHAR)")
        cursor.executemany("INSERT INTO py_many VALUES (?, ?)", [(i, str(i)) for i in range(100)])
        cursor.execute("SELECT count(*), sum(a), max(b) FROM py_many")
        same(cursor.fetchall(), [(100, 4950, "99")])
        try:
            cursor.executemany("INSERT INTO py_many VALUES (?, ?)", [("1", "ok"), ("no number", "bad")])
        except dbapi.Error:
            pass
        else:
            raise AssertionError("a text was taken for a number")
        cursor.execute("SELECT count(*) FROM py_many")
        same(cursor.fetchall(), [(100,)])


@check
def changes_by_the_query_path_happen_once():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE py_once (a INTEGER)")
        cursor.execute("INSERT INTO py_once VALUES (1)")
        cursor.execute("INSERT INTO py_once VALUES (2)")
        cursor.fetchall()
        cursor.execute("SELECT a FROM py_once ORDER BY a")
        same(cursor.fetchall(), [(1,), (2,)])


ROWS = pyarrow.table({"id": [1, 2, 3], "name": ["a", None, "c"]})


@check
def ingest_create_makes_the_table_once():
    with connect() as connection, connection.cursor() as cursor:
        same(cursor.adbc_ingest("py_create", ROWS, mode="create"), 3)
        cursor.execute("SELECT * FROM py_create ORDER BY id")
        same(cursor.fetchall(), [(1, "a"), (2, None), (3, "c")])
        try:
            cursor.adbc_ingest("py_create", ROWS, mode="create")
        except dbapi.Error as e:
            same(e.status_code, AdbcStatusCode.ALREADY_EXISTS)
        else:
            raise AssertionError("create made a table that is there")


@check
def ingest_append_needs_the_table():
    with connect() as connection, connection.cursor() as cursor:
        try:
            cursor.adbc_ingest("py_append", ROWS, mode="append")
        except dbapi.Error as e:
            same(e.status_code, AdbcStatusCode.NOT_FOUND)
        else:
            raise AssertionError("append made a table")
        cursor.execute("CREATE TABLE py_append (id BIGINT, name VARCHAR)")
        same(cursor.adbc_ingest("py_append", ROWS, mode="append"), 3)
        same(cursor.adbc_ingest("py_append", ROWS, mode="append"), 3)
        cursor.execute("SELECT count(*) FROM py_append")
        same(cursor.fetchall(), [(6,)])


@check
def ingest_replace_puts_the_new_table_in_its_place():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE py_replace (other DOUBLE)")
        same(cursor.adbc_ingest("py_replace", ROWS, mode="replace"), 3)
        cursor.execute("SELECT sum(id) FROM py_replace")
        same(cursor.fetchall(), [(6,)])


@check
def ingest_create_append_does_either():
    with connect() as connection, connection.cursor() as cursor:
        same(cursor.adbc_ingest("py_either", ROWS, mode="create_append"), 3)
        same(cursor.adbc_ingest("py_either", ROWS, mode="create_append"), 3)
        cursor.execute("SELECT count(*) FROM py_either")
        same(cursor.fetchall(), [(6,)])


@check
def ingest_of_a_wrong_schema_is_refused_whole():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE py_wrong (id BIGINT)")
        try:
            cursor.adbc_ingest("py_wrong", ROWS, mode="append")
        except dbapi.Error as e:
            same(e.status_code, AdbcStatusCode.INVALID_ARGUMENT)
        else:
            raise AssertionError("two columns went into one")
        cursor.execute("SELECT count(*) FROM py_wrong")
        same(cursor.fetchall(), [(0,)])


@check
def ingest_streams_and_names_catalog_and_schema():
    def batches():
        for i in range(50):
            yield pyarrow.record_batch({"id": pyarrow.array(range(i * 2000, i * 2000 + 2000), pyarrow.int64())})

    with connect() as connection, connection.cursor() as cursor:
        reader = pyarrow.RecordBatchReader.from_batches(pyarrow.schema([("id", pyarrow.int64())]), batches())
        same(cursor.adbc_ingest("py_stream", reader, mode="create", catalog_name="scratch", db_schema_name="main"), 100_000)
        cursor.execute("SELECT count(*), min(id), max(id) FROM scratch.main.py_stream")
        same(cursor.fetchall(), [(100_000, 0, 99_999)])


@check
def record_batches_stream():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT range AS id, 'row ' || range AS name FROM range(1000000)")
        rows = batches = 0
        for batch in cursor.fetch_record_batch():
            batches += 1
            rows += batch.num_rows
        same(rows, 1_000_000)
        assert 5 <= batches <= 100, f"{batches} batches"
        # The next statement does not wait for one that was left half read.
        cursor.execute("SELECT a.range FROM range(100000000) a, range(100000) b")
        next(iter(cursor.fetch_record_batch()))
        cursor.execute("SELECT 1")
        same(cursor.fetchall(), [(1,)])


@check
def get_objects_shows_what_is_there():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE py_seen (id BIGINT, name VARCHAR)")
        table = connection.adbc_get_objects(depth="all", table_name_filter="py_seen").read_all().to_pylist()
        found = [
            (c["catalog_name"], s["db_schema_name"], t["table_name"], [col["column_name"] for col in t["table_columns"]])
            for c in table
            for s in c["catalog_db_schemas"] or []
            for t in s["db_schema_tables"] or []
        ]
        same(found, [("boilstream", "main", "py_seen", ["id", "name"])])
        catalogs = {c["catalog_name"] for c in connection.adbc_get_objects(depth="catalogs").read_all().to_pylist()}
        assert {"boilstream", "scratch", "weblogs"} <= catalogs, catalogs
        assert catalogs <= {"boilstream", "scratch", "weblogs", "temp"}, catalogs
        schema = connection.adbc_get_table_schema("py_seen")
        same(schema.names, ["id", "name"])
        assert "TABLE" in " ".join(connection.adbc_get_table_types()).upper()
        info = connection.adbc_get_info()
        same(info["vendor_name"], "Lakegate")


@check
def a_transaction_is_rolled_back_and_committed():
    warnings.simplefilter("error")  # the driver warns where autocommit cannot be switched off
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE py_txn (a INTEGER)")
    with connect(autocommit=False, **COOKIES) as connection, connection.cursor() as cursor, connect() as other:
        with other.cursor() as outside:
            cursor.execute("INSERT INTO py_txn VALUES (1)")
            cursor.execute("SELECT count(*) FROM py_txn")
            same(cursor.fetchall(), [(1,)])
            outside.execute("SELECT count(*) FROM py_txn")
            same(outside.fetchall(), [(0,)])
            connection.rollback()
            cursor.execute("SELECT count(*) FROM py_txn")
            same(cursor.fetchall(), [(0,)])
            cursor.execute("INSERT INTO py_txn VALUES (2)")
            connection.commit()
            outside.execute("SELECT a FROM py_txn")
            same(outside.fetchall(), [(2,)])


@check
def a_transaction_holds_an_ingest_and_many_rows():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE py_txn2 (id BIGINT, name VARCHAR)")
    with connect(autocommit=False, **COOKIES) as connection, connection.cursor() as cursor:
        same(cursor.adbc_ingest("py_txn2", ROWS, mode="append"), 3)
        cursor.executemany("INSERT INTO py_txn2 VALUES (?, ?)", [(10, "x"), (11, "y")])
        connection.rollback()
        cursor.execute("SELECT count(*) FROM py_txn2")
        same(cursor.fetchall(), [(0,)])
        same(cursor.adbc_ingest("py_txn2", ROWS, mode="append"), 3)
        connection.commit()
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM py_txn2")
        same(cursor.fetchall(), [(3,)])


@check
def a_closed_connection_rolls_back_and_lets_go():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE scratch.main.py_left (a INTEGER)")
        cursor.execute("INSERT INTO scratch.main.py_left VALUES (0)")
    with connect(autocommit=False, **COOKIES) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE scratch.main.py_left SET a = 1")
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE scratch.main.py_left SET a = a + 10")
        cursor.execute("SELECT a FROM scratch.main.py_left")
        same(cursor.fetchall(), [(10,)])


@check
def a_bad_token_is_unauthenticated():
    for token in ("nonsense", WRITER[:-6] + "AAAAAA", ""):
        try:
            with connect(token) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except dbapi.Error as e:
            same(e.status_code, AdbcStatusCode.UNAUTHENTICATED)
        else:
            raise AssertionError("a bad token was taken")


@check
def a_typo_is_invalid_argument_with_its_place():
    fails(dbapi.ProgrammingError, AdbcStatusCode.INVALID_ARGUMENT, "SELEC 1", words="SELEC")


@check
def a_missing_table_is_not_found():
    fails(dbapi.Error, AdbcStatusCode.NOT_FOUND, "SELECT * FROM py_nonesuch", words="py_nonesuch")


@check
def a_reader_may_not_write():
    fails(dbapi.Error, AdbcStatusCode.UNAUTHORIZED, "CREATE TABLE py_mine (a INTEGER)", token=READER)


for f in CHECKS:
    name = f.__name__.replace("_", " ")
    try:
        f()
    except BaseException:
        print(f"FAIL {name}:", traceback.format_exc().replace("\n", "\\n"), flush=True)
    else:
        print("ok", name, flush=True)
