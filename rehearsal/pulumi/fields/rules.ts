import { isDeepStrictEqual } from "node:util";
import * as form from "./forms.ts";
import type { Held } from "./held.ts";

/** One field as both sides have it; undefined where one has none. */
export interface Values {
  readonly path: readonly string[];
  readonly engine: unknown;
  readonly offline: unknown;
  /** Both come from inside a secret. */
  readonly isSecret?: true;
  readonly ofEngine: Held;
  readonly ofOffline: Held;
}

/** In what way a field may differ. docs/differences.md explains each. */
export interface Rule {
  readonly types: readonly string[];
  /** Names of the resources that it is for. Absent: all of these types. */
  readonly resources?: RegExp;
  /** `*` stands for one step, `**` for any number. */
  readonly path: readonly string[];
  readonly why: string;
  /** Whether the values are what the rule says, secrets open. */
  holds(values: Values): boolean;
  /** The value is made up: wherever else it occurs on one side, its counterpart has to occur on the other. */
  readonly isName?: true;
}

/** The real provider alone has it, in this form. */
const only =
  (check: form.Form): Rule["holds"] =>
  ({ engine, offline, ofEngine }) =>
    offline === undefined && check(engine, ofEngine);

/** Both have it, in this form. */
const both =
  (check: form.Form): Rule["holds"] =>
  ({ engine, offline, ofEngine, ofOffline }) =>
    check(engine, ofEngine) && check(offline, ofOffline);

/** Or an empty text. */
const maybe =
  (check: form.Form): form.Form =>
  (value, of) =>
    value === "" || check(value, of);

const bridged = ["hcloud:*", "cloudflare:*", "tailscale:*", "tls:*", "random:*"];
const release = "kubernetes:helm.sh/v3:Release";
const key = "tls:index/privateKey:PrivateKey";

const rule = (types: readonly string[], path: string, why: string, holds: Rule["holds"]): Rule => ({
  ...{ types, path: path.split("."), why, holds },
});
const name = (types: readonly string[], path: string, why: string, check: form.Form): Rule => ({
  ...rule(types, path, why, both(check)),
  isName: true,
});

const bookkeeping = "the provider's notes to itself";
const server = "the API server counts and stamps";
const clock = "it says when it was made";
const random = "it is made up";
const account = "the service numbers what it makes";
const helm = "only the chart itself says it, and the rehearsal does not render charts";

export const rules: readonly Rule[] = [
  rule(bridged, "inputs.**.__defaults", "the provider has filled in no input", only(form.nothing)),
  rule(bridged, "outputs.__meta", bookkeeping, only(form.json)),
  rule(bridged, "outputs.__pulumi_raw_state_delta", bookkeeping, only(form.record)),
  rule(bridged, "outputs.id", "the id once more", only(form.ownId)),
  rule(["pulumi:providers:*"], "inputs.__internal", "the engine's note to itself", only(form.nothing)),
  name(["pulumi:providers:*"], "id", "the engine makes it up", form.text),

  rule(["kubernetes:*"], "outputs.__inputs", bookkeeping, only(form.ownInputs)),
  rule(["kubernetes:*"], "outputs.__initialApiVersion", bookkeeping, only(form.ownApiVersion)),
  rule(["kubernetes:*"], "outputs.__fieldManager", bookkeeping, only(form.fieldManager)),
  rule(["kubernetes:*"], "outputs.metadata.managedFields", server, only(form.managers)),
  rule(["kubernetes:*"], "outputs.metadata.resourceVersion", server, both(form.number)),
  rule(["kubernetes:*"], "outputs.metadata.uid", server, both(form.uuid)),
  rule(["kubernetes:*"], "outputs.metadata.creationTimestamp", clock, both(form.time)),
  rule([release], "outputs.status.appVersion", helm, both(form.text)),
  rule([release], "outputs.resourceNames.*", helm, ({ path, engine, offline }) => {
    const [kind = ""] = (path.at(-1) ?? "").split(/[./]/);
    if (kind === "Service") return isDeepStrictEqual(engine, offline);
    // Definitions in a chart's folder crds/, or made by a hook, are none of the release's objects to Helm.
    if (kind === "CustomResourceDefinition") return engine === undefined || isDeepStrictEqual(engine, offline);
    return offline === undefined && form.texts(engine, none);
  }),

  rule(["cloudflare:*"], "outputs.createdOn", clock, both(form.time)),
  rule(["cloudflare:*"], "outputs.modifiedOn", clock, both(form.time)),
  rule(["cloudflare:*"], "outputs.commentModifiedOn", clock, both(form.time)),
  rule(["tailscale:*"], "outputs.createdAt", clock, both(form.time)),
  rule(["tailscale:*"], "outputs.expiresAt", clock, both(form.time)),

  name([key], "id", "it follows from the key", form.hex(40)),
  name([key], "outputs.privateKeyPem", random, form.privatePem),
  name([key], "outputs.privateKeyPemPkcs8", random, form.privatePem),
  name([key], "outputs.privateKeyOpenssh", random, form.openssh),
  name([key], "outputs.publicKeyPem", random, form.publicPem),
  name([key], "outputs.publicKeyOpenssh", random, form.publicKey),
  name([key], "outputs.publicKeyFingerprintMd5", random, form.md5),
  name([key], "outputs.publicKeyFingerprintSha256", random, form.sha256),
  name(["random:*"], "outputs.result", random, form.token),
  name(["random:*"], "outputs.bcryptHash", random, form.bcrypt),
  name(["tailscale:index/tailnetKey:TailnetKey"], "id", account, form.tailnetKeyId),
  name(["tailscale:index/tailnetKey:TailnetKey"], "outputs.key", random, form.tailnetKey),
  name(["cloudflare:index/dnsRecord:DnsRecord"], "id", account, form.hex(32)),
  ...["firewall:Firewall", "loadBalancer:LoadBalancer", "network:Network", "placementGroup:PlacementGroup"]
    .concat(["server:Server", "sshKey:SshKey"])
    .map((type) => name([`hcloud:index/${type}`], "id", account, form.number)),
  name(["hcloud:index/server:Server"], "outputs.networks.*.macAddress", account, form.macAddress),
  name(["hcloud:index/loadBalancer:LoadBalancer"], "outputs.ipv4", account, form.ipv4),
  name(["hcloud:index/loadBalancer:LoadBalancer"], "outputs.ipv6", account, form.ipv6),
  name(["hcloud:index/server:Server"], "outputs.ipv4Address", account, maybe(form.ipv4)),
  name(["hcloud:index/server:Server"], "outputs.ipv6Address", account, maybe(form.ipv6)),
  rule(["hcloud:index/server:Server"], "outputs.userData", "a hash of what has keys in it", both(form.hashOfUserData)),
  name(["command:remote:Command"], "id", "the provider makes it up", form.text),
  name(["command:local:Command"], "id", "the provider makes it up", form.text),
  {
    ...name(["command:remote:Command"], "outputs.stdout", "its keys are made up", form.kubeconfig),
    resources: /-kubeconfig$/,
  },
];

const none: Held = { urn: "", type: "", name: "", inputs: {}, outputs: {}, options: {} };
