#!/usr/bin/env bash
# Starts a PostgreSQL server for tests in a folder of its own, without a port:
#   postgres.sh start   prints its URL; one that runs already is used again
#   postgres.sh stop
# It keeps nothing that matters: fsync is off.
set -eu
tmp=/tmp; [ "$(id -u)" = 0 ] || tmp=${TMPDIR:-/tmp}
dir=${SMARTHALL_POSTGRES_DIR:-$tmp/smarthall-pg-$(id -u)-$(pwd | cksum | cut -d" " -f1)}
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
[ -n "$bin" ] || { echo "PostgreSQL is not installed (Debian: apt-get install postgresql)" >&2; exit 1; }

# The server refuses to run as root, so root hands it to the user postgres, who
# may enter neither root's folder for temporary files nor where we are.
as() { (cd /; if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi) }

case ${1:-} in
start)
	if [ ! -f "$dir/data/PG_VERSION" ]; then
		rm -rf "$dir"; mkdir -p "$dir"
		[ "$(id -u)" != 0 ] || chown postgres "$dir"
		as "$bin/initdb" -D "$dir/data" -U smarthall -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
	fi
	if ! as "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1; then
		as "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start \
			-o "-k $dir -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c max_connections=400" >/dev/null
	fi
	echo "postgres:///postgres?host=$dir&user=smarthall"
	;;
stop)
	as "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true
	rm -rf "$dir"
	;;
*)
	echo "usage: $0 start|stop" >&2; exit 2
	;;
esac
