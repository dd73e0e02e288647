// A machine's devices in its tailnet, which are those with exactly its host name and all of its tags: removes them or,
// with `add`, gives them more tags. Run by `node --eval`, with `api`, `hostname`, `tags` and `add` in the environment and
// the OAuth client's id and secret as the two lines of standard input. Source of the requests: tailscale.com/api
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const { api, hostname, tags, add } = process.env;
const [id, secret] = readFileSync(0, "utf8").split("\n");

/** Asks up to five times: what is busy or out of reach may not be a moment later. */
async function ask(what, path, options) {
  for (let attempt = 1; ; attempt++) {
    let why;
    let wait = attempt;
    try {
      const answer = await fetch(`${api}/api/v2${path}`, { ...options, signal: AbortSignal.timeout(30_000) });
      const text = await answer.text();
      if (answer.ok || answer.status === 404) return { status: answer.status, text };
      why = `${answer.status} ${text.trim().slice(0, 300)}`;
      if (answer.status === 401 || answer.status === 403)
        throw new Error(`${what}: ${why} → give the OAuth client the scope devices:core (Devices Core, write)`);
      if (answer.status !== 429 && answer.status < 500) attempt = 5;
      wait = Math.min(Number(answer.headers.get("retry-after")) || attempt, 60);
    } catch (error) {
      if (error.message.startsWith(`${what}: `)) throw error;
      why = error.cause?.message ?? error.message;
    }
    if (attempt >= 5) throw new Error(`${what}: ${why}`);
    await delay(wait * 1000);
  }
}

/** The machine's devices, and how the API is spoken to from now on. */
async function find() {
  const form = { grant_type: "client_credentials", client_id: id, client_secret: secret, scope: "devices:core" };
  const signed = await ask("signing in at Tailscale", "/oauth/token", {
    method: "POST",
    body: new URLSearchParams(form),
  });
  const headers = { Authorization: `Bearer ${JSON.parse(signed.text).access_token}` };
  const listed = await ask("listing the tailnet's devices", "/tailnet/-/devices", { headers });
  const wanted = tags.split(",");
  const devices = JSON.parse(listed.text).devices.filter(
    (device) => device.hostname === hostname && wanted.every((tag) => device.tags?.includes(tag)),
  );
  return { headers, devices };
}

async function remove() {
  const { headers, devices } = await find();
  // One that is gone by now (404) is as good as removed.
  for (const { id: device } of devices)
    await ask(`removing device ${device}`, `/device/${encodeURIComponent(device)}`, { method: "DELETE", headers });
  return `${devices.length} removed from the tailnet`;
}

async function tag() {
  const { headers, devices } = await find();
  let changed = 0;
  for (const { id: device, tags: has } of devices) {
    // The request replaces a device's tags, whoever gave them: what it has is in it.
    const all = [...new Set([...has, ...add.split(",")])];
    if (all.length === has.length) continue;
    await ask(`tagging device ${device}`, `/device/${encodeURIComponent(device)}/tags`, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify({ tags: all }),
    });
    changed++;
  }
  return `${changed} tagged in the tailnet`;
}

try {
  console.log(`${hostname}: ${await (add ? tag() : remove())}`);
} catch (error) {
  const left = add ? "has not all of its tags in the tailnet" : "stays in the tailnet";
  console.error(`groundwork: ${hostname} ${left}: ${error.message}`);
  process.exitCode = 1;
}
