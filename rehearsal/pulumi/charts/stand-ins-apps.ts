import type { StandIn } from "./stand-in.ts";

/** Charts of applications: see stand-ins.ts. */
export const appStandIns: readonly (readonly [chart: string, standIn: StandIn])[] = [
  [
    "linkding",
    {
      workloads: [
        {
          kind: "Deployment",
          name: "linkding",
          image: "ghcr.io/sissbruecker/linkding:1.46.2",
          serves: ["linkding"],
        },
      ],
    },
  ],
];
