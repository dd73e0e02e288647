import type { Trouble } from "../../../rehearsal/clouds/http/faults.ts";
import type { Interruption } from "../../../rehearsal/hosts/interruption.ts";
import type { FaultName } from "./faults.ts";
import type { Provider } from "./victims.ts";

// What comes of every fault at every provider: of the providers' own clients, as the real plugins have them.

/** What a failure leads to, and what the engine says when an `up` fails of it. */
export type Outcome =
  /** The provider tries again by itself. */
  | "absorbed"
  /** That `up` fails, the next one makes the resource. */
  | { readonly way: "next up"; readonly says: RegExp }
  /** No `up` gets through any more, of which it says this: `npm run recover` sees to it, and the next one does. */
  | { readonly way: "recover"; readonly says: RegExp };

export interface Answer<T> {
  readonly trouble: T;
  readonly outcome: Outcome;
  /** What was asked for is there all the same, so that nothing else can befall its making. */
  readonly leavesIt?: true;
  /** Kind of the victim; absent: whichever comes. */
  readonly of?: string;
}

/** A fault that cannot happen there, and why. */
export interface Cannot {
  readonly cannot: string;
}

export type Cell<T> = Cannot | readonly [Answer<T>, ...(readonly Answer<T>[])];

type Row<T> = Readonly<Record<FaultName, Cell<T>>>;

const later = (says: RegExp): Outcome => ({ way: "next up", says });
const recovered = (says: RegExp): Outcome => ({ way: "recover", says });
const cannot = (why: string): Cannot => ({ cannot: why });

const seconds = 3;
const tooMany: Trouble = { kind: "rate-limit" };
const page = (status: 500 | 502 | 503 | 504): Trouble => ({ kind: "server-error", status });
const refused = (code: string): Trouble => ({ kind: "refuse", code });
const broken = /EOF|reset/;

const noActions = "nothing runs on after an answer: it tells that all is done";
const noLocks = "nothing is ever locked there";

const hcloud: Row<Trouble> = {
  "too many requests": [{ of: "SshKey", trouble: tooMany, outcome: "absorbed" }],
  "internal error": [{ of: "PlacementGroup", trouble: page(500), outcome: later(/500/) }],
  "bad gateway": [{ of: "Firewall", trouble: page(502), outcome: "absorbed" }],
  unavailable: [{ of: "Firewall", trouble: page(503), outcome: later(/503/) }],
  "gateway timeout": [{ of: "LoadBalancer", trouble: page(504), outcome: "absorbed" }],
  "sold out": [
    { of: "LoadBalancer", trouble: refused("resource_unavailable"), outcome: later(/resource_unavailable/) },
    { of: "Server", trouble: refused("resource_unavailable"), outcome: later(/resource_unavailable/) },
  ],
  locked: [
    { of: "Server", trouble: refused("locked"), outcome: later(/locked/) },
    { of: "Attachment", trouble: refused("locked"), outcome: "absorbed" },
  ],
  conflict: [{ of: "Subnet", trouble: refused("conflict"), outcome: "absorbed" }],
  "failed action": [
    { of: "LoadBalancer", trouble: { kind: "failed-action" }, leavesIt: true, outcome: later(/action_failed/) },
    { of: "Service", trouble: { kind: "failed-action" }, outcome: later(/action_failed/) },
    { of: "Route", trouble: { kind: "failed-action" }, outcome: later(/action_failed/) },
    { of: "Attachment", trouble: { kind: "failed-action" }, outcome: later(/action_failed/) },
    { of: "Target", trouble: { kind: "failed-action" }, outcome: later(/action_failed/) },
    { of: "Server", trouble: { kind: "failed-action" }, leavesIt: true, outcome: later(/action_failed/) },
    { of: "Subnet", trouble: { kind: "failed-action" }, outcome: recovered(/doesn't support update/) },
  ],
  "slow action": [
    { of: "Subnet", trouble: { kind: "slow-action", seconds }, outcome: "absorbed" },
    { of: "Server", trouble: { kind: "slow-action", seconds }, outcome: "absorbed" },
  ],
  "slow answer": [{ of: "Attachment", trouble: { kind: "slow-reply", seconds }, outcome: "absorbed" }],
  "dropped before": [{ of: "Service", trouble: { kind: "drop-before" }, outcome: later(broken) }],
  "dropped after": [
    { of: "PlacementGroup", trouble: { kind: "drop-after" }, outcome: recovered(/uniqueness_error/) },
    { of: "Server", trouble: { kind: "drop-after" }, outcome: recovered(/uniqueness_error/) },
    { of: "Service", trouble: { kind: "drop-after" }, outcome: recovered(/listen_port|already/) },
    // To the provider a target that is there already is as good as one that it has added.
    { of: "Target", trouble: { kind: "drop-after" }, outcome: later(broken) },
  ],
  "wrong token": [{ of: "Route", trouble: { kind: "wrong-token" }, outcome: later(/unauthorized|401/i) }],
  forbidden: [{ of: "PlacementGroup", trouble: refused("forbidden"), outcome: later(/forbidden/) }],
  unreachable: [{ of: "later LoadBalancer", trouble: { kind: "outage" }, outcome: later(/connection refused/) }],
};

const cloudflare: Row<Trouble> = {
  "too many requests": [{ trouble: tooMany, outcome: "absorbed" }],
  "internal error": [{ trouble: page(500), outcome: "absorbed" }],
  "bad gateway": [{ trouble: page(502), outcome: "absorbed" }],
  unavailable: [{ trouble: page(503), outcome: "absorbed" }],
  "gateway timeout": [{ trouble: page(504), outcome: "absorbed" }],
  "sold out": cannot(
    "a record uses up nothing but its zone's quota, whose end is a refusal like any other: see forbidden",
  ),
  locked: cannot(noLocks),
  conflict: cannot(
    "a record has no version; one that is there already is what an answer lost leaves: see dropped after",
  ),
  "failed action": cannot(noActions),
  "slow action": cannot(noActions),
  "slow answer": [{ trouble: { kind: "slow-reply", seconds }, outcome: "absorbed" }],
  "dropped before": [{ trouble: { kind: "drop-before" }, outcome: "absorbed" }],
  "dropped after": [{ trouble: { kind: "drop-after" }, outcome: recovered(/identical record already exists/i) }],
  "wrong token": [{ trouble: { kind: "wrong-token" }, outcome: later(/40[13]|Invalid|Authentication/i) }],
  forbidden: [{ trouble: refused("10000"), outcome: later(/403/) }],
  unreachable: [{ of: "later DnsRecord", trouble: { kind: "outage" }, outcome: later(/connection refused/) }],
};

const tailscale: Row<Trouble> = {
  "too many requests": [{ trouble: tooMany, outcome: later(/rate limit|429/) }],
  // Of an answer that is no JSON the provider says no status.
  "internal error": [{ trouble: page(500), outcome: later(/Failed to create key/) }],
  "bad gateway": [{ trouble: page(502), outcome: later(/Failed to create key/) }],
  unavailable: [{ trouble: page(503), outcome: later(/Failed to create key/) }],
  "gateway timeout": [{ trouble: page(504), outcome: later(/Failed to create key/) }],
  "sold out": cannot("a tailnet has no stock of keys that could run out"),
  locked: cannot(noLocks),
  conflict: cannot("a key has neither a name nor a version that a second one could clash with"),
  "failed action": cannot(noActions),
  "slow action": cannot(noActions),
  "slow answer": [{ trouble: { kind: "slow-reply", seconds }, outcome: "absorbed" }],
  "dropped before": [{ trouble: { kind: "drop-before" }, outcome: later(broken) }],
  // The first key stays until it expires, for a day: nothing but its id is known of it.
  "dropped after": [{ trouble: { kind: "drop-after" }, outcome: later(broken) }],
  "wrong token": [{ trouble: { kind: "wrong-token" }, outcome: later(/401|API token invalid/) }],
  forbidden: [{ trouble: refused("403"), outcome: later(/403|ordered by the test/) }],
  unreachable: [{ of: "later TailnetKey", trouble: { kind: "outage" }, outcome: later(/connection refused/) }],
};

const inFront = "nothing stands before a machine's SSH daemon";

const command: Row<Interruption> = {
  "too many requests": cannot(
    "SSH has no such answer: a daemon with too many connections drops one, see dropped before",
  ),
  "internal error": [
    { of: "join", trouble: { kind: "failure", status: 1 }, outcome: later(/exited with status 1|status 1/) },
  ],
  "bad gateway": cannot(inFront),
  unavailable: cannot(inFront),
  "gateway timeout": cannot(inFront),
  "sold out": cannot("what a machine lacks, a script says by failing: see internal error"),
  locked: cannot("scripts wait for the package manager's lock themselves, and fail when it lasts: see internal error"),
  conflict: cannot("a command is not compared with anything: it is run again and finds what is done"),
  "failed action": [
    { of: "join", trouble: { kind: "power-cut", after: 8 }, outcome: later(/without exit status|EOF/) },
  ],
  "slow action": [{ of: "host key", trouble: { kind: "slow", seconds }, outcome: "absorbed" }],
  "slow answer": [{ of: "host key", trouble: { kind: "slow-answer", seconds }, outcome: "absorbed" }],
  "dropped before": [{ of: "host key", trouble: { kind: "dropped" }, outcome: later(/without exit status|EOF/) }],
  "dropped after": [
    { of: "host key", trouble: { kind: "lost-answer" }, outcome: later(/without exit status|EOF/) },
    { of: "join", trouble: { kind: "lost-answer" }, outcome: later(/without exit status|EOF/) },
  ],
  "wrong token": [{ of: "before join", trouble: { kind: "lock-out", logins: 3 }, outcome: "absorbed" }],
  forbidden: cannot("commands run as root; what else a machine forbids, a script says by failing: see internal error"),
  unreachable: [{ of: "before join", trouble: { kind: "restart" }, outcome: "absorbed" }],
};

const noRollout =
  "the API server has done all when it answers; what becomes ready later, the provider asks for again and again";

const kubernetes: Row<Trouble> = {
  "too many requests": [{ of: "Namespace", trouble: tooMany, outcome: "absorbed" }],
  "internal error": [{ of: "Secret", trouble: page(500), outcome: later(/500|error on the server/) }],
  "bad gateway": [{ of: "Secret", trouble: page(502), outcome: later(/502|error on the server/) }],
  unavailable: [
    { of: "Namespace", trouble: page(503), outcome: later(/unable to handle the request/) },
    { of: "Release", trouble: page(503), outcome: later(/unable to handle the request/) },
  ],
  "gateway timeout": [{ of: "Secret", trouble: page(504), outcome: later(/time allotted/) }],
  "sold out": cannot("a quota that is used up is refused as what is not allowed: see forbidden"),
  locked: cannot(
    "the API locks nothing; Helm does, with a record that only an interrupted run leaves: docs/recover.md",
  ),
  conflict: [{ of: "Secret", trouble: refused("409"), outcome: later(/ordered by the test/) }],
  "failed action": cannot(noRollout),
  "slow action": cannot(noRollout),
  "slow answer": [{ of: "Namespace", trouble: { kind: "slow-reply", seconds }, outcome: "absorbed" }],
  "dropped before": [{ of: "Secret", trouble: { kind: "drop-before" }, outcome: later(broken) }],
  "dropped after": [
    { of: "Secret", trouble: { kind: "drop-after" }, outcome: recovered(/already exists/) },
    { of: "Release", trouble: { kind: "drop-after" }, outcome: recovered(/in progress|still in use/) },
  ],
  "wrong token": [{ of: "Namespace", trouble: { kind: "wrong-token" }, outcome: later(/unauthorized/i) }],
  forbidden: [{ of: "Secret", trouble: refused("403"), outcome: later(/ordered by the test/) }],
  unreachable: [{ of: "later Secret", trouble: { kind: "outage" }, outcome: later(/connection refused|unreachable/) }],
};

const inProxmox = (message: string): Trouble => ({ kind: "refuse", code: "500", message });

const proxmoxve: Row<Trouble> = {
  "too many requests": [{ of: "Image", trouble: tooMany, outcome: later(/429/) }],
  "internal error": [{ of: "Image", trouble: page(500), outcome: later(/500/) }],
  "bad gateway": [{ of: "Image", trouble: page(502), outcome: later(/502/) }],
  unavailable: [{ of: "Machine", trouble: page(503), outcome: "absorbed" }],
  "gateway timeout": [{ of: "Image", trouble: page(504), outcome: later(/504/) }],
  "sold out": [{ of: "Image", trouble: inProxmox("not enough space"), outcome: later(/not enough space/) }],
  locked: [{ of: "Disk", trouble: inProxmox("VM is locked (clone)"), leavesIt: true, outcome: later(/locked/) }],
  conflict: cannot("a configuration's digest is compared only where a client sends one, and the provider sends none"),
  "failed action": [
    { of: "Image", trouble: { kind: "failed-action" }, outcome: later(/failed to complete/) },
    { of: "Machine", trouble: { kind: "failed-action" }, outcome: later(/failed to complete/) },
    { of: "Disk", trouble: { kind: "failed-action" }, leavesIt: true, outcome: later(/failed to complete/) },
  ],
  "slow action": [{ of: "Image", trouble: { kind: "slow-action", seconds }, outcome: "absorbed" }],
  "slow answer": [{ of: "Image", trouble: { kind: "slow-reply", seconds }, outcome: "absorbed" }],
  "dropped before": [{ of: "Machine", trouble: { kind: "drop-before" }, outcome: later(broken) }],
  "dropped after": [
    // Downloaded: the next `up` deletes what it finds before it downloads again.
    { of: "Image", trouble: { kind: "drop-after" }, leavesIt: true, outcome: later(broken) },
    // Names are not unique there: another one is made, and the first stays, stopped and without a start.
    { of: "Machine", trouble: { kind: "drop-after" }, outcome: later(broken) },
  ],
  "wrong token": [{ of: "Image", trouble: { kind: "wrong-token" }, outcome: later(/401/) }],
  forbidden: [{ of: "Machine", trouble: refused("403"), outcome: later(/403/) }],
  unreachable: [{ of: "later Machine", trouble: { kind: "outage" }, outcome: later(/connection refused/) }],
};

/** Of services by the trouble that their door is given, of machines by what befalls the command. */
export const answers = { hcloud, cloudflare, tailscale, command, kubernetes, proxmoxve } as const satisfies Readonly<
  Record<Provider, Row<Trouble> | Row<Interruption>>
>;
