# stdin: the permanent ed25519 host key (OpenSSH private format). Beside it the machine keeps the ECDSA key that it booted
# with: should the news of this step's success get lost, the next run, which still expects that key, gets through. Any
# other key goes. Ends when the daemon shows the new key: the next command pins it, and behind a jump host
# @pulumi/command does not recover from a handshake that fails, since it tries again on the connection that has failed
# (pulumi/pulumi-command, provider/pkg/provider/remote/connection.go).
# shellcheck shell=sh disable=SC2154 # timeout comes from the step's parameters
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

shown() {
  ssh-keyscan -T 5 -t ed25519 127.0.0.1 2>/dev/null | grep -qF " $(printf '%s\n' "$public" | cut -d ' ' -f 1,2)"
}

if [ -n "$changed" ] || ! shown; then
  mkdir -p "$ROOT/run/sshd"
  sshd -t || fail "sshd refuses its configuration: correct /etc/ssh/sshd_config.d on the machine and run again"
  # Sessions outlive it, this one too: distributions set KillMode=process for the daemon.
  systemctl restart ssh.service 2>/dev/null || systemctl restart sshd.service
  wait_for 1 shown ||
    fail "sshd does not show its new key after ${timeout}s: look at 'systemctl status ssh' (or sshd) and 'ssh-keyscan 127.0.0.1' on the machine; then run again"
fi
for kind in rsa dsa ed25519; do
  rm -f "$ROOT/etc/ssh/ssh_host_${kind}_key" "$ROOT/etc/ssh/ssh_host_${kind}_key.pub"
done
printf '%s\n' "$public"
