"""The ADBC driver gets its tokens by OAuth itself; one line a check."""

import os

import adbc_driver_flightsql.dbapi as flight
from adbc_driver_flightsql import DatabaseOptions as Option
from adbc_driver_flightsql import OAuthFlowType as Flow
from adbc_driver_flightsql import OAuthTokenType as Kind

common = {
    Option.TLS_ROOT_CERTS.value: open(os.environ["LAKEGATE_CA"]).read(),
    Option.OAUTH_TOKEN_URI.value: os.environ["TOKEN_URI"],
    Option.OAUTH_CLIENT_ID.value: os.environ["CLIENT_ID"],
    Option.OAUTH_CLIENT_SECRET.value: os.environ["CLIENT_SECRET"],
}


def check(name, run):
    try:
        run()
        print("ok", name)
    except Exception as error:
        print("FAIL", name + ":", str(error).replace("\n", "\\n"))


def client_credentials():
    """The driver does not send the scope: the client gets its default scopes."""
    options = common | {
        Option.OAUTH_FLOW.value: Flow.CLIENT_CREDENTIALS.value,
        Option.OAUTH_SCOPE.value: "read:data",
    }
    with flight.connect(os.environ["LAKEGATE_URI"], db_kwargs=options, autocommit=True) as db, db.cursor() as cursor:
        cursor.execute("SELECT 42 AS x")
        assert cursor.fetchall() == [(42,)]


def token_exchange():
    """The driver sends no client id with an exchange, which Keycloak asks for."""
    options = common | {
        Option.OAUTH_FLOW.value: Flow.TOKEN_EXCHANGE.value,
        Option.OAUTH_EXCHANGE_SUBJECT_TOKEN.value: os.environ["SUBJECT_TOKEN"],
        Option.OAUTH_EXCHANGE_SUBJECT_TOKEN_TYPE.value: Kind.ACCESS_TOKEN.value,
        Option.OAUTH_EXCHANGE_REQUESTED_TOKEN_TYPE.value: Kind.ACCESS_TOKEN.value,
    }
    try:
        with flight.connect(os.environ["LAKEGATE_URI"], db_kwargs=options, autocommit=True) as db, db.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        assert "invalid_client" in str(error), error
    else:
        raise AssertionError("Keycloak exchanged a token for nobody; say so in docs/identity/keycloak.md")


check("client credentials", client_credentials)
check("token exchange", token_exchange)
