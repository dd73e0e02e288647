import { isProviderType, stackReferenceType } from "../engine/urn.ts";
import type { Finding } from "../model.ts";
import type { RecordedResource } from "../recording.ts";
import { present, type Rule } from "./rule.ts";

/** A type that no model answers for was not rehearsed: its outputs are only its inputs. */
export const unknownTypes: Rule = (recording, { isKnown }) => {
  const isModelled = ({ custom, type }: RecordedResource) =>
    !custom || isProviderType(type) || type === stackReferenceType || isKnown(type);
  const byType = Map.groupBy(
    present(recording).filter((resource) => !isModelled(resource)),
    ({ type }) => type,
  );
  return [...byType].map(([type, [first, ...others]]): Finding => {
    const more = others.length === 0 ? "" : `, nor to ${others.length} more of this type`;
    return {
      rule: "unknown-type",
      urn: first?.urn ?? "",
      message: `no model knows ${type}: what the real service does to this was not rehearsed${more}`,
      remedy: `give the model of its package an answer for ${type}`,
    };
  });
};
