# Keys, and the daemon that shows them.
# shellcheck shell=sh

# public_half FILE: of a private key in OpenSSH's form, without a passphrase. By what openssh-portable's PROTOCOL.key
# says: 39 bytes for "not encrypted, one key", the length of the public key, the public key.
public_half() {
  key=$(sed -n '/^-----BEGIN OPENSSH PRIVATE KEY-----$/,/^-----END/{/^-----/!p;}' "$1" | tr -d '\n')
  case "$key" in
    b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQ*)
      printf 'ssh-ed25519 %s\n' "$(printf '%s' "$key" | base64 -d | tail -c +44 | head -c 51 | base64 -w 0)"
      ;;
    b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB*AAAAdzc2gtcnNh*) echo "ssh-rsa AAAAB3NzaC1yc2E" ;;
    *) return 1 ;;
  esac
}

# shown_keys: public halves of the keys that the daemon has read when it was last started.
shown_keys() {
  named=$(sed -n 's/^HostKey  *\/etc\/ssh\///p' "$HOST"/sshd/sshd_config.d/*.conf 2>/dev/null) || true
  for key_name in ${named:-ssh_host_rsa_key ssh_host_ed25519_key}; do
    if [ -f "$HOST/sshd/$key_name" ]; then public_half "$HOST/sshd/$key_name" || true; fi
  done
}
