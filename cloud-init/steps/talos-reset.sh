# Gives the machine back as it was found: its disk without this cluster's data, waiting in maintenance mode. Who drains and
# keeps the quorum has done so before.
# shellcheck shell=sh disable=SC2154 # name, address come from the step's parameters

if answers "$address"; then
  talos "$address" reset --graceful=false --reboot --wait=false \
    --system-labels-to-wipe STATE --system-labels-to-wipe EPHEMERAL >&2 || fail "$name could not be reset"
  say "$name is reset"
else
  say "$name is not in this cluster any more, or does not answer at $address"
fi
