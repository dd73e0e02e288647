import { listed } from "../words.ts";
import { builtinPart } from "./builtin.ts";
import { catalogue } from "./catalogue.ts";
import { chartKinds } from "./facts.ts";
import type { Order } from "./graph.ts";
import type { PlatformContext } from "./release.ts";
import type { Chosen, Draft } from "./steps.ts";

/** A fault of the platform as a whole, with the path below `groundwork:`. */
export interface PlatformFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly remedy: string;
}

export interface Findings {
  readonly chosen: readonly Chosen[];
  readonly drafts: readonly Draft[];
  /** Capabilities that the cluster has without any release. */
  readonly given: ReadonlySet<string>;
  readonly order: Order;
  readonly context: PlatformContext;
}

export function platformFaults(findings: Findings): readonly PlatformFault[] {
  return [
    ...ownFaults(findings),
    ...requirementsOff(findings),
    ...sameObjectTwice(findings),
    ...broughtTwice(findings),
    ...missing(findings),
    ...cycle(findings),
  ];
}

function ownFaults({ chosen, context }: Findings): readonly PlatformFault[] {
  return chosen.flatMap(({ release, options }) =>
    (release.faults?.(options, context) ?? []).map((fault) => ({
      ...fault,
      path: ["platform", release.name, ...fault.path],
    })),
  );
}

function requirementsOff({ chosen }: Findings): readonly PlatformFault[] {
  const on = new Set(chosen.map(({ release }) => release.name));
  return chosen.flatMap(({ release: { name, requires = [] } }) =>
    requires
      .filter((other) => !on.has(other))
      .map((other) => ({
        path: ["platform", name],
        message: `${name} does not work without ${other}, which is off`,
        remedy: `add groundwork:platform.${other}`,
      })),
  );
}

function sameObjectTwice({ drafts }: Findings): readonly PlatformFault[] {
  return [...Map.groupBy(drafts, ({ unit }) => unit.id)].flatMap(([id, same]) => {
    const makers = [...new Set(same.map(({ path }) => path.join(".")))];
    const message =
      makers.length > 1 ? `${listed(makers, "and")} both make ${id}` : `${makers.join("")} makes ${id} twice`;
    return same.slice(1).map(({ path }) => ({ path, message, remedy: "give one of them another name" }));
  });
}

/** Any number of providers may be needed before nodes take pods; of all else there can be only one. */
function broughtTwice({ drafts, given, chosen }: Findings): readonly PlatformFault[] {
  const brought = drafts.flatMap(({ unit, step, path }) => {
    // A class that counts as there once an object of a release is, is the release's all the same.
    const name = step.kind === "object" && step.release !== undefined ? `release/${step.release}` : unit.id;
    return [...new Set(unit.provides)].map((capability) => ({ capability, path, id: unit.id, name }));
  });
  return [...Map.groupBy(brought, ({ capability }) => capability)].flatMap(([capability, providers]) => {
    // What one release makes more than one of, such as pools of addresses, is in nobody's way.
    const ids = new Set(providers.map(({ id }) => id));
    // Of a part of k3s and its replacement, the class that both bring says enough.
    const builtIn = given.has(capability) && !capability.startsWith("crd:");
    const names = [...new Set([...(builtIn ? ["k3s"] : []), ...providers.map(({ name }) => name)])];
    const last = providers.at(-1);
    if (capability === "nodes" || last === undefined || names.length < 2 || ids.size + Number(builtIn) < 2) return [];
    const message = `${listed(names, "and")} both bring ${describe(capability)}`;
    const part = given.has(capability) ? builtinPart(capability) : undefined;
    const releases = chosen.filter(({ release }) => names.includes(`release/${release.name}`));
    const settled = settle(capability, releases);
    const remedy = part === undefined ? settled : `add ${part} to groundwork:cluster.disable, or ${settled}`;
    return [{ path: last.path, message, remedy }];
  });
}

function settle(capability: string, releases: readonly Chosen[]): string {
  if (capability !== "default-storage-class") return "keep only one of them";
  const keys = releases.map(({ release, options }) => ["groundwork:platform", release.name, ...defaultKey(options)]);
  return `set ${listed(
    keys.map((key) => `${key.join(".")}: false`),
    "or",
  )}`;
}

/** Where a release's options say that its class is the default one: at `default`, or below the class itself. */
function defaultKey(options: unknown): readonly string[] {
  const below = Object.entries(options ?? {}).find(
    ([, value]: [string, unknown]) => typeof value === "object" && value !== null && "default" in value,
  );
  const own = typeof options === "object" && options !== null && "default" in options;
  return own || below === undefined ? ["default"] : [below[0], "default"];
}

function missing({ drafts, given, order, chosen }: Findings): readonly PlatformFault[] {
  const byId = new Map(drafts.map((draft) => [draft.unit.id, draft]));
  const on = new Set(chosen.map(({ release }) => release.name));
  const incomplete = new Set(
    chosen
      .filter(({ release }) => release.requires?.some((other) => !on.has(other)) === true)
      .map(({ release }) => release.name),
  );
  const present = [...given, ...drafts.flatMap(({ unit }) => unit.provides)];
  return order.missing.flatMap(({ id, need }) => {
    // Kinds, objects and Secrets come from what it requires, and that has been named already.
    const [section, release] = byId.get(id)?.path ?? [];
    if (
      section === "platform" &&
      incomplete.has(release ?? "") &&
      ["crd", "object", "secret"].includes(parse(need).sort)
    )
      return [];
    const message = `${id} needs ${describe(need)}, which nothing brings`;
    return [{ path: byId.get(id)?.path ?? [], message, remedy: supply(need, present) }];
  });
}

/** A release of the catalogue that brings a kind. */
const bringerOf = (need: string): string | undefined =>
  catalogue.find(({ chart }) => chart !== undefined && chartKinds(chart.chart).some((kind) => kind === need))?.name;

function supply(need: string, present: readonly string[]): string {
  const bringer = bringerOf(need);
  if (bringer !== undefined) return `add groundwork:platform.${bringer}`;
  const { sort } = parse(need);
  const others = [
    ...new Set(
      present.filter((capability) => parse(capability).sort === sort).map((capability) => parse(capability).name),
    ),
  ].sort();
  switch (sort) {
    case "issuer":
      return `${oneOf(others)}add it to groundwork:platform.cert-manager.issuers`;
    case "cert-resolver":
      return `${oneOf(others)}add it as groundwork:platform.k3s-traefik.acme`;
    case "secret":
      return "add it to groundwork:secrets";
    case "storage-class":
    case "ingress-class":
      return `${oneOf(others)}add a release that brings it`;
    case "sign-on":
      return "add groundwork:platform.oauth2-proxy";
    case "pod-metrics":
      return "keep metrics-server of k3s (groundwork:cluster.disable), or do without autoscaling";
    case "default-storage-class":
      return "name a storage class, or add a release that brings a default one";
    default:
      return "add a release that brings it";
  }
}

const oneOf = (names: readonly string[]): string =>
  names.length === 0 ? "" : `name one that there is (${listed(names, "or")}), or `;

function cycle({ order, drafts }: Findings): readonly PlatformFault[] {
  if (order.cycle === undefined) return [];
  const path = drafts.find(({ unit }) => unit.id === order.cycle?.[0])?.path ?? [];
  return [
    {
      path,
      message: `these wait for each other: ${order.cycle.join(" → ")}`,
      remedy: "break the circle: take one of them out, or change what it needs",
    },
  ];
}

function parse(capability: string): { readonly sort: string; readonly name: string } {
  const colon = capability.indexOf(":");
  return colon < 0
    ? { sort: capability, name: "" }
    : { sort: capability.slice(0, colon), name: capability.slice(colon + 1) };
}

/** A capability in words. */
function describe(capability: string): string {
  const { sort, name } = parse(capability);
  switch (sort) {
    case "crd":
      return `the kind ${name.slice(name.indexOf("/") + 1)} of ${name.slice(0, name.indexOf("/"))}`;
    case "secret":
      return `the Secret ${name}`;
    case "cert-resolver":
      return `Traefik's certificate resolver ${name}`;
    case "issuer":
      return `the issuer ${name}`;
    case "storage-class":
      return `the storage class ${name}`;
    case "ingress-class":
      return `the ingress class ${name}`;
    case "default-storage-class":
      return "a default storage class";
    case "load-balancer":
      return "addresses for Services of type LoadBalancer";
    case "pod-metrics":
      return "metrics of pods";
    case "sign-on":
      return "a sign-on before Ingresses";
    case "object":
      return `the object ${name}`;
    case "namespace":
      return `the namespace ${name}`;
    default:
      return capability;
  }
}
