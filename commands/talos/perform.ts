import { peerOf } from "../../lib/change-order.ts";
import { machineConfig } from "../../lib/talos/config.ts";
import { type HeldCluster, hidden, hiddenSecrets } from "../../lib/talos/held.ts";
import type { ClusterNode } from "../../lib/talos/options.ts";
import { applyStep, bootstrapStep, memberStep, stepSeconds, talosStdin } from "../../lib/talos/steps.ts";
import { joining } from "../../lib/talos/tailscale.ts";
import { talosconfig } from "../../lib/talos/talosconfig.ts";
import { Refused } from "../command.ts";
import { controlPlanesOf, inOrder, nodeOf, type TalosStage } from "./stage.ts";

/** Runs a step's script here. Resolves with why it failed; undefined when it did not. */
export type RunStep = (script: string, stdin: string) => Promise<string | undefined>;

export interface Outcome {
  readonly node: string;
  /** `untouched`: an earlier one failed. */
  readonly result: "applied" | "failed" | "untouched";
  readonly reason?: string;
}

/** A machine's configuration as the stack file has it; without `held`, placeholders stand for its secrets. */
export function configuration(stage: TalosStage, id: string, held?: HeldCluster): string {
  const node = nodeOf(stage, id);
  if (held !== undefined) return textFor(stage, node, held);
  const shown = stage.joinsTailnet ? joining(node, hidden) : node;
  return machineConfig({ talos: stage.options, node: shown, secrets: hiddenSecrets });
}

function textFor(stage: TalosStage, node: ClusterNode, held: HeldCluster): string {
  const secrets = secretsOf(held);
  if (!stage.joinsTailnet) return machineConfig({ talos: stage.options, node, secrets });
  const key = held.tailnetKeys.get(node.id);
  if (key === undefined)
    throw new Refused(`the stack's state holds no key by which ${node.id} joins the tailnet: pulumi up makes it`);
  return machineConfig({ talos: stage.options, node: joining(node, key), secrets });
}

/** Configurations are given to machines one after the other; the first failure leaves the rest as they are. */
export async function apply(
  stage: TalosStage,
  {
    nodes,
    held,
    run,
  }: { readonly nodes: "all" | readonly string[]; readonly held: HeldCluster; readonly run: RunStep },
): Promise<readonly Outcome[]> {
  const asked = nodes === "all" ? inOrder(stage) : nodes.map((id) => nodeOf(stage, id));
  // All of them first: what is missing for one is said before any is given its own.
  const texts = new Map(asked.map((node) => [node.id, textFor(stage, node, held)]));
  const outcomes: Outcome[] = [];
  for (const node of asked) {
    if (outcomes.some(({ result }) => result === "failed")) {
      outcomes.push({ node: node.id, result: "untouched" });
      continue;
    }
    const text = texts.get(node.id) ?? "";
    const reason =
      (await run(
        applyStep({
          ...machineOf(node),
          disk: "device" in node.disk ? node.disk.device : "",
          timeout: stepSeconds.apply,
        }),
        talosStdin(credentials(stage, held), text),
      )) ?? (held.bootstrapped ? await watch(stage, node, held, run) : undefined);
    outcomes.push({
      node: node.id,
      result: reason === undefined ? "applied" : "failed",
      ...(reason ? { reason } : {}),
    });
  }
  return outcomes;
}

/** In a cluster that stands, nobody goes on before a node is a complete part of it again. */
function watch(stage: TalosStage, node: ClusterNode, held: HeldCluster, run: RunStep): Promise<string | undefined> {
  const peer = peerOf(node, controlPlanesOf(stage));
  return run(
    memberStep({ ...machineOf(node), role: node.role, peer: peer.address, timeout: stepSeconds.member }),
    talosStdin(credentials(stage, held)),
  );
}

/** Starts the cluster, once. @throws Refused when it has been started */
export async function bootstrap(
  stage: TalosStage,
  { held, run }: { readonly held: HeldCluster; readonly run: RunStep },
): Promise<string | undefined> {
  secretsOf(held);
  if (held.bootstrapped)
    throw new Refused(
      `cluster ${stage.cluster} has been bootstrapped by pulumi up, whose state holds ${stage.cluster}-bootstrap. A second bootstrap would be a second cluster: nothing was changed`,
    );
  const [first, ...others] = controlPlanesOf(stage);
  if (first === undefined) throw new Refused(`cluster ${stage.cluster} has no control plane`);
  return await run(
    bootstrapStep({
      ...machineOf(first),
      ...{ peers: others.map(({ address }) => address), timeout: stepSeconds.bootstrap, again: "refuse" },
    }),
    talosStdin(credentials(stage, held)),
  );
}

/** How a step is told of a machine. */
export const machineOf = ({ name, address }: ClusterNode) => ({ name, address });

function secretsOf({ secrets }: HeldCluster): NonNullable<HeldCluster["secrets"]> {
  if (secrets === undefined)
    throw new Refused(
      "the stack's state holds no authorities of this cluster yet, and machines that trust none are out of reach later: pulumi up makes them",
    );
  return secrets;
}

/** The talosconfig of a step. @throws Refused */
export function credentials(
  { cluster }: Pick<TalosStage, "cluster">,
  { administrator }: Pick<HeldCluster, "administrator">,
): string {
  if (administrator === undefined) throw new Refused("the stack's state holds no administrator of this cluster yet");
  return talosconfig({ cluster, endpoints: [], nodes: [], ...administrator });
}
