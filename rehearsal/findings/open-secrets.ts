import { stripVTControlCharacters } from "node:util";
import { stackType } from "../engine/urn.ts";
import { isObject } from "../engine/values.ts";
import type { Finding } from "../model.ts";
import { Secret } from "../recording.ts";
import { knownSecrets } from "./known-secrets.ts";
import type { Rule } from "./rule.ts";
import { NeedleSearch } from "./search.ts";

/**
 * A secret in clear: in an input, output or id that is not marked secret, or in what the program logs. Such a place is
 * stored and printed readably, by Pulumi and by the service that gets it.
 */
export const openSecrets: Rule = (recording, { canaries }) => {
  const known = knownSecrets(recording, canaries);
  const search = new NeedleSearch(known.keys());
  const origins = (text: string) => [...search.in(text)].map((value) => known.get(value) ?? "");
  const finding = (urn: string, place: string, origin: string): Finding => ({
    rule: "open-secret",
    urn,
    message: `${place} holds a secret in clear: ${origin}`,
    remedy: "keep it out of there, or mark what is made from it as a secret: pulumi.secret(), additionalSecretOutputs",
  });
  const inResources = recording.resources.flatMap(({ urn, type, id, inputs, outputs }) => {
    if (type === stackType) return [];
    const places = new Map<string, Set<string>>();
    const look = (text: string, place: string) => {
      for (const origin of origins(text)) places.set(origin, (places.get(origin) ?? new Set()).add(place));
    };
    const given = new Map<string, string>();
    visit(inputs, "", (text, place) => {
      given.set(place, text);
      look(text, place);
    });
    // What an output repeats of an input says nothing new.
    visit(outputs, "", (text, place) => {
      if (given.get(place) !== text) look(text, `the output ${place}`);
    });
    if (id !== undefined) look(id, "the id");
    return [...places].map(([origin, where]) => finding(urn, [...where].join(", "), origin));
  });
  const stack = recording.resources.find(({ type }) => type === stackType)?.urn ?? "";
  const inOutputs = Object.entries(recording.outputs).flatMap(([name, value]) => {
    const found: Finding[] = [];
    visit(value, name, (text, place) => {
      for (const origin of origins(text)) found.push(finding(stack, `the stack's output ${place}`, origin));
    });
    return found;
  });
  const logged = new Set(recording.log.flatMap(({ message }) => origins(stripVTControlCharacters(message))));
  const inLog = [...logged].map((origin) => finding(stack, "the program's log", origin));
  return [...inResources, ...inOutputs, ...inLog];
};

/** Every text that is not inside a secret, with its path. */
function visit(value: unknown, path: string, look: (text: string, path: string) => void): void {
  if (value instanceof Secret) return;
  if (typeof value === "string") look(value, path);
  else if (Array.isArray(value))
    for (const [index, element] of value.entries()) visit(element, `${path}[${index}]`, look);
  else if (isObject(value)) {
    for (const [key, field] of Object.entries(value)) {
      visit(field, path === "" ? key : `${path}.${key}`, look);
    }
  }
}
