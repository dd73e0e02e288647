import { createPublicKey } from "node:crypto";
import { durations } from "../../durations.ts";
import { isOpensshPrivateKey, parseOpensshPrivateKey, sshPublicLine } from "../../tls/openssh.ts";
import { exited, type Step } from "./step.ts";

/** The private key on standard input becomes the host's, beside the ECDSA key that it booted with; any other key goes. */
export const hostKey: Step = (request) => {
  const line = publicLine(request.stdin);
  if (line === undefined) {
    throw exited(request, "standard input holds no unencrypted OpenSSH private key: nothing was changed");
  }
  const [type = ""] = line.split(" ");
  if (type !== "ssh-ed25519") {
    throw exited(
      request,
      `the host key on standard input is ${type}, and ssh-ed25519 is expected: nothing was changed`,
    );
  }
  const bootKeys = request.host.hostKeys.filter((each) => each.startsWith("ecdsa-"));
  request.host.hostKeys = [...bootKeys, line];
  return { stdout: line, until: request.at + durations.step.hostKey };
};

function publicLine(privateKey: string): string | undefined {
  if (!isOpensshPrivateKey(privateKey)) return undefined;
  try {
    return sshPublicLine(createPublicKey(parseOpensshPrivateKey(privateKey)));
  } catch {
    return undefined;
  }
}
