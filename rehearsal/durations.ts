/**
 * How long the real services take, in seconds: the rehearsal's timeline is made of these.
 *
 * [measured] on a 2-core machine; [source] stated by the named public source; [estimate] the order of magnitude that
 * operators report. Change a number here and every timeline follows.
 */
export const durations = {
  /** Making one private key. [measured] with OpenSSL 3: RSA of 4096 bits takes from half a second to three. */
  key: { RSA: 1, ECDSA: 0, ED25519: 0 },

  ssh: {
    /** TCP, key exchange and authentication. [estimate] */
    connect: 1,
    /** The same through one bastion. [estimate] */
    connectThroughProxy: 2,
  },

  host: {
    /** From a server's creation until its sshd answers. [estimate] Hetzner names no figure; users see 10 to 30. */
    sshAnswers: 20,
    /**
     * From then until cloud-init has finished: packages, and the download of the k3s binary and images. [estimate]
     * Without `package_upgrade`; with it five to ten minutes are reported (facts in the traps of first boot).
     */
    cloudInit: 35,
    /** From a machine's creation until Talos waits in maintenance mode. [estimate] */
    talosBoots: 25,
  },

  step: {
    /** Writing a host key and restarting sshd; the old key answers until then. [estimate] */
    hostKey: 3,
    /** Polling `cloud-init status --wait` once it is done. [estimate] */
    bootWait: 1,
    /** First server: datastore, certificates, API ready. [source] k3sup's README: about a minute with the download. */
    k3sInit: 25,
    /** A further server: etcd learner, its catching up and its promotion. [estimate] */
    k3sJoinServer: 20,
    /** [estimate] */
    k3sJoinAgent: 10,
    /** Node Ready and a healthy voting member, as a peer sees it. [estimate] */
    k3sMember: 5,
    /** Snapshot, drain, member removed, Node deleted. [estimate] A drain that waits for disruption budgets is longer. */
    k3sLeave: 45,
    /** A k3d cluster without its servers: network, image, load balancer, one stop and start. [estimate] */
    k3dCluster: 40,
    /** Each server of it, one after the other. [estimate] */
    k3dServer: 20,
    /** [estimate] */
    k3dNode: 20,
    /** Drain, Node deleted, container removed. [estimate] */
    k3dLeave: 20,
    /** [estimate] */
    k3dRemove: 10,
    /** [estimate] */
    kubeconfig: 1,
    /** Talos installs itself and boots into its configuration. [estimate] A slow disk or firmware takes minutes. */
    talosApply: 90,
    /** The same on a disk that has Talos on it: partitions, images, services. [estimate] */
    talosConfigured: 30,
    /** A configuration that changes without a reboot. [estimate] */
    talosUpdate: 5,
    /** Drained, image written, rebooted into it. [estimate] */
    talosUpgrade: 180,
    /** etcd started, images of the control plane pulled, API ready. [estimate] */
    talosBootstrap: 60,
    /** etcd member and kubelet healthy, as a peer sees it. [estimate] */
    talosMember: 10,
    /** Snapshot, drain, etcd member gone, reset and reboot. [estimate] */
    talosLeave: 90,
    /** A reset that nobody waits for. [estimate] */
    talosReset: 10,
    /** A gateway's own configuration: forwarding, source NAT, its routes. [estimate] */
    gateway: 3,
    /** Three requests to the tailnet's API. [estimate] */
    tailnetDevice: 2,
    /** A host that exists: packages, and the download of the k3s binary. [estimate] */
    machineSetup: 60,
    /** k3s taken off a host: containers, mounts, files. [estimate] */
    machineRemove: 15,
    /** A script that is not modelled. [estimate] */
    other: 2,
  },

  kubernetes: {
    /** One object of the API server. [measured] against kube-apiserver and etcd on loopback: under a tenth. */
    object: 0.2,
    /** An awaited workload: image pull and readiness. [estimate] */
    workload: 20,
    /** An awaited Ingress or LoadBalancer service: until a controller has given it an address. [estimate] */
    address: 15,
    /** Deleting a namespace with what is in it. [estimate] */
    namespaceDelete: 10,
    /** An awaited release of a chart that is not among `charts`. [estimate] */
    release: 45,
    /** Awaited releases, images pulled. [estimate], by the number of images and what their pods do before they are ready. */
    charts: {
      "argo-cd": 60,
      "cert-manager": 40,
      cilium: 60,
      "hcloud-cloud-controller-manager": 20,
      "hcloud-csi": 30,
      "kube-prometheus-stack": 90,
      "kubernetes-ingress": 30,
      loki: 60,
      longhorn: 120,
      metallb: 40,
      "rook-ceph": 40,
      "system-upgrade-controller": 20,
      "tailscale-operator": 20,
      traefik: 30,
    } as Readonly<Record<string, number>>,
    /** Ceph beyond its release: images, monitors in quorum, a daemon for each disk, drivers on each node. [estimate] */
    ceph: 240,
    /** Uninstalling a release. [estimate] */
    uninstall: 10,
  },
} as const;
