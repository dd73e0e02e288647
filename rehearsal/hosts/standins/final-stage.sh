# cloud-init's last stage: the scripts of every boot, then the commands of the first one, in $HOST/runcmd.sh. It notes
# that it has run those before it does: cut off in the middle, they are not run again (canonical/cloud-init,
# cloudinit/helpers.py, FileSemaphores).
# shellcheck shell=sh
mkdir -p "$ROOT/var/log" "$ROOT/var/lib/cloud/instance/sem"
exec >>"$ROOT/var/log/cloud-init-output.log" 2>&1
failed=0
for script in "$ROOT"/var/lib/cloud/scripts/per-boot/*; do
  if [ -x "$script" ]; then sh "$script" || failed=1; fi
done
semaphore=$ROOT/var/lib/cloud/instance/sem/config_scripts_user
if [ ! -e "$semaphore" ]; then
  : >"$semaphore"
  sh "$HOST/runcmd.sh" || failed=1
fi
exit "$failed"
