import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isObject, plainValue } from "../engine/values.ts";
import type { Recording } from "../recording.ts";
import { Secret } from "../recording.ts";
import type { ShowDocument } from "./documents.ts";

/** One file of a rehearsal's results. */
export interface Artifact {
  /** Relative to the results' directory. */
  readonly path: string;
  readonly content: string;
  /** Permissions. Default: 0644. */
  readonly mode?: number;
}

/** How a value is written: its secrets as `[secret]`, or as they are when the reader asked for that. */
export type Show = (value: unknown) => unknown;

/**
 * Something that makes files out of a recording. Whatever it writes of inputs and outputs goes through `show` first, or
 * through `document` when it is a text that has secrets in it.
 */
export type ArtifactSource = (recording: Recording, show: Show, document: ShowDocument) => readonly Artifact[];

export function createShow(showSecrets: boolean): Show {
  return showSecrets ? plainValue : redact;
}

function redact(value: unknown): unknown {
  if (value instanceof Secret) return "[secret]";
  if (Array.isArray(value)) return value.map(redact);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, redact(field)]));
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Says why a directory is not one to replace: it holds something that no rehearsal wrote. */
export function occupied(directory: string): string | undefined {
  if (!existsSync(directory)) return undefined;
  const files = readdirSync(directory);
  if (files.length === 0 || files.includes(marker)) return undefined;
  return `${directory} holds other things (${files.slice(0, 3).join(", ")}): name a directory that is new or a rehearsal's own`;
}

const marker = "timeline.json";

/** Replaces `directory` by the given files, or leaves it as it was: they are written beside it first. */
export function writeArtifacts(directory: string, artifacts: readonly Artifact[]): void {
  const target = resolve(directory);
  mkdirSync(dirname(target), { recursive: true });
  const fresh = mkdtempSync(join(dirname(target), `.${basename(target)}-`));
  try {
    for (const { path, content, mode = 0o644 } of artifacts) {
      const file = join(fresh, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content, { mode });
    }
    replaceDirectory(target, fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function replaceDirectory(target: string, fresh: string): void {
  if (!existsSync(target)) {
    renameSync(fresh, target);
    return;
  }
  const old = `${fresh}-old`;
  renameSync(target, old);
  try {
    renameSync(fresh, target);
  } catch (error) {
    renameSync(old, target);
    throw error;
  }
  rmSync(old, { recursive: true });
}
