import { z } from "zod";
import { type Check, well, wrong } from "./check.ts";
import { answerOf, said, setSecret } from "./token.ts";

export interface CloudflareArgs {
  readonly token: string;
  readonly endpoint?: string;
  readonly zone: string;
  readonly zoneId: string;
}

const zoneAnswer = z.object({
  result: z.object({ name: z.string(), permissions: z.array(z.string()).optional() }),
});

const make = (zone: string): string =>
  `My Profile, API Tokens: Zone:Read and DNS:Edit on the zone ${zone}; then ${setSecret("cloudflare-token")}`;

/**
 * Whether the token sees the zone and may change its records.
 * Source: developers.cloudflare.com/api/resources/zones/methods/get and /user/subresources/tokens/methods/verify
 */
export async function checkCloudflare({ token, endpoint, zone, zoneId }: CloudflareArgs): Promise<Check> {
  const base = endpoint ?? "https://api.cloudflare.com/client/v4";
  const address = { key: "groundwork:endpoints.cloudflare", isOwn: endpoint !== undefined };
  const headers = { Authorization: `Bearer ${token}` };
  const seen = await answerOf("cloudflare", { url: `${base}/zones/${zoneId}`, headers }, address);
  if ("check" in seen) return seen.check;
  const { answer } = seen;
  if (answer.status >= 500)
    return wrong("cloudflare", `the API answers ${said(answer)}`, "wait, and look at cloudflarestatus.com");
  const { data } = zoneAnswer.safeParse(answer.body);
  if (answer.status !== 200 || data === undefined) {
    const verified = await answerOf("cloudflare", { url: `${base}/user/tokens/verify`, headers }, address);
    if ("check" in verified) return verified.check;
    return verified.answer.status === 200
      ? wrong(
          "cloudflare",
          `secret:cloudflare-token is a token, but does not see the zone ${zoneId} (${said(answer)})`,
          `see that groundwork:dns.zoneId is the zone's, on its overview page, and that the token may read it. ${make(zone)}`,
        )
      : wrong(
          "cloudflare",
          `the API does not know secret:cloudflare-token (${said(answer)})`,
          `make one: ${make(zone)}`,
        );
  }
  const { name, permissions = [] } = data.result;
  if (name !== zone)
    return wrong(
      "cloudflare",
      `groundwork:dns.zoneId is the zone ${name}, and groundwork:dns.zone says ${zone}`,
      "copy the zone id from the zone's overview page",
    );
  // An API that tells nothing of permissions refuses nothing here.
  if (permissions.length > 0 && !permissions.includes("#dns_records:edit"))
    return wrong(
      "cloudflare",
      `secret:cloudflare-token may not change records of ${zone}`,
      `give it DNS:Edit: ${make(zone)}`,
    );
  return well("cloudflare", `the API takes secret:cloudflare-token for the zone ${zone}`);
}
