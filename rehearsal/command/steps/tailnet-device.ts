import { durations } from "../../durations.ts";
import { ServiceError } from "../../model.ts";
import { exited, type LocalStep, parameter } from "./step.ts";

/** Removes the devices of a host name and tags from the tailnet, as the OAuth client on standard input. */
export const tailnetDevice: LocalStep = (request) => {
  const hostname = parameter(request, "hostname");
  const tags = parameter(request, "tags").split(",");
  const [id = "", secret = ""] = request.stdin.split("\n");
  try {
    const removed = request.tailnet?.remove({ id, secret }, { hostname, tags }) ?? 0;
    return {
      stdout: `${hostname}: ${removed} removed from the tailnet\n`,
      until: request.at + durations.step.tailnetDevice,
    };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw exited(
      request,
      `${hostname} stays in the tailnet: ${error.message} → give the OAuth client the scope devices:core (Devices Core, write)`,
    );
  }
};

/** Gives the devices of a host name and tags more tags, as the OAuth client on standard input. */
export const tailnetTags: LocalStep = (request) => {
  const hostname = parameter(request, "hostname");
  const [tags = [], add = []] = ["tags", "add"].map((name) => parameter(request, name).split(","));
  const [id = "", secret = ""] = request.stdin.split("\n");
  try {
    const tagged = request.tailnet?.tag({ id, secret }, { hostname, tags, add }) ?? 0;
    return {
      stdout: `${hostname}: ${tagged} tagged in the tailnet\n`,
      until: request.at + durations.step.tailnetDevice,
    };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw exited(request, `${hostname} has not all of its tags in the tailnet: ${error.message}`);
  }
};
