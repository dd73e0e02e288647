# Waits for the end of cloud-init; says what went wrong when it did.
# shellcheck shell=sh
wait_boot
say "boot has ended, and this machine is set up"
