// Looks whether a host answers, and with the key that is pinned for it, before anything is sent to it or taken off it. Run
// by `node --eval` with its parameters in the environment. Without the package ssh2 it looks at the greeting alone; the
// key is looked at again by whoever then logs in.
import { createHash } from "node:crypto";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const { name, address, port, hostKey, seconds, forget } = process.env;
const ssh2 = await import("ssh2").then((found) => found.default).catch(() => undefined);
const deadline = Date.now() + Number(seconds) * 1000;
const patience = () => Math.max(1000, Math.min(10_000, deadline - Date.now()));

/** Undefined: somebody answers as SSH daemons do. Otherwise why not. */
function greeting() {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port: Number(port), timeout: patience() });
    const end = (why) => {
      socket.destroy();
      resolve(why);
    };
    socket.once("error", ({ code, message }) => end(code ?? message));
    socket.once("timeout", () => end("no answer"));
    socket.once("end", () => end("it hung up"));
    socket.once("data", (data) =>
      end(data.toString("latin1").startsWith("SSH-") ? undefined : "no SSH daemon is there"),
    );
  });
}

/** The key that the host presents of the pinned one's type: base64, or undefined with why. Nobody logs in. */
function presented(type) {
  return new Promise((resolve) => {
    const client = new ssh2.Client();
    let key;
    const end = (why) => {
      resolve({ key, why });
      client.end();
    };
    client.on("error", ({ message }) => end(message));
    client.on("close", () => end("it hung up"));
    client.connect({
      ...{ host: address, port: Number(port), username: "nobody", readyTimeout: patience() },
      algorithms: { serverHostKey: [type] },
      hostVerifier: (blob) => {
        key = blob.toString("base64");
        return false;
      },
    });
  });
}

const fingerprint = (key) =>
  `SHA256:${createHash("sha256").update(Buffer.from(key, "base64")).digest("base64").replace(/=+$/, "")}`;

/** What is wrong with the host; undefined: nothing. */
async function fault() {
  const [type, pinned] = hostKey.split(" ");
  const noKey = /no matching host key/i;
  for (;;) {
    let why = await greeting();
    if (why === undefined) {
      if (ssh2 === undefined) return undefined;
      const { key, why: refused } = await presented(type);
      if (key === pinned) return undefined;
      if (key !== undefined || noKey.test(refused))
        return (
          `${name} at ${address}:${port} answers with ${key === undefined ? `no ${type} key` : `the key ${fingerprint(key)}`}, and ${fingerprint(pinned)} is pinned: ` +
          "it was installed anew, or somebody else answers. Nothing was sent to it. Look on the host itself, with ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub, before you pin another"
        );
      why = refused;
    }
    if (Date.now() + 2000 > deadline)
      return (
        `${name} does not answer at ${address}:${port} (${why}); it was tried for ${seconds}s. Is it on, is its SSH daemon running, and are you in its network or on the tailnet? Then run again` +
        (forget ? `. ${forget}` : "")
      );
    await delay(2000);
  }
}

const message = await fault();
if (message !== undefined) {
  console.error(`groundwork: ${message}`);
  process.exitCode = 1;
}
