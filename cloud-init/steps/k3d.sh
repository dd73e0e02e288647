# Functions of the steps that run k3d, after common.sh: on a person's machine or over SSH, so nothing here may need more
# than POSIX, docker and k3d.
# shellcheck shell=sh disable=SC2154 # server, timeout come from the step's parameters

# tools: says what is missing before anything is made.
tools() {
  command -v docker >/dev/null 2>&1 ||
    fail "there is no docker on this machine: install it (https://docs.docker.com/engine/install), then run again"
  command -v k3d >/dev/null 2>&1 ||
    fail "there is no k3d on this machine: install v5.9.0 or later (https://k3d.io/stable/#installation), then run again"
  docker_says=$(docker version --format '{{.Server.Version}}' 2>&1) ||
    fail "docker does not answer: $docker_says. Start it, or point DOCKER_HOST or 'docker context use' at one that runs; then run again"
}

# on_server COMMAND...: in the first server's container.
on_server() {
  docker exec "$server" "$@"
}

# container_address CONTAINER: what it has in the cluster's network now; empty when it does not run.
container_address() {
  docker inspect --format '{{with index .NetworkSettings.Networks "'"$network"'"}}{{.IPAddress}}{{end}}' "$1" 2>/dev/null
}

# kept_address CONTAINER: the address that it keeps when it starts again; empty when Docker chooses anew.
kept_address() {
  docker inspect --format '{{with index .NetworkSettings.Networks "'"$network"'"}}{{with .IPAMConfig}}{{.IPv4Address}}{{end}}{{end}}' "$1" 2>/dev/null
}

running() {
  [ "$(docker inspect --format '{{.State.Running}}' "$1" 2>/dev/null)" = true ]
}

# keep CONTAINER ADDRESS: a stopped container has this address from its next start on.
keep() {
  docker network disconnect --force "$network" "$1" >/dev/null 2>&1 || true
  docker network connect --ip "$2" "$network" "$1" ||
    fail "$1 cannot have $2 in the Docker network $network: see who has it with 'docker network inspect $network'"
}
