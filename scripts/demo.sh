#!/usr/bin/env bash
# A whole deployment on one machine: an S3 server (versitygw), PostgreSQL, an OpenID
# provider (oidc-provider), and two servers of ours over one DuckLake, with TLS and
# a shared ticket key. Prints what to type, and runs until Ctrl-C; then nothing of
# it is left.
#
#   scripts/demo.sh            "make demo" builds first
#
# DEMO_PORT (50051), DEMO_PORT2 (50052), DEMO_S3_PORT (7070), DEMO_PG_PORT (5450) and
# DEMO_OIDC_PORT (8490) move it elsewhere; DEMO_ONCE=1 ends it once everything has
# answered, which is how it is tested.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD

# On a terminal, Ctrl-C is for this script alone: in a process group of its own in
# the terminal's foreground, it ends in order, and "make demo" with it and with 0.
if [[ -t 0 && -z ${DEMO_FOREGROUND:-} ]]; then
	DEMO_FOREGROUND=1 exec python3 -c '
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
os.setpgid(0, 0)
os.tcsetpgrp(0, os.getpgrp())
signal.signal(signal.SIGTTOU, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$here/scripts/demo.sh" "$@"
fi

port1=${DEMO_PORT:-50051}
port2=${DEMO_PORT2:-50052}
s3_port=${DEMO_S3_PORT:-7070}
pg_port=${DEMO_PG_PORT:-5450}
oidc_port=${DEMO_OIDC_PORT:-8490}
audience=api://lakegate
issuer=http://127.0.0.1:$oidc_port

scripts/test-setup.sh
peers=$(cd "${LAKEGATE_PEERS:-.peers}" && pwd)
pg_bin=$(dirname "$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | sort -V | tail -1)")
for need in "$peers/bin/versitygw" "$peers/node/node_modules/oidc-provider" "$pg_bin/initdb"; do
	if [[ ! -e $need ]]; then
		echo "demo: $need is missing; scripts/test-setup.sh says above what to install" >&2
		exit 1
	fi
done
for port in "$port1" "$port2" "$s3_port" "$pg_port" "$oidc_port"; do
	if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
		echo "demo: port $port is taken; DEMO_PORT and its kin (see scripts/demo.sh) choose others" >&2
		exit 1
	fi
done

dir=$(mktemp -d /tmp/lakegate-demo-XXXXXX)
chmod 755 "$dir" # PostgreSQL's user must get through
pids=()

# shellcheck disable=SC2329 # the trap calls it
# end stops what was started, last first, and takes the folder away.
end() {
	trap '' INT TERM HUP
	for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
		kill -TERM "${pids[$i]}" 2>/dev/null || true
		wait "${pids[$i]}" 2>/dev/null || true
	done
	rm -rf "$dir"
}
trap end EXIT
trap 'echo; echo "demo: ended"; exit 0' INT TERM HUP

# start NAME COMMAND...: in the background and in a session of its own, so that
# Ctrl-C reaches this script alone, which stops all in order.
start() {
	local name=$1
	shift
	setsid "$@" >"$dir/$name.log" 2>&1 &
	pids+=($!)
}

# until_ok NAME COMMAND...: until it succeeds, or the last process started is gone.
until_ok() {
	local name=$1 deadline=$((SECONDS + 60))
	shift
	until "$@" >/dev/null 2>&1; do
		if ! kill -0 "${pids[-1]}" 2>/dev/null || [[ $SECONDS -gt $deadline ]]; then
			echo "demo: $name did not come up; it wrote:" >&2
			tail -30 "$dir/$name.log" >&2
			exit 1
		fi
		sleep 0.1
	done
	echo "demo: $name is up"
}

as_postgres=()
mkdir "$dir/pg" "$dir/s3" "$dir/s3/lake1" "$dir/oidc"
openssl rand -hex 16 >"$dir/pg.secret"
openssl rand -hex 16 >"$dir/s3.secret"
openssl rand -base64 32 >"$dir/ticket.key"
chmod 600 "$dir"/*.secret "$dir/ticket.key"
if [[ $(id -u) -eq 0 ]]; then
	as_postgres=(setpriv --reuid postgres --regid postgres --clear-groups)
	chown postgres "$dir/pg"
fi

# PostgreSQL, reached by its superuser through a socket and by the lake's role
# through TCP and a password.
"${as_postgres[@]}" "$pg_bin/initdb" -D "$dir/pg/data" -U postgres --auth-local=trust --auth-host=scram-sha-256 \
	-E UTF8 --locale=C --no-sync >"$dir/initdb.log"
start postgres "${as_postgres[@]}" "$pg_bin/postgres" -D "$dir/pg/data" -h 127.0.0.1 -p "$pg_port" -k "$dir/pg"
until_ok postgres "$pg_bin/pg_isready" -h 127.0.0.1 -p "$pg_port"
{
	echo "CREATE ROLE lake LOGIN PASSWORD '$(<"$dir/pg.secret")';"
	echo "CREATE DATABASE lake OWNER lake;"
} | "$pg_bin/psql" -qX -v ON_ERROR_STOP=1 -h "$dir/pg" -p "$pg_port" -U postgres

start versitygw env ROOT_ACCESS_KEY=demo ROOT_SECRET_KEY="$(<"$dir/s3.secret")" \
	"$peers/bin/versitygw" --port "127.0.0.1:$s3_port" --health /demo-health --quiet posix "$dir/s3"
until_ok versitygw curl -fs "http://127.0.0.1:$s3_port/demo-health"

cp internal/testpeer/oidc/provider.mjs "$dir/oidc/"
ln -s "$peers/node/node_modules" "$dir/oidc/node_modules"
start oidc env NODE_ENV=test node --no-warnings "$dir/oidc/provider.mjs" "$oidc_port" "$audience" 3600
until_ok oidc curl -fs "$issuer/.well-known/openid-configuration"

# One authority, one certificate for both servers.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Lakegate demo" \
	-addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign" \
	-keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
	-keyout "$dir/server.key" -out "$dir/server.csr" 2>/dev/null
openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 30 \
	-extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n') \
	-out "$dir/server.pem" 2>/dev/null

settings() { # settings NUMBER PORT
	cat <<-YAML
		listen: 127.0.0.1:$2
		engine: {memory_limit: 2GB}
		extensions: $here/extensions
		state: $dir/state$1
		ticket_key_file: $dir/ticket.key
		tls: {certificate: $dir/server.pem, key: $dir/server.key}
		storage:
		  lake: {type: s3, scope: "s3://lake1/", endpoint: "http://127.0.0.1:$s3_port", region: us-east-1, path_style: true, access_key_id: demo, secret_access_key_file: $dir/s3.secret}
		catalogs:
		  boilstream: {type: ducklake, metadata: {type: postgres, host: 127.0.0.1, port: $pg_port, database: lake, user: lake, password_file: $dir/pg.secret, schema: boilstream}, data: "s3://lake1/boilstream/"}
		auth:
		  providers: [oidc]
		  oidc: {issuer: "$issuer", audience: "$audience"}
		  read_only_groups: [analysts]
		  write_groups: [engineers]
		  admin_groups: [admins]
	YAML
}
for i in 1 2; do
	port=$port1
	if [[ $i -eq 2 ]]; then port=$port2; fi
	mkdir -m 700 "$dir/state$i"
	settings $i "$port" >"$dir/lakegate$i.yaml"
	start "lakegate$i" bin/lakegate serve --config "$dir/lakegate$i.yaml"
	until_ok "lakegate$i" bin/lakegate check --address "localhost:$port" --ca "$dir/ca.pem"
done

token() { # token WHO SCOPES
	curl -fsS -u "$1:$1-secret" -d grant_type=client_credentials --data-urlencode "scope=$2" "$issuer/token" |
		python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'
}
token writer "read:data write:data" >"$dir/writer.token"
token reader "read:data" >"$dir/reader.token"

sql() { # sql PORT WHO STATEMENT
	bin/lakegate query --address "localhost:$1" --ca "$dir/ca.pem" --token-file "$dir/$2.token" "$3"
}
sql "$port1" writer "CREATE SCHEMA boilstream.s3" >/dev/null
echo "demo: making boilstream.s3.user_events"
sql "$port1" writer "CREATE TABLE boilstream.s3.user_events AS
	SELECT i AS id, 'user' || (i % 1000) AS user_name, ['view', 'click', 'buy'][1 + i % 3] AS kind,
		TIMESTAMP '2026-01-01' + INTERVAL (i) SECOND AS at FROM range(1000000) t(i)" >/dev/null
echo "demo: written through the first server, read through the second:"
sql "$port2" reader "SELECT kind, count(*) AS events FROM boilstream.s3.user_events GROUP BY kind ORDER BY kind"

cat <<TEXT

Two servers, localhost:$port1 and localhost:$port2, over one DuckLake: metadata in
PostgreSQL, Parquet under s3://lake1/boilstream/ (here: $dir/s3/lake1).
Clients of the provider: reader, writer, admin, each with the secret NAME-secret.

A token, an hour long:
  export TOKEN=\$(curl -s -u reader:reader-secret -d grant_type=client_credentials -d scope=read:data \\
    $issuer/token | python3 -c 'import json,sys; print(json.load(sys.stdin)["access_token"])')

Our own client:
  LAKEGATE_TOKEN=\$TOKEN $here/bin/lakegate query --address localhost:$port1 --ca $dir/ca.pem \\
    "SELECT kind, count(*) FROM boilstream.s3.user_events GROUP BY kind"

Python ($peers/py/bin/python has the packages):
  import os
  from adbc_driver_flightsql import dbapi
  db = dbapi.connect("grpc+tls://localhost:$port1", autocommit=True, db_kwargs={
      "adbc.flight.sql.authorization_header": "Bearer " + os.environ["TOKEN"],
      "adbc.flight.sql.client_option.tls_root_certs": open("$dir/ca.pem").read()})
  print(db.cursor().execute("SELECT count(*) FROM boilstream.s3.user_events").fetchall())

JDBC:
  java --add-opens=java.base/java.nio=ALL-UNNAMED -cp "$peers/java/*" sqlline.SqlLine -n x -p x \\
    -u "jdbc:arrow-flight-sql://localhost:$port1/?useSystemTrustStore=false&tlsRootCerts=$dir/ca.pem&token=\$TOKEN"

grpcurl:
  $peers/bin/grpcurl -cacert $dir/ca.pem -H "authorization: Bearer \$TOKEN" \\
    localhost:$port1 arrow.flight.protocol.FlightService/ListActions

curl:
  curl --cacert $dir/ca.pem -H "authorization: Bearer \$TOKEN" https://localhost:$port1/flight/health

Logs and settings: $dir. Ctrl-C ends all of it and removes the folder.
TEXT

if [[ -n ${DEMO_ONCE:-} ]]; then exit 0; fi
wait -n # one of them ending by itself is a fault
echo "demo: something ended by itself; the logs' ends:" >&2
tail -n 5 "$dir"/*.log >&2
exit 1
