import { undefinedNames } from "../../lib/tailnet/policy.ts";
import { listed } from "../../lib/words.ts";
import { stagePolicy } from "../tailnet-policy.ts";
import type { Rule } from "./rule.ts";

const own = "groundwork:tailscale.policy.own";

/** Tailscale refuses a policy that names what it does not define, and the error would come in the middle of a run. */
export const policyDefined: Rule = ({ stage, nodes }) => {
  const wanted = stagePolicy(stage, nodes);
  return wanted === undefined
    ? []
    : undefinedNames(wanted.policy).map(({ name, section, used }) => ({
        path: `${own}.${section}`,
        message: `${name} is named in ${used} of the tailnet's policy, and not defined`,
        remedy:
          section === "groups"
            ? `add it with its members, such as "${name}": [alice@example.com]`
            : `add it with whoever may give it, such as "${name}": [autogroup:admin]`,
      }));
};

/** What a policy does not allow is forbidden: one for the cluster alone would cut off everything else in the tailnet. */
export const othersKeepTheirWays: Rule = ({ stage }) => {
  const declared = stage.tailscale?.policy?.own;
  return declared === undefined || declared.grants !== undefined || declared.acls !== undefined
    ? []
    : [
        {
          path: own,
          message: "says nothing of the tailnet's other devices, and a policy forbids what it does not allow",
          remedy: `copy grants or acls of the policy that the tailnet has now; grants: [] when only ${listed(stage.tailscale?.policy?.admins ?? [], "and")} are to reach anything, and the cluster alone`,
        },
      ];
};
