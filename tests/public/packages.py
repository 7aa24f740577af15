"""Which public packages the shell sources are taken from, with the versions that were measured.

Nothing of them is checked in. Where a version is gone from its registry, the one that is there is taken instead, and
the manifest in the cache says so.
"""

from __future__ import annotations

DEBIAN = {  # source packages: tests of the shells themselves, suites written in shell, install and boot scripts
    "apt": "2.6.1",
    "autoconf": "2.71-3",
    "automake-1.16": "1:1.16.5-1.3",
    "bash": "5.2.15-2",
    "bash-completion": "1:2.11-6",
    "bats": "1.8.2-1",
    "btrfs-progs": "6.2-1+deb12u2",
    "byobu": "5.133-1.1",
    "cloud-utils": "0.33-1",
    "coreutils": "9.1-1",
    "cryptsetup": "2:2.6.1-4~deb12u2",
    "dash": "0.5.12-2",
    "debhelper": "13.11.4",
    "debootstrap": "1.0.128+nmu2+deb12u2",
    "devscripts": "2.23.4+deb12u2",
    "dkms": "3.0.10-8+deb12u1",
    "dracut": "059-4",
    "e2fsprogs": "1.47.0-2",
    "gettext": "0.21-12",
    "git": "1:2.39.5-0+deb12u3",
    "golang-mvdan-sh": "3.6.0-1",
    "grub2": "2.06-13+deb12u2",
    "initramfs-tools": "0.142+deb12u3",
    "libtool": "2.4.7-7~deb12u1",
    "lvm2": "2.03.16-2",
    "lxc-templates": "3.0.4.48.g4765da8-1+deb12u1",
    "mdadm": "4.2-5",
    "mksh": "59c-28+deb12u1",
    "nftables": "1.0.6-2+deb12u2",
    "openssh": "1:9.2p1-2+deb12u7",
    "systemd": "252.39-1~deb12u2",
    "util-linux": "2.38.1-5+deb12u3",
    "zsh": "5.9-4",
}
NPM = {  # packages with shell in them
    "bats": "1.11.0",
    "n": "9.2.3",
}
