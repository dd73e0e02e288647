# What the machine sees of its networks, and what comes to it through them: downloads, packages, the tailnet.
# shellcheck shell=sh disable=SC2154 # now come from standin.sh

# outside SECONDS: something on the internet answers. Packets that nobody carries on are lost without a word, and whoever
# sent them waits so long.
outside() {
  if [ ! -s "$HOST/default-route" ]; then return 1; fi
  read -r _ _ router _ <"$HOST/default-route"
  if [ ! -e "$WORLD/routers/$router" ]; then return 0; fi
  gateways=$(cat "$WORLD/routers/$router")
  for gateway in $gateways; do
    if [ ! -e "$WORLD/hosts/$gateway/down" ] && [ -e "$WORLD/hosts/$gateway/nft/groundwork_gateway" ]; then return 0; fi
  done
  pause "$1"
  return 1
}

curl() {
  output='' url=''
  while [ "$#" -gt 0 ]; do
    case "$1" in
      -o) output=$2 && shift ;;
      --connect-timeout | --max-time | --cacert) shift ;;
      -*) ;;
      *) url=$1 ;;
    esac
    shift
  done
  case "$url" in
    https://127.0.0.1:6443/db/info)
      exclusive
      catch_up
      api >/dev/null 2>&1
      db_info
      ;;
    https://*/cacerts)
      exclusive
      catch_up
      target=${url#https://}
      supervisor "${target%%:*}" || leave 7
      cat "$WORLD/hosts/$found/root/var/lib/rancher/k3s/server/tls/server-ca.crt"
      ;;
    https://*/ping)
      exclusive
      catch_up
      target=${url#https://}
      supervisor "${target%%:*}" || leave 7
      printf pong
      ;;
    *)
      outside 10 || leave 28
      if [ -z "$output" ] || [ ! -e "$WORLD/downloads/${url##*/}" ]; then leave 22; fi
      cp "$WORLD/downloads/${url##*/}" "$output"
      ;;
  esac
}

# As k3s's supervisor prints etcd's members (k3s-io/k3s, pkg/etcd/etcd.go, infoHandler).
db_info() {
  first=
  printf '{"members":['
  for file in "$cluster/members"/*; do
    read -r member_address promoted <"$file"
    printf '%s{"ID":%s,"name":"%s","peerURLs":["https://%s:2380"],"clientURLs":["https://%s:2379"]%s}' "$first" \
      "1234567890123" "${file##*/}" "$member_address" "$member_address" \
      "$([ "$promoted" -le "$now" ] || printf ',"isLearner":true')"
    first=,
  done
  printf ']}\n'
}

ip() {
  case "$*" in
    '-o -4 addr show')
      echo "1: lo    inet 127.0.0.1/8 scope host lo"
      if [ -e "$HOST/public" ]; then echo "2: eth0    inet $(cat "$HOST/public")/32 scope global dynamic eth0"; fi
      if [ ! -e "$HOST/detached" ]; then echo "3: enp7s0    inet $(cat "$HOST/address")/32 brd 10.0.0.1 scope global dynamic enp7s0"; fi
      ;;
    '-o -4 route show default') cat "$HOST/default-route" 2>/dev/null || true ;;
    'route replace default via '*) echo "default via $5 dev $7" >"$HOST/default-route" ;;
    'link delete '*) leave 1 ;;
    'link set dev '*' mtu '*) echo "$6" >"$HOST/mtu-$4" ;;
    *) unknown "$@" ;;
  esac
}

# Keeps each ruleset under the name of its table.
nft() {
  case "$1 $2" in
    '-f -') rules=$(cat) ;;
    '-f '*) rules=$(cat "$2") || leave 1 ;;
    *) unknown "$@" ;;
  esac
  table=$(printf '%s\n' "$rules" | sed -n 's/^table inet \([a-z_]*\)$/\1/p' | head -n 1)
  [ -n "$table" ] || leave 1
  mkdir -p "$HOST/nft"
  printf '%s\n' "$rules" >"$HOST/nft/$table"
}

# brings COMMAND: a package has put it on the machine.
brings() {
  mkdir -p "$HOST/bin"
  ln -sf "$WORLD/standins/standin.sh" "$HOST/bin/$1"
}

apt_get() {
  # Its own limit is 30 s for each address that it tries.
  outside 60 || leave 100
  case "$*" in
    *' install '*)
      for package in "$@"; do
        case "$package" in
          -* | install | DPkg*) continue ;;
          tailscale) brings tailscale ;;
          # From Debian 13 on the client is a package of its own: $HOST/docker-cli-apart.
          docker.io) if [ ! -e "$HOST/docker-cli-apart" ]; then brings docker; fi ;;
          docker-cli) brings docker ;;
        esac
        echo "$package" >>"$HOST/packages"
      done
      ;;
  esac
}

pacman() {
  verb=$1
  shift
  case "$verb" in
    -Q) grep -qx "$1" "$HOST/packages" || leave 1 ;;
    -S)
      outside 60 || leave 1
      for package in "$@"; do
        case "$package" in
          -*) continue ;;
          tailscale | docker) brings "$package" ;;
        esac
        echo "$package" >>"$HOST/packages"
      done
      ;;
    *) unknown "$verb" "$@" ;;
  esac
}

dpkg_query() {
  for package in "$@"; do :; done
  grep -qx "$package" "$HOST/packages" || leave 1
  printf installed
}

# Where $HOST/tailnet-answers is, whoever simulates the tailnet reads $HOST/tailnet-request and answers with the machine's
# address in $HOST/tailnet-grant, or with a refusal in $HOST/tailnet-refusal. Elsewhere it takes everybody.
tailscale() {
  case "$1" in
    ip) cat "$HOST/tailnet" 2>/dev/null || leave 1 ;;
    up)
      outside 60 || leave 1
      if [ -e "$HOST/tailnet-answers" ]; then
        ask "$@"
        cp "$HOST/tailnet-grant" "$HOST/tailnet"
      else
        echo "100.64.0.$(cut -d . -f 4 "$HOST/address")" >"$HOST/tailnet"
      fi
      routes "$@"
      ;;
    set) routes "$@" ;;
    *) unknown "$@" ;;
  esac
}

# ask ARGUMENT...: the tailnet, and waits for its answer.
ask() {
  rm -f "$HOST/tailnet-grant" "$HOST/tailnet-refusal"
  for argument in "$@"; do
    value=${argument#*=}
    case "$argument" in
      --auth-key=file:*) printf 'key=%s\n' "$(cat "${value#file:}")" ;;
      --hostname=*) printf 'hostname=%s\n' "$value" ;;
      --advertise-routes=*) printf 'routes=%s\n' "$value" ;;
      --advertise-tags=*) printf 'tags=%s\n' "$value" ;;
    esac
  done >"$HOST/tailnet-request.new"
  mv "$HOST/tailnet-request.new" "$HOST/tailnet-request"
  while [ ! -e "$HOST/tailnet-grant" ]; do
    if [ -e "$HOST/tailnet-refusal" ]; then
      cat "$HOST/tailnet-refusal" >&2
      leave 1
    fi
    pause 1
  done
}

# routes ARGUMENT...: keeps the networks that the machine offers to the tailnet.
routes() {
  for argument in "$@"; do
    case "$argument" in --advertise-routes=*) printf '%s\n' "${argument#*=}" >"$HOST/tailnet-routes" ;; esac
  done
}
