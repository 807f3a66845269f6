#!/usr/bin/env bash
# Installs the real peers that interop and cross tests talk to. Without root it says what is missing and fails.
set -euo pipefail

declare -A package=(
	[kamailio]=kamailio [kamcmd]=kamailio [linphone-daemon]=linphone-cli [sipp]=sip-tester [baresip]=baresip-core [mosquitto]=mosquitto [mosquitto_sub]=mosquitto-clients
	[tshark]=tshark [chromium]=chromium [qemu-mipsel-static]=qemu-user-static [qemu-mips-static]=qemu-user-static [xz]=xz-utils
)
PATH=$PATH:/usr/sbin:/sbin
missing=()
for program in "${!package[@]}"; do
	command -v "$program" >/dev/null || missing+=("${package[$program]}")
done
compgen -G '/usr/lib/*/kamailio/modules/tls.so' >/dev/null || missing+=(kamailio-tls-modules)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "missing Debian packages: ${missing[*]}; as root: apt-get install ${missing[*]}" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
