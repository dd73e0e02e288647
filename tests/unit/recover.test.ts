import { describe, expect, test } from "vitest";
import { adopt } from "../../lib/recover/adopt.ts";
import { type HelmRecord, type KnownRelease, releaseRemedy } from "../../lib/recover/helm.ts";
import { lookupOf } from "../../lib/recover/lookup.ts";
import type { Found } from "../../lib/recover/lookups.ts";
import { type PlanArgs, planRecovery, type Sight } from "../../lib/recover/plan.ts";
import { type PendingOperation, readCreations, readState, type StackResource } from "../../lib/recover/state.ts";

// What a user is told, and what is done, after a run was interrupted: on exports as the engine writes them.

const urnOf = (type: string, name: string): string => `urn:pulumi:prod::groundwork::${type}::${name}`;
const provider = urnOf("pulumi:providers:hcloud", "hetzner");
const parent = urnOf("groundwork:Cluster$groundwork:Node$groundwork:hetzner:Server", "worker-1");
const urn = urnOf(
  "groundwork:Cluster$groundwork:Node$groundwork:hetzner:Server$hcloud:index/server:Server",
  "worker-1",
);
const secret = (plaintext: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(plaintext),
});

const server: StackResource = {
  ...{ urn, type: "hcloud:index/server:Server", name: "worker-1", parent, provider },
  inputs: { name: "prod-worker-1", labels: { cluster: "prod", "managed-by": "groundwork" }, userData: "#cloud-config" },
};

describe("what the engine writes", () => {
  test("an export: secrets in the clear, parents and providers by URN, what it was doing", () => {
    const text = JSON.stringify({
      version: 3,
      deployment: {
        manifest: { time: "2026-01-01T00:00:00Z", magic: "", version: "v3.265.0" },
        secrets_providers: { type: "passphrase", state: { salt: "v1:abc" } },
        resources: [
          {
            urn: urnOf("pulumi:pulumi:Stack", "groundwork-prod"),
            ...{ custom: false, type: "pulumi:pulumi:Stack" },
          },
          {
            ...{ urn: provider, custom: true, id: "0b1e", type: "pulumi:providers:hcloud" },
            ...{ inputs: { token: secret("t0ken"), endpoint: "http://127.0.0.1:1/v1" } },
            parent: urnOf("pulumi:pulumi:Stack", "groundwork-prod"),
          },
        ],
        pending_operations: [
          {
            type: "creating",
            resource: {
              ...{ urn, custom: true, type: "hcloud:index/server:Server", parent, provider: `${provider}::0b1e` },
              inputs: { ...server.inputs, userData: secret("#cloud-config") },
            },
          },
        ],
      },
    });
    expect(readState(text)).toEqual({
      resources: [
        {
          ...{ urn: urnOf("pulumi:pulumi:Stack", "groundwork-prod"), type: "pulumi:pulumi:Stack" },
          name: "groundwork-prod",
          inputs: {},
        },
        {
          ...{ urn: provider, type: "pulumi:providers:hcloud", name: "hetzner", id: "0b1e" },
          inputs: { token: "t0ken", endpoint: "http://127.0.0.1:1/v1" },
        },
      ],
      pending: [{ operation: "creating", resource: server }],
    });
  });

  test("a stack that nothing was ever made of", () => {
    expect(readState('{"version":3,"deployment":{"manifest":{"time":"0001-01-01T00:00:00Z"}}}')).toEqual({
      resources: [],
      pending: [],
    });
  });

  test("a preview: what would be made, without components and what is not known yet", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const step = (op: string, type: string, custom: boolean, inputs: object) => {
      const of = urnOf(type, "api");
      return { op, urn: of, newState: { urn: of, custom, type, inputs }, detailedDiff: null };
    };
    const text = JSON.stringify({
      steps: [
        step("create", "groundwork:hetzner:LoadBalancer", false, {}),
        step("create", "hcloud:index/loadBalancerService:LoadBalancerService", true, {
          loadBalancerId: unknown,
          listenPort: 6443,
        }),
        step("update", "hcloud:index/firewall:Firewall", true, { name: "prod-api" }),
      ],
    });
    expect(readCreations(text).map(({ name, inputs }) => ({ name, inputs }))).toEqual([
      { name: "api", inputs: { listenPort: 6443 } },
    ]);
    // Of what is to be replaced the old one stands, unless a run that failed has deleted it.
    const replaced = step("replace", "hcloud:index/server:Server", true, { name: "prod-worker-1" });
    const replacing = JSON.stringify({ steps: [replaced] });
    expect(readCreations(replacing)).toEqual([]);
    expect(readCreations(replacing, new Set([replaced.urn])).map(({ inputs }) => inputs)).toEqual([
      { name: "prod-worker-1" },
    ]);
  });
});

/** Where a resource is looked for, and what an answer means. */
function seen(
  type: string,
  inputs: StackResource["inputs"],
  answer: unknown,
): { path: string; found: Found | undefined } | string {
  const lookup = lookupOf({ urn, type, name: "x", inputs });
  return lookup.kind === "ask" ? { path: lookup.path, found: lookup.find(answer) } : lookup.kind;
}

describe("where a resource is looked for", () => {
  const ours = { cluster: "prod", "managed-by": "groundwork" };

  test("a server by its name, ours by its labels", () => {
    const answer = (labels: object) => ({ servers: [{ id: 4711, name: "prod-worker-1", labels }] });
    expect(seen(server.type, server.inputs, answer(ours))).toEqual({
      path: "/servers?name=prod-worker-1",
      found: { importId: "4711", what: "server 4711" },
    });
    expect(seen(server.type, server.inputs, answer({ cluster: "staging", "managed-by": "groundwork" }))).toMatchObject({
      found: { objection: "its label cluster is staging, not prod" },
    });
    expect(seen(server.type, server.inputs, { servers: [] })).toMatchObject({ found: undefined });
  });

  const network = {
    id: 7,
    subnets: [{ ip_range: "10.0.1.0/24", type: "cloud" }],
    routes: [{ destination: "0.0.0.0/0", gateway: "10.0.0.2" }],
  };
  const balancer = {
    id: 9,
    private_net: [{ network: 7, ip: "10.0.0.5" }],
    services: [{ listen_port: 6443, protocol: "tcp" }],
    targets: [{ type: "label_selector", label_selector: { selector: "role=control-plane" }, targets: [] }],
  };
  /** Kind, inputs, what its whole answers, the id to import; inputs of one that is not there. */
  const parts: readonly (readonly [string, StackResource["inputs"], unknown, string, StackResource["inputs"]])[] = [
    [
      "networkSubnet:NetworkSubnet",
      { networkId: 7, ipRange: "10.0.1.0/24" },
      { network },
      "7-10.0.1.0/24",
      { ipRange: "10.0.9.0/24" },
    ],
    [
      "networkRoute:NetworkRoute",
      { networkId: 7, destination: "0.0.0.0/0" },
      { network },
      "7-0.0.0.0/0",
      { destination: "10.9.0.0/16" },
    ],
    [
      "loadBalancerNetwork:LoadBalancerNetwork",
      { loadBalancerId: 9, networkId: 7 },
      { load_balancer: balancer },
      "9-7",
      { networkId: 8 },
    ],
    [
      "loadBalancerService:LoadBalancerService",
      { loadBalancerId: "9", listenPort: 6443 },
      { load_balancer: balancer },
      "9__6443",
      { listenPort: 80 },
    ],
    [
      "loadBalancerTarget:LoadBalancerTarget",
      { type: "label_selector", loadBalancerId: 9, labelSelector: "role=control-plane" },
      { load_balancer: balancer },
      "9__label_selector__role=control-plane",
      { labelSelector: "role=worker" },
    ],
  ];
  test.each(parts)("%s in what it is part of", (kind, inputs, answer, importId, other) => {
    expect(seen(`hcloud:index/${kind}`, inputs, answer)).toMatchObject({ found: { importId } });
    expect(seen(`hcloud:index/${kind}`, { ...inputs, ...other }, answer)).toMatchObject({ found: undefined });
    const unmade = Object.fromEntries(
      Object.entries(inputs).filter(([key]) => !/^(networkId|loadBalancerId)$/.test(key)),
    );
    expect(seen(`hcloud:index/${kind}`, unmade, answer)).toBe("absent");
  });

  test("a record by name, type and content: another content is another record", () => {
    const inputs = { zoneId: "z1", name: "app.example.com", type: "CNAME", content: "node.example.ts.net" };
    const row = { id: "r1", name: "app.example.com", type: "CNAME", content: "Node.example.ts.net." };
    const type = "cloudflare:index/dnsRecord:DnsRecord";
    expect(seen(type, inputs, { result: [row] })).toEqual({
      path: "/zones/z1/dns_records?name=app.example.com&type=CNAME",
      found: { importId: "z1/r1", id: "r1", what: "record r1" },
    });
    expect(seen(type, inputs, { result: [{ ...row, content: "elsewhere.example.com" }] })).toMatchObject({
      found: undefined,
    });
  });

  test("a virtual machine that runs; one that does not may be half made", () => {
    const inputs = { nodeName: "pve1", name: "cp-1" };
    const row = { vmid: 101, name: "cp-1", status: "running", tags: "control-plane;groundwork" };
    const type = "proxmoxve:index/vmLegacy:VmLegacy";
    expect(seen(type, inputs, { data: [row] })).toEqual({
      path: "/nodes/pve1/qemu",
      found: { importId: "pve1/101", id: "101", what: "VM 101 on pve1" },
    });
    expect(seen(type, inputs, { data: [{ ...row, status: "stopped" }] })).toMatchObject({
      found: { objection: "it does not run, so it may be half made" },
    });
  });

  test("everything else says what it is", () => {
    const kindOf = (type: string, inputs: StackResource["inputs"] = {}) =>
      lookupOf({ urn, type, name: "x", inputs }).kind;
    expect({
      namespace: kindOf("kubernetes:core/v1:Namespace", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "apps" },
      }),
      release: kindOf("kubernetes:helm.sh/v3:Release", { namespace: "ingress", name: "haproxy" }),
      command: kindOf("command:remote:Command"),
      key: kindOf("tls:index/privateKey:PrivateKey"),
      password: kindOf("random:index/randomPassword:RandomPassword"),
      tailnetKey: kindOf("tailscale:index/tailnetKey:TailnetKey"),
      stranger: kindOf("aws:s3/bucket:Bucket"),
    }).toEqual({
      ...{ namespace: "object", release: "release", command: "anew", key: "anew", password: "anew" },
      ...{ tailnetKey: "lost", stranger: "unknown" },
    });
  });
});

describe("Helm's records", () => {
  const known = (more: Partial<KnownRelease>): KnownRelease => ({
    ...{ urn: "r", namespace: "ingress", name: "haproxy", wasBeingMade: false, ...more },
  });
  const row = (revision: number, status: string, release = "haproxy"): HelmRecord => ({
    ...{ secret: `v${revision}`, namespace: "ingress", release, revision, status },
  });
  const [inState, unfinished] = [known({ state: "finished" }), known({ state: "unfinished" })];
  const cases: readonly (readonly [
    string,
    KnownRelease,
    readonly HelmRecord[],
    { records: string[]; forget: boolean } | undefined,
  ])[] = [
    ["deployed", inState, [row(1, "superseded"), row(2, "deployed")], undefined],
    [
      "first install killed",
      known({ wasBeingMade: true }),
      [row(1, "pending-install")],
      { records: ["v1"], forget: false },
    ],
    ["first record's answer lost", unfinished, [row(1, "pending-install")], { records: ["v1"], forget: true }],
    ["upgrade killed", inState, [row(1, "deployed"), row(2, "pending-upgrade")], { records: ["v2"], forget: false }],
    [
      "rollback of it killed, too",
      inState,
      [row(3, "pending-rollback"), row(1, "deployed"), row(2, "pending-upgrade")],
      { records: ["v3", "v2"], forget: false },
    ],
    [
      "upgrade after a failed one killed",
      inState,
      [row(1, "deployed"), row(2, "failed"), row(10, "pending-upgrade")],
      { records: ["v10"], forget: false },
    ],
    [
      "installed, but the engine was killed before it knew",
      known({ wasBeingMade: true }),
      [row(1, "deployed")],
      { records: ["v1"], forget: false },
    ],
    ["somebody else's of that name", known({}), [row(1, "deployed")], undefined],
    [
      "a pending one that the state never heard of",
      known({}),
      [row(1, "pending-install")],
      { records: ["v1"], forget: false },
    ],
    ["not installed, and recorded nowhere", unfinished, [], { records: [], forget: true }],
    ["records of others", unfinished, [row(1, "pending-install", "traefik")], { records: [], forget: true }],
    ["failed, which Helm upgrades", unfinished, [row(1, "failed")], undefined],
    ["being uninstalled", inState, [row(1, "uninstalling")], undefined],
  ];
  test.each(cases)("%s", (_, release, records, expected) => {
    const remedy = releaseRemedy(release, records);
    expect(remedy && { records: remedy.records, forget: remedy.forget }).toEqual(expected);
  });
});

describe("a state that takes over what was made in place of an old resource", () => {
  const old = { urn, id: "42", inputs: { image: "debian-12" }, outputs: { name: "old" }, replacementTrigger: "1" };
  const dependent = { urn: "command", dependencies: [urn] };
  const state = (more: object) => ({
    version: 3,
    deployment: { resources: [{ ...old, pendingReplacement: true }, dependent], ...more },
  });
  const adopted = (given: object, adoption: object): unknown =>
    JSON.parse(adopt(JSON.stringify(given), [{ urn, id: "4711", ...adoption }]));

  test("as the engine was making it, where it was interrupted; all else stays", () => {
    const begun = { urn, inputs: { image: "debian-13" }, replacementTrigger: "2", dependencies: ["network"] };
    const pending_operations = [{ type: "creating", resource: begun }];
    expect(adopted(state({ pending_operations }), { replacementTrigger: "other" })).toEqual({
      version: 3,
      deployment: { resources: [{ ...begun, id: "4711", outputs: {} }, dependent], pending_operations },
    });
  });

  test("as the old one was with what has it replaced now, where only the answer was lost", () => {
    expect(adopted(state({}), { replacementTrigger: "2" })).toEqual({
      version: 3,
      deployment: { resources: [{ ...old, id: "4711", outputs: {}, replacementTrigger: "2" }, dependent] },
    });
  });

  test("nothing changes for what does not wait for its replacement", () => {
    const standing = { version: 3, deployment: { resources: [old] } };
    expect(adopted(standing, {})).toEqual(standing);
  });
});

describe("the plan", () => {
  const nothing: PlanArgs = { stack: "prod", locks: [], pending: [], sights: [], releases: [], resources: [] };
  const creating: PendingOperation = { operation: "creating", resource: server };
  const lookup = lookupOf(server);
  const sight = (more: Partial<Sight> = {}): Sight => ({ resource: server, lookup, ...more });
  const found: Found = { importId: "4711", what: "server 4711" };

  test("nothing interrupted, nothing to do", () => {
    expect(planRecovery(nothing)).toEqual({ actions: [], left: [] });
  });

  test("what was made is imported once the state is clear, and the lock goes first", () => {
    const locks = [{ who: "me@here (pid 1, since today)", state: "gone" as const }];
    expect(planRecovery({ ...nothing, locks, pending: [creating], sights: [sight({ found })] })).toEqual({
      actions: [
        { do: "unlock", why: "me@here (pid 1, since today) has ended and left it" },
        { do: "clear", urn, operation: "creating", why: "it was made: server 4711" },
        {
          ...{ do: "import", urn, why: "server 4711 is there" },
          resource: { type: server.type, name: "worker-1", id: "4711", parent, provider },
        },
      ],
      left: [],
    });
  });

  test("what no pending operation tells of, as its answer was lost, is imported as well", () => {
    const { actions } = planRecovery({ ...nothing, sights: [sight({ found })] });
    expect(actions.map((action) => action.do)).toEqual(["import"]);
  });

  test("what was made in place of an old one takes its place, and is not imported", () => {
    const resources = [{ ...server, id: "42", awaitsReplacement: true as const, replacementTrigger: "1" }];
    const wanted = { ...server, replacementTrigger: "2" };
    expect(planRecovery({ ...nothing, resources, sights: [sight({ resource: wanted, found })] })).toEqual({
      actions: [
        {
          ...{ do: "adopt", urn, why: "server 4711 is there in place of the old one" },
          adoption: { urn, id: "4711", replacementTrigger: "2" },
        },
      ],
      left: [],
    });
  });

  test("what was never finished is read anew where an update would be stuck with it", () => {
    const types = ["hcloud:index/networkSubnet:NetworkSubnet", "kubernetes:core/v1:Namespace", server.type];
    const resources = types.map((type) => ({
      ...{ ...server, type, urn: type, unfinished: true as const },
    }));
    expect(planRecovery({ ...nothing, resources }).actions).toEqual([
      { do: "refresh", urn: types[0], why: "it was never finished" },
    ]);
  });

  test("a change is read anew, whatever it was", () => {
    const pending = ["updating", "deleting"].map((operation) => ({ operation, resource: server }));
    expect(
      planRecovery({ ...nothing, pending }).actions.map((action) => [action.do, "urn" in action && action.urn]),
    ).toEqual([
      ["clear", urn],
      ["clear", urn],
      ["refresh", urn],
    ]);
  });

  test("somebody else's is left alone, with the command that takes it over", () => {
    const objection = "its label cluster is staging, not prod";
    const { actions, left } = planRecovery({ ...nothing, sights: [sight({ found: { ...found, objection } })] });
    expect(actions).toEqual([]);
    expect(left).toEqual([
      {
        about: urn,
        message: "server 4711 has its name, but its label cluster is staging, not prod",
        remedy: `delete it if nobody needs it, or take it over: pulumi import hcloud:index/server:Server worker-1 4711 --parent 'parent=${parent}' --provider provider=${provider}`,
      },
    ]);
  });

  test("while another run may be at work nothing is done", () => {
    const running = (state: "running" | "unknown") =>
      planRecovery({
        ...nothing,
        locks: [{ who: "ci@runner (pid 7)", state }],
        pending: [creating],
        sights: [sight({ found })],
      });
    expect(running("running")).toEqual({
      actions: [],
      left: [
        {
          ...{ about: "the stack's lock", message: "ci@runner (pid 7) holds it" },
          remedy: "wait for it, or stop it with Ctrl-C, which lets it finish what it has begun",
        },
      ],
    });
    expect(running("unknown").left[0]?.remedy).toBe(
      "when you know that it has ended: pulumi cancel --stack prod, and recover again",
    );
  });

  test("a cluster that does not answer is named once, however much is on it", () => {
    const failure = "the cluster's API 10.0.0.5:6443 gave no answer within 10 s";
    const others = ["a", "b"].map((name) => sight({ resource: { ...server, urn: name }, failure }));
    expect(planRecovery({ ...nothing, sights: [sight({ failure }), ...others] }).left).toEqual([
      {
        about: `${urn} and 2 more`,
        message: `whether it is there is not known: ${failure}`,
        remedy: "mend that, and recover again",
      },
    ]);
  });
});
