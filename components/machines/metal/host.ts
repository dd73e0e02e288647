import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { asRoot } from "../../../lib/bootstrap/as-root.ts";
import { renderScript } from "../../../lib/bootstrap/script.ts";
import type { Document } from "../../../lib/bootstrap/types.ts";
import { machineRemoveStep } from "../../../lib/k3s/steps.ts";
import type { BootSecrets, Connection } from "../machine.ts";
import { tailnetKey } from "../tailnet-key.ts";
import { reachFirst, reachLast, setupName } from "./reach.ts";

export interface HostArgs {
  readonly hostname: string;
  /** Where it answers. */
  readonly address: string;
  readonly port: number;
  /** The pinned one: type and base64. */
  readonly hostKey: string;
  /** Who logs in. */
  readonly user: string;
  /** A higher one takes k3s off the host and sets it up anew. */
  readonly generation: number;
  readonly connection: Connection;
  readonly document: pulumi.Output<(secrets: BootSecrets) => Document>;
  readonly authorizedKeys: readonly string[];
  /** Tags of its device in the tailnet; absent: it joins none. */
  readonly tailnetTags?: readonly string[];
  /** Resources that must be there before: the predecessor in a rolling change. */
  readonly after: readonly pulumi.Resource[];
}

/** Seconds. Packages, and on NixOS a rebuild, over a slow line. */
const timeouts = { setup: 1800, remove: 900 };

/**
 * A host that exists, set up to be a node. What a new node takes and an old one keeps is ignored after it was set up, as
 * with a server; `generation` sets it up anew. Its deletion takes k3s off the host, which goes on existing.
 */
export class Host extends pulumi.ComponentResource {
  readonly setup: command.remote.Command;
  /** What to depend on before the first command on it. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: HostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("groundwork:metal:Host", name, {}, opts);
    const renewed = { parent: this, replacementTrigger: args.generation };
    const { address, port, hostKey } = args;
    const reached = reachFirst(`${name}-reach`, { name, address, port, hostKey }, { parent: this });
    const key =
      args.tailnetTags === undefined
        ? undefined
        : tailnetKey(`${name}-tailnet-key`, { hostname: args.hostname, tags: args.tailnetTags }, renewed);
    const rendered = pulumi.all([args.document, key?.key]).apply(([render, tailnetKeyText]) =>
      renderScript(
        render({
          authorizedKeys: args.authorizedKeys,
          ...(tailnetKeyText === undefined ? {} : { tailnetKey: tailnetKeyText }),
        }),
        { timeout: timeouts.setup },
      ),
    );
    this.setup = new command.remote.Command(
      setupName(name),
      {
        connection: args.connection,
        // The script holds no secret: those are on its standard input.
        create: pulumi.unsecret(rendered.apply(({ script }) => asRoot(args.user, script))),
        // Run again, it would write its first document over what the node has become since.
        update: "true",
        delete: asRoot(args.user, machineRemoveStep({ name: args.hostname, timeout: timeouts.remove })),
        stdin: pulumi.secret(rendered.apply(({ stdin }) => stdin)),
        logging: "none",
        addPreviousOutputInEnv: false,
      },
      {
        ...renewed,
        dependsOn: [reached, ...args.after],
        deleteBeforeReplace: true,
        ignoreChanges: ["create", "delete", "stdin"],
      },
    );
    this.ready = reachLast(
      `${name}-reach-last`,
      { name, address, port, hostKey, setup: this.setup },
      { parent: this, dependsOn: [this.setup] },
    );
    this.registerOutputs({});
  }
}
