#!/usr/bin/env bash
# Installs the peers that tests talk to, into .peers/ and, as root on Debian, by apt.
#
#   scripts/test-setup.sh [slow]     slow: also those of "make test-peers"
#
# Versions are pinned; what is there already is left alone, so that a second run
# takes a moment. What cannot be installed is named: its tests are skipped, or,
# where CI=true, this script fails. LAKEGATE_PEERS names another folder.
set -euo pipefail
cd "$(dirname "$0")/.."

slow=${1:-}
peers=${LAKEGATE_PEERS:-.peers}
mkdir -p "$peers/bin" "$peers/log"
peers=$(cd "$peers" && pwd)
ci=${CI:-}

say() { echo "test-setup: $*"; }

# has COMMAND...: all of them are on the path.
has() {
	local c
	for c; do command -v "$c" >/dev/null 2>&1 || return 1; done
}

# done_before NAME SPEC: NAME was installed as SPEC says.
done_before() { [[ -f $peers/.$1 && $(<"$peers/.$1") == "$2" ]]; }

# Debian packages ------------------------------------------------------------

packages=()
want() { # want PACKAGE CHECK...: the package unless the check succeeds
	local package=$1
	shift
	"$@" >/dev/null 2>&1 || packages+=("$package")
}
want curl has curl
want openssl has openssl
want ca-certificates test -s /etc/ssl/certs/ca-certificates.crt
# What is in /usr/sbin is not on everybody's path.
want slapd test -x /usr/sbin/slapd
want krb5-kdc test -x /usr/sbin/krb5kdc
want krb5-admin-server test -x /usr/sbin/kadmin.local
want krb5-user has kinit
want postgresql bash -c 'ls /usr/lib/postgresql/*/bin/postgres || command -v postgres'
want python3-venv python3 -c 'import ensurepip, venv'
want default-jdk-headless has java javac
want maven has mvn
want nodejs has node
want npm has npm
if [[ $slow == slow ]]; then
	want sslscan has sslscan
fi

install_packages() {
	# Debian starts a service as it installs it, unless this says no.
	local policy=/usr/sbin/policy-rc.d made=
	if [[ ! -e $policy ]]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
		made=yes
	fi
	local status=0
	export DEBIAN_FRONTEND=noninteractive
	{
		apt-get update -qq &&
			apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${packages[@]}"
	} >"$peers/log/apt.log" 2>&1 || status=$?
	if [[ -n $made ]]; then rm -f "$policy"; fi
	if [[ $status -ne 0 ]]; then tail -20 "$peers/log/apt.log" >&2; fi
	return "$status"
}

missing=()
if [[ ${#packages[@]} -gt 0 ]]; then
	if [[ $(id -u) -eq 0 ]] && has apt-get; then
		say "installing by apt: ${packages[*]}"
		install_packages || missing+=("${packages[@]}")
	else
		say "please install, then run this again: apt-get install --no-install-recommends ${packages[*]}"
		missing+=("${packages[@]}")
	fi
fi

# Peers with a version of their own -------------------------------------------

go_tool() { # go_tool NAME MODULE@VERSION
	local name=$1 spec=$2
	if done_before "$name" "$spec" && [[ -x $peers/bin/$name ]]; then return; fi
	say "building $spec"
	GOFLAGS=-buildvcs=false GOBIN=$peers/bin go install "$spec" &&
		echo "$spec" >"$peers/.$name"
}

go_tools() {
	go_tool grpcurl github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4 &&
		go_tool grpc-health-probe github.com/grpc-ecosystem/grpc-health-probe@v0.4.61 &&
		go_tool versitygw github.com/versity/versitygw/cmd/versitygw@v1.8.0 || return
	if [[ $slow == slow ]]; then
		go_tool h2spec github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible
	fi
}

python_packages() {
	local spec
	spec=$(sha256sum <scripts/peers/requirements.txt)
	if done_before py "$spec" && [[ -x $peers/py/bin/python ]]; then return; fi
	say "installing Python packages: $(grep -v '^#' scripts/peers/requirements.txt | tr '\n' ' ')"
	python3 -m venv --clear "$peers/py" &&
		"$peers/py/bin/python" -m pip install --quiet --disable-pip-version-check \
			--only-binary :all: --requirement scripts/peers/requirements.txt &&
		echo "$spec" >"$peers/.py"
}

node_packages() {
	local spec
	spec=$(cat scripts/peers/package.json scripts/peers/package-lock.json | sha256sum)
	if done_before node "$spec"; then return; fi
	say "installing Node packages: oidc-provider, oauth2-mock-server, a client"
	mkdir -p "$peers/node" &&
		cp scripts/peers/package.json scripts/peers/package-lock.json "$peers/node/" &&
		npm ci --prefix "$peers/node" --no-audit --no-fund --loglevel error &&
		echo "$spec" >"$peers/.node"
}

maven_jar() { # maven_jar FILE COORDINATES
	if [[ -s $peers/java/$1 ]]; then return; fi
	say "fetching $2"
	mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
		-Dartifact="$2" -DoutputDirectory="$peers/java"
}

java_jars() {
	maven_jar flight-sql-jdbc-driver-18.3.0.jar org.apache.arrow:flight-sql-jdbc-driver:18.3.0 &&
		maven_jar sqlline-1.12.0-jar-with-dependencies.jar sqlline:sqlline:1.12.0:jar:jar-with-dependencies
}

# Keycloak is built once, so that each start is short.
keycloak() {
	local version=26.7.3 home
	home=$peers/keycloak-$version
	if [[ $slow != slow ]] || done_before keycloak "$version"; then return; fi
	say "fetching and building Keycloak $version"
	maven_jar "keycloak-quarkus-dist-$version.zip" "org.keycloak:keycloak-quarkus-dist:$version:zip" &&
		python3 -m zipfile -e "$peers/java/keycloak-quarkus-dist-$version.zip" "$peers" &&
		chmod +x "$home"/bin/*.sh &&
		"$home/bin/kc.sh" build --db=dev-mem --cache=local --health-enabled=true --http-relative-path=/auth &&
		{ # kc.sh keeps a shell above Java, which would outlive a test that is killed
			sed '/^# trap the signals/,$d' "$home/bin/kc.sh"
			echo 'eval exec "'"'"'$JAVA'"'"'" "$JAVA_RUN_OPTS"'
		} >"$home/bin/kc-exec.sh" && chmod +x "$home/bin/kc-exec.sh" &&
		echo "$version" >"$peers/.keycloak"
}

# run NAME COMMAND: in the background; its output is kept for when it goes wrong.
names=()
pids=()
run() {
	"$2" > >(tee "$peers/log/$1.log" | grep --line-buffered '^test-setup:' || true) 2>"$peers/log/$1.err" &
	pids+=($!)
	names+=("$1")
}
run go-tools go_tools
run python python_packages
run node node_packages
run java java_jars
run keycloak keycloak
for i in "${!pids[@]}"; do
	if ! wait "${pids[$i]}"; then
		name=${names[$i]}
		say "$name: not installed:" >&2
		tail -15 "$peers/log/$name.log" "$peers/log/$name.err" >&2
		missing+=("$name")
	fi
done

if [[ ${#missing[@]} -gt 0 ]]; then
	say "missing: ${missing[*]}"
	if [[ $ci == true ]]; then exit 1; fi
	say "tests that need them are skipped"
else
	say "all peers are in place"
fi
