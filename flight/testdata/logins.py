"""Logs in by user and password in each way that Python's clients have. Each prints one line: "ok NAME" or "FAIL NAME: why"."""

import os

import adbc_driver_flightsql as adbc
import adbc_driver_flightsql.dbapi as dbapi
import pyarrow.flight as flight

ADDRESS = os.environ["LAKEGATE_ADDRESS"]
USER = "alice"


class ByMessage(flight.ClientAuthHandler):
    """The oldest way: user and password in a message, the token in a header of its own."""

    def __init__(self, password):
        super().__init__()
        self.password = password
        self.token = None

    def authenticate(self, outgoing, incoming):
        outgoing.write(flight.BasicAuth(USER, self.password).serialize())
        self.token = incoming.read()

    def get_token(self):
        return self.token


def by_message(password):
    with flight.FlightClient("grpc+tcp://" + ADDRESS) as client:
        client.authenticate(ByMessage(password))
        assert len(list(client.list_actions())) > 5


def by_basic_token(password):
    with flight.FlightClient("grpc+tcp://" + ADDRESS) as client:
        header = client.authenticate_basic_token(USER, password)
        assert header[0] == b"authorization" and header[1].startswith(b"Bearer "), header[0]
        assert len(list(client.list_actions(flight.FlightCallOptions(headers=[header])))) > 5


def query(options):
    with dbapi.connect("grpc+tcp://" + ADDRESS, db_kwargs=options, autocommit=True) as connection:
        with connection.cursor() as cursor:
            for _ in range(3):
                cursor.execute("SELECT 42")
                assert cursor.fetchone() == (42,)


def by_adbc(password):
    query({"username": USER, "password": password})


def by_adbc_header(password):
    import base64

    basic = base64.b64encode(f"{USER}:{password}".encode()).decode()
    query({adbc.DatabaseOptions.AUTHORIZATION_HEADER.value: "Basic " + basic})


def check(name, run):
    try:
        run()
        print("ok", name)
    except BaseException as e:  # noqa: BLE001
        print("FAIL", name + ":", repr(e)[:500].replace("\n", " "))


def refused(login):
    try:
        login("wrong")
    except (flight.FlightUnauthenticatedError, dbapi.Error) as e:
        assert isinstance(e, flight.FlightUnauthenticatedError) or "UNAUTHENTICATED" in str(e).upper(), e
    else:
        raise AssertionError("a wrong password was taken")


for way in (by_message, by_basic_token, by_adbc, by_adbc_header):
    check(way.__name__, lambda: way("alice-pw"))
    check(way.__name__ + ", wrong", lambda: refused(way))
