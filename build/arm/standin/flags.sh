#!/bin/sh
# Prints the flags, one a line, with which `go build` links the stand-ins of this folder instead of what they stand in
# for, and writes the files that those flags need into the folder $1. Each stand-in says what it is good for.
set -eu
cd "$(dirname "$0")/../../.."
mkdir -p "$1"

# A package of the standard library: each of its files is taken away, and ours is put there.
idna=$(go env GOROOT)/src/vendor/golang.org/x/net/idna
{
	printf '{"Replace": {'
	for file in "$idna"/*.go; do printf '"%s": "",\n' "$file"; done
	printf '"%s": "build/arm/standin/idna/idna.go"}}\n' "$idna/standin.go"
} >"$1/standin.json"

# A module: go.mod with its replacement, which is relative to the module's root.
cp go.mod "$1/standin.mod"
cp go.sum "$1/standin.sum"
go mod edit -replace=github.com/gorilla/websocket=./build/arm/standin/websocket "$1/standin.mod"

printf '%s\n' "-overlay=$1/standin.json" "-modfile=$1/standin.mod"
