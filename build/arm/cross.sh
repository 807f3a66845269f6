#!/usr/bin/env bash
# Builds the agent for every target in build/arm/targets into dist/, prints raw and compressed sizes, and fails when one
# is over the budget that a phone's flash sets. Compressed is as in an image of such a flash: xz with the filter for the
# processor's jumps, as mksquashfs -Xbcj has it; there is none for MIPS.
set -euo pipefail
cd "$(dirname "$0")/../.."

raw_budget=$((12 * 1000 * 1000))
version=${VERSION:-dev}
mkdir -p dist
over=0

# What is linked and never used is left out: see build/arm/standin.
standins=$(build/arm/standin/flags.sh dist)

# inlined sets flags to those that have the packages in build/arm/hot inlined for a GOARCH, and no others.
inlined() {
	flags=(-gcflags=all=-l)
	while read -r package except; do
		case "$package" in '' | '#'*) continue ;; esac
		case " $except " in *" !$1 "*) continue ;; esac
		flags+=("-gcflags=$package=")
	done <build/arm/hot
}

printf '%-14s %12s %12s\n' target 'raw bytes' 'xz bytes'
while read -r name arch variant tags _ xz_budget; do
	case "$name" in '' | '#'*) continue ;; esac
	[ "$variant" = - ] && variant=
	[ "$tags" = - ] && tags=
	rounding='' filter=''
	case "$arch" in
	mips*) rounding='-R 16384' ;; # of segments: the kernels of these boards have pages of 4 or 16 KiB
	arm | arm64) filter=--$arch ;;
	amd64) filter=--x86 ;;
	esac
	inlined "$arch"
	out=dist/sidetone-agent-$name
	env CGO_ENABLED=0 GOOS=linux GOARCH="$arch" ${variant:+"$variant"} \
		go build $standins -trimpath -tags "$tags" "${flags[@]}" \
		-ldflags "-s -w $rounding -X main.version=$version" -o "$out" ./cmd/agent
	raw=$(stat -c %s "$out")
	xz=$(xz -k -c ${filter:+"$filter"} --lzma2=preset=9e "$out" | wc -c)
	printf '%-14s %12d %12d' "$name" "$raw" "$xz"
	if [ "$raw" -gt "$raw_budget" ] || [ "$xz" -gt "$xz_budget" ]; then
		printf '  over budget (%d raw, %d xz)' "$raw_budget" "$xz_budget"
		over=1
	fi
	printf '\n'
done <build/arm/targets
exit "$over"
