# What systemd starts when the machine boots: the SSH daemon, and what is enabled.
# shellcheck shell=sh
systemctl start ssh
for unit in "$HOST"/units/*.enabled; do
  if [ -e "$unit" ]; then
    unit=${unit##*/}
    systemctl start "${unit%.enabled}" || true
  fi
done
