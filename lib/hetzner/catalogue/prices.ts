import type { Location } from "./locations.ts";

// Net prices in EUR a month, for new orders, as of 17 August 2026 (the level since 15 June 2026).
//
// Servers, volumes, snapshots, lb11: github.com/mixxor/eu-cloud-prices, prices/hetzner.json at ec4a406, whose figures
// carry 19 % VAT and, for servers, the 0.50 of a primary IPv4; both are taken off here. They agree with Hetzner's own
// price service as read on 3 September 2026 (github.com/robhunter/agentdeals/pull/1286: CPX22 19.99 with IPv4), which
// is also the source of the two Singapore prices. Volumes: `GET /v1/pricing` as quoted in
// github.com/devantler-tech/platform commit cb791c6f.
//
// What no public source gave is left out, and the estimate says so: dedicated plans outside the EU, the larger plans
// in Singapore, lb21 and lb31.

/** Where a price holds: the three EU locations, the two in the US, Singapore. */
type Market = "eu" | "us" | "sin";

type Prices = Readonly<Partial<Record<Market, number>>>;

const serverPrices: Readonly<Record<string, Prices>> = {
  cx23: { eu: 5.49 },
  cx33: { eu: 8.49 },
  cx43: { eu: 15.99 },
  cx53: { eu: 29.49 },
  cax11: { eu: 5.99 },
  cax21: { eu: 10.49 },
  cax31: { eu: 20.99 },
  cax41: { eu: 40.99 },
  cpx12: { eu: 11.49, sin: 15.49 },
  cpx22: { eu: 19.49, sin: 26.49 },
  cpx32: { eu: 35.49 },
  cpx42: { eu: 69.49 },
  cpx52: { eu: 100.49 },
  cpx62: { eu: 129.99 },
  cpx11: { us: 17.49 },
  cpx21: { us: 31.99 },
  cpx31: { us: 62.49 },
  cpx41: { us: 120.49 },
  cpx51: { us: 237.99 },
  ccx13: { eu: 42.99 },
  ccx23: { eu: 85.99 },
  ccx33: { eu: 138.49 },
  ccx43: { eu: 275.99 },
  ccx53: { eu: 533.49 },
  ccx63: { eu: 853.49 },
};

const loadBalancerPrices: Readonly<Record<string, Prices>> = { lb11: { eu: 7.49 } };

export const primaryIpv4Monthly = 0.5;
export const volumeMonthlyPerGb = 0.0572;
export const snapshotMonthlyPerGb = 0.0143;
/** Backups cost this share of their server's price. */
export const backupShare = 0.2;

function market(location: Location): Market {
  switch (location.network_zone) {
    case "eu-central":
      return "eu";
    case "us-east":
    case "us-west":
      return "us";
    case "ap-southeast":
      return "sin";
    default:
      return location.network_zone satisfies never;
  }
}

/** Net EUR a month of a server without its primary IPs; undefined where no public price is known. */
export function serverMonthly(type: string, location: Location): number | undefined {
  return serverPrices[type]?.[market(location)];
}

/** Net EUR a month of a load balancer; undefined where no public price is known. */
export function loadBalancerMonthly(type: string, location: Location): number | undefined {
  return loadBalancerPrices[type]?.[market(location)];
}

/** A price as the API writes it. Without VAT on both lines: the project's country decides on it, and it has none. */
export interface Price {
  readonly net: string;
  readonly gross: string;
}

export const price = (amount: number, digits = 10): Price => ({
  net: amount.toFixed(digits),
  gross: amount.toFixed(digits),
});

export interface LocationPrice {
  readonly location: string;
  readonly price_hourly: Price;
  readonly price_monthly: Price;
  readonly included_traffic: number;
  readonly price_per_tb_traffic: Price;
}

/** Billing caps a month at 26 days of hours (the sources' own monthly and hourly prices differ by this factor). */
const hoursInCap = 624;

export function locationPrice(location: Location, monthly: number, includedTraffic: number): LocationPrice {
  return {
    location: location.name,
    price_hourly: price(Math.round((monthly / hoursInCap) * 10000) / 10000),
    price_monthly: price(monthly),
    included_traffic: includedTraffic,
    price_per_tb_traffic: price(1),
  };
}
