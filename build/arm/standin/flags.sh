#!/bin/sh
# Prints the flags, one a line, with which `go build` links the stand-ins of this folder, and makes what those flags need
# in the folder $1. Each stand-in says what it stands in for, and why nobody misses that (docs/adr/0025).
set -eu
cd "$(dirname "$0")/../../.."
here=build/arm/standin
mkdir -p "$1"

# A package of the standard library: its files are hidden but for two, and ours is seen beside those.
http=$(go env GOROOT)/src/net/http
{
	printf '{"Replace": {\n'
	for file in "$http"/*.go; do
		case "$file" in */method.go | */status.go) ;; *) printf '"%s": "",\n' "$file" ;; esac
	done
	printf '"%s": "%s"\n}}\n' "$http/standin.go" "$here/http/http.go"
} >"$1/standin.json"

# Two files of a module: it is copied, without its tests, and the copy is changed.
module=github.com/eclipse/paho.mqtt.golang
go mod download "$module"
original=$(go list -mod=readonly -m -f '{{.Dir}}' "$module")
rm -rf "$1/paho"
mkdir -p "$1/paho/packets"
cp "$original"/*.go "$original/go.mod" "$original/LICENSE" "$1/paho"
cp "$original"/packets/*.go "$1/paho/packets"
chmod -R u+w "$1/paho"
rm -f "$1"/paho/*_test.go "$1"/paho/packets/*_test.go
rm "$1/paho/netconn.go" "$1/paho/websocket.go"
cp "$here/paho/netconn.go" "$1/paho"
cp go.mod "$1/standin.mod"
cp go.sum "$1/standin.sum"
case "$1" in /*) copy=$1/paho ;; *) copy=./$1/paho ;; esac # from the module's root
go mod edit -replace="$module=$copy" "$1/standin.mod"

# A folder vendor, or GOFLAGS, may say otherwise: neither knows the copy.
printf '%s\n' "-overlay=$1/standin.json" "-modfile=$1/standin.mod" -mod=readonly
