import { type Location, locations } from "./locations.ts";
import { type LocationPrice, locationPrice, serverMonthly } from "./prices.ts";

export interface Deprecation {
  /** RFC 3339 */
  readonly announced: string;
  readonly unavailable_after: string;
}

/** A server type as `GET /server_types` returns it; memory and disk in GB. */
export interface ServerType {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly cores: number;
  readonly memory: number;
  readonly disk: number;
  readonly architecture: "x86" | "arm";
  readonly cpu_type: "shared" | "dedicated";
  readonly storage_type: "local";
  readonly deprecated: boolean;
  readonly deprecation: Deprecation | null;
  readonly locations: readonly ServerTypeLocation[];
  readonly prices: readonly LocationPrice[];
}

export interface ServerTypeLocation {
  readonly id: number;
  readonly name: string;
  readonly deprecation: Deprecation | null;
  /** Whether it can be ordered there at present. */
  readonly available: boolean;
  readonly recommended: boolean;
}

// Sizes: github.com/mixxor/eu-cloud-prices (17 August 2026) and docs.hetzner.com/cloud/servers/overview.
// Availability: on 3 September 2026 hetzner.com marked every cx and cax plan "not available" and sold the rest
// (github.com/robhunter/agentdeals/pull/1286); the cpx11 generation is left in the US only, elsewhere deprecated since
// docs.hetzner.cloud/changelog#2025-10-16-server-types-deprecated.

const european = ["fsn1", "nbg1", "hel1"];
const american = ["ash", "hil"];
const everywhere = [...european, ...american, "sin"];

const retired: Deprecation = { announced: "2025-10-16T06:00:00+00:00", unavailable_after: "2026-01-01T00:00:00+00:00" };

interface Family {
  readonly category: string;
  readonly architecture: "x86" | "arm";
  readonly cpu_type: "shared" | "dedicated";
  /** Locations that list the family. */
  readonly listed: readonly string[];
  readonly available: readonly string[];
  readonly retiredIn?: readonly string[];
  /** id, name, cores, memory, disk */
  readonly plans: readonly (readonly [number, string, number, number, number])[];
}

const families: readonly Family[] = [
  {
    category: "Cost-Optimized",
    architecture: "x86",
    cpu_type: "shared",
    listed: european,
    available: [],
    plans: [
      [114, "cx23", 2, 4, 40],
      [115, "cx33", 4, 8, 80],
      [116, "cx43", 8, 16, 160],
      [117, "cx53", 16, 32, 320],
    ],
  },
  {
    category: "Cost-Optimized",
    architecture: "arm",
    cpu_type: "shared",
    listed: european,
    available: [],
    plans: [
      [45, "cax11", 2, 4, 40],
      [93, "cax21", 4, 8, 80],
      [94, "cax31", 8, 16, 160],
      [95, "cax41", 16, 32, 320],
    ],
  },
  {
    category: "Regular Performance",
    architecture: "x86",
    cpu_type: "shared",
    listed: [...european, "sin"],
    available: [...european, "sin"],
    plans: [
      [108, "cpx12", 1, 2, 40],
      [109, "cpx22", 2, 4, 80],
      [110, "cpx32", 4, 8, 160],
      [111, "cpx42", 8, 16, 320],
      [112, "cpx52", 12, 24, 480],
      [113, "cpx62", 16, 32, 640],
    ],
  },
  {
    category: "Regular Performance",
    architecture: "x86",
    cpu_type: "shared",
    listed: everywhere,
    available: american,
    retiredIn: [...european, "sin"],
    plans: [
      [22, "cpx11", 2, 2, 40],
      [23, "cpx21", 3, 4, 80],
      [24, "cpx31", 4, 8, 160],
      [25, "cpx41", 8, 16, 240],
      [26, "cpx51", 16, 32, 360],
    ],
  },
  {
    category: "General Purpose",
    architecture: "x86",
    cpu_type: "dedicated",
    listed: everywhere,
    available: everywhere,
    plans: [
      [96, "ccx13", 2, 8, 80],
      [97, "ccx23", 4, 16, 160],
      [98, "ccx33", 8, 32, 240],
      [99, "ccx43", 16, 64, 360],
      [100, "ccx53", 32, 128, 600],
      [101, "ccx63", 48, 192, 960],
    ],
  },
];

const tebibyte = 1024 ** 4;
/** Per plan it is 20 TB or more in the EU; outside, the smallest allowance stands for all. */
const includedTraffic = (location: Location): number =>
  location.network_zone === "eu-central"
    ? 20 * tebibyte
    : location.network_zone === "ap-southeast"
      ? tebibyte / 2
      : tebibyte;

export const serverTypes: readonly ServerType[] = families.flatMap((family) =>
  family.plans.map(([id, name, cores, memory, disk]) => {
    const listed = locations.filter((location) => family.listed.includes(location.name));
    return {
      id,
      name,
      description: name.toUpperCase(),
      category: family.category,
      cores,
      memory,
      disk,
      architecture: family.architecture,
      cpu_type: family.cpu_type,
      storage_type: "local" as const,
      deprecated: false,
      deprecation: null,
      locations: listed.map((location) => ({
        id: location.id,
        name: location.name,
        deprecation: family.retiredIn?.includes(location.name) ? retired : null,
        available: family.available.includes(location.name),
        recommended: family.available.includes(location.name),
      })),
      prices: listed.flatMap((location) => {
        const monthly = serverMonthly(name, location);
        return monthly === undefined ? [] : [locationPrice(location, monthly, includedTraffic(location))];
      }),
    };
  }),
);
