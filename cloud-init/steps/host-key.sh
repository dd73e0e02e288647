# stdin: the permanent ed25519 host key (OpenSSH private format). Beside it the machine keeps the ECDSA key that it booted
# with: should the news of this step's success get lost, the next run, which still expects that key, gets through. Any
# other key goes. The daemon is restarted after this session has ended.
# shellcheck shell=sh
key=/etc/ssh/groundwork_host_ed25519_key
boot_key=/etc/ssh/ssh_host_ecdsa_key

umask 077
mkdir -p "$ROOT/etc/ssh/sshd_config.d"
cat >"$ROOT$key.groundwork-stdin"
public=$(ssh-keygen -y -P '' -f "$ROOT$key.groundwork-stdin" 2>/dev/null) || {
  rm -f "$ROOT$key.groundwork-stdin"
  fail "standard input holds no unencrypted OpenSSH private key: nothing was changed"
}
case "$public" in
  "ssh-ed25519 "*) ;;
  *)
    rm -f "$ROOT$key.groundwork-stdin"
    fail "the host key on standard input is ${public%% *}, and ssh-ed25519 is expected: nothing was changed"
    ;;
esac
changed=$(replace "$key" 0600 <"$ROOT$key.groundwork-stdin")
rm -f "$ROOT$key.groundwork-stdin"
changed=$changed$(printf '%s\n' "$public" | replace "$key.pub" 0644)
# Naming one key turns off the default ones.
changed=$changed$({
  printf 'HostKey %s\n' "$key"
  if [ -f "$ROOT$boot_key" ]; then printf 'HostKey %s\n' "$boot_key"; fi
} | replace /etc/ssh/sshd_config.d/00-groundwork-host-key.conf 0644)

# The old keys go last, by the delayed job: as long as one is there, the restart has not been confirmed.
for old in "$ROOT"/etc/ssh/ssh_host_*_key; do
  if [ -f "$old" ] && [ "$old" != "$ROOT$boot_key" ]; then changed="$changed $old"; fi
done

if [ -n "$changed" ]; then
  mkdir -p "$ROOT/run/sshd"
  sshd -t || fail "sshd refuses its configuration: correct /etc/ssh/sshd_config.d on the machine and run again"
  # A job of an earlier run that is still waiting would hold the name.
  systemctl stop groundwork-host-key.timer groundwork-host-key.service 2>/dev/null || true
  # shellcheck disable=SC2016 # expanded by the delayed shell
  systemd-run --quiet --collect --unit=groundwork-host-key --on-active=3 /bin/sh -c \
    'systemctl restart ssh.service || systemctl restart sshd.service || exit 1; rm -f "$0"/etc/ssh/ssh_host_rsa_key* "$0"/etc/ssh/ssh_host_dsa_key* "$0"/etc/ssh/ssh_host_ed25519_key*' \
    "$ROOT"
fi
printf '%s\n' "$public"
