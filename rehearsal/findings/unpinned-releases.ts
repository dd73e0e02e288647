import semver from "semver";
import { textOf } from "../../lib/record.ts";
import { plain } from "../engine/values.ts";
import type { Finding } from "../model.ts";
import { releaseType } from "./kubernetes.ts";
import { present, type Rule } from "./rule.ts";

/** A release without a name gets a random one; one without a version gets another chart on another day. */
export const unpinnedReleases: Rule = (recording) =>
  present(recording)
    .filter(({ type }) => type === releaseType)
    .flatMap(({ urn, inputs }): Finding[] => {
      const { name, version, chart } = plain(inputs);
      const findings: Finding[] = [];
      if (textOf(name) === undefined) {
        findings.push({
          rule: "unnamed-release",
          urn,
          message: `the release of ${textOf(chart) ?? "its chart"} has no fixed name: it gets a random suffix, which no helm command of a runbook knows`,
          remedy: "set its input `name`",
        });
      }
      const given = textOf(version);
      if (given === undefined || semver.valid(given) === null) {
        findings.push({
          rule: "unpinned-release",
          urn,
          message: `the release of ${textOf(chart) ?? "its chart"} has ${given === undefined ? "no version" : `the version "${given}", which is not one version`}`,
          remedy: "set its input `version` to one exact version",
        });
      }
      return findings;
    });
