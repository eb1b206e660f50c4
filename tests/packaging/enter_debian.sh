#!/bin/sh
# Runs a command in a Debian whose own files it cannot change: enter_debian.sh ROOT WORK CACHES [PATH…] -- COMMAND…
# WORK is its /work, with /tmp in it; CACHES is its /caches; each PATH is the machine's own, to read.
# To be called through `unshare --mount`: all mounts end with the command.
set -eu
root=$1 work=$2 caches=$3
shift 3
mount --bind "$root" "$root"
mount --bind "$work" "$root/work"
mount --bind "$work/tmp" "$root/tmp"
mount --bind "$caches" "$root/caches"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"

lend() {
    if [ -d "$1" ]; then
        chroot "$root" mkdir -p "$1"
    else
        chroot "$root" mkdir -p "$(dirname "$1")"
        chroot "$root" sh -c 'test -e "$1" || : >"$1"' sh "$1"
    fi
    mount -o bind,ro "$1" "$root$(chroot "$root" realpath "$1")"
}

lend /etc/resolv.conf
lend /etc/hosts
while [ "$1" != -- ]; do
    lend "$1"
    shift
done
shift
mount -o remount,bind,ro "$root"
exec chroot "$root" "$@"
