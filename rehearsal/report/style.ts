import { isProviderType } from "../engine/urn.ts";

/** Text styles, or none of them. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

const paint = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;
const plain = (text: string) => text;

export function createStyle(colours: boolean): Style {
  return {
    bold: colours ? paint(1, 22) : plain,
    dim: colours ? paint(2, 22) : plain,
    red: colours ? paint(31, 39) : plain,
    green: colours ? paint(32, 39) : plain,
    yellow: colours ? paint(33, 39) : plain,
    cyan: colours ? paint(36, 39) : plain,
  };
}

/** Virtual or real seconds as people say them: `45s`, `3m 05s`, `1h 02m`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (seconds < 10) return `${Number(seconds.toFixed(1))}s`;
  if (whole < 60) return `${whole}s`;
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
}

/** A moment of the virtual clock: `0:00`, `12:05`, `1:02:05`. */
export function moment(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours === 0 ? `${minutes}:${two(whole % 60)}` : `${hours}:${two(minutes)}:${two(whole % 60)}`;
}

/** `hcloud:index/server:Server` -> `hcloud:Server`; a provider keeps its whole type. */
export function shortType(type: string): string {
  if (isProviderType(type)) return type;
  return `${type.slice(0, type.indexOf(":"))}:${type.slice(type.lastIndexOf(":") + 1)}`;
}

export function count(amount: number, one: string): string {
  return `${amount} ${one}${amount === 1 ? "" : "s"}`;
}

export function indent(text: string, by: string): string {
  return text.replaceAll("\n", `\n${by}`);
}
