import { durations } from "../../durations.ts";
import { deadline, exited, type LocalStep, parameter } from "./step.ts";

/** Looks a device up by its host name, and prints what the tailnet's API says of it as JSON. */
export const tailnetDevice: LocalStep = (request) => {
  const hostname = parameter(request, "hostname");
  const device = request.tailnet?.device(hostname);
  if (device === undefined) {
    throw exited(
      request,
      `no device named ${hostname} has joined the tailnet within ${deadline(request) - request.at}s: look at cloud-init's log on the machine, and whether its key was used or had expired`,
    );
  }
  const { id, name, addresses } = device;
  return { stdout: JSON.stringify({ id, name, addresses }), until: request.at + durations.step.tailnetDevice };
};
