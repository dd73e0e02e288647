import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { hostKeyStdin, hostKeyStep, kubeconfigStep } from "../../../../lib/k3s/steps.ts";
import { joinArgs } from "../../../harness/cluster.ts";

/** What the program does to machines, without the rest of it: a gateway, and a control plane behind it. */

const key = z.object({ private: z.string(), public: z.string() });
const settings = z
  .object({ operator: key, temporary: key, permanent: key, gateway: z.string(), node: z.string(), dials: z.number() })
  .parse(new pulumi.Config("groundwork").requireObject("settings"));
const { operator, temporary, permanent } = settings;

const common = { user: "root", privateKey: operator.private, dialErrorLimit: settings.dials, perDialTimeout: 15 };
const gateway = (hostKey: string) => ({ ...common, host: settings.gateway, hostKey });
const node = (hostKey: string) => ({ ...common, host: settings.node, hostKey, proxy: gateway(permanent.public) });
const quiet = { logging: "none", addPreviousOutputInEnv: false } as const;
const identify = { ...quiet, create: hostKeyStep({ timeout: 120 }), stdin: hostKeyStdin(permanent.private) };

const router = new command.remote.Command("gateway-host-key", { ...identify, connection: gateway(temporary.public) });
const identified = new command.remote.Command(
  "cp-1-host-key",
  { ...identify, connection: node(temporary.public) },
  { dependsOn: router },
);
const { script, stdin } = joinArgs("cp", 1, 900);
const joined = new command.remote.Command(
  "cp-1-join",
  { ...quiet, connection: node(permanent.public), create: script, ...(stdin === undefined ? {} : { stdin }) },
  { dependsOn: identified },
);
const kubeconfig = new command.remote.Command(
  "kubeconfig",
  { ...quiet, connection: node(permanent.public), create: kubeconfigStep({ timeout: 60, renewal: {} }) },
  { dependsOn: joined },
);

export const shown = [router.stdout, identified.stdout];
export const admin = kubeconfig.stdout;
