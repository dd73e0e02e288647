export type Labels = Readonly<Record<string, string>>;

const name = /^[a-z0-9A-Z](?:[a-z0-9A-Z._-]{0,61}[a-z0-9A-Z])?$/;
const prefix = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** What is wrong with a set of labels; undefined when nothing is. Rules: docs.hetzner.cloud, "Labels". */
export function labelsFault(labels: Labels): string | undefined {
  for (const [key, value] of Object.entries(labels)) {
    const slash = key.indexOf("/");
    const head = slash < 0 ? undefined : key.slice(0, slash);
    if (head === "hetzner.cloud") return `label key '${key}' uses the reserved prefix hetzner.cloud/`;
    if (head !== undefined && (head.length > 253 || !prefix.test(head))) {
      return `label key '${key}' has a prefix that is no DNS subdomain`;
    }
    if (!name.test(key.slice(slash + 1))) {
      return `label key '${key}' must be 1 to 63 of [a-zA-Z0-9._-], with a letter or digit at both ends`;
    }
    if (value !== "" && !name.test(value)) {
      return `label value '${value}' of key '${key}' must be at most 63 of [a-zA-Z0-9._-], with a letter or digit at both ends`;
    }
  }
  return undefined;
}

type Requirement = (labels: Labels) => boolean;

/** One requirement of a selector; undefined when it is none. */
function readRequirement(text: string): Requirement | undefined {
  const set = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text);
  if (set?.[1] !== undefined && set[3] !== undefined) {
    const key = set[1];
    const values = set[3].split(",").map((value) => value.trim());
    const wanted = set[2] === "in";
    return (labels) =>
      wanted ? key in labels && values.includes(labels[key] ?? "") : !values.includes(labels[key] ?? "\0");
  }
  const compare = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/.exec(text);
  if (compare?.[1] !== undefined) {
    const key = compare[1];
    const value = compare[3] ?? "";
    return compare[2] === "!=" ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const exists = /^(!?)\s*([^\s!=,()]+)$/.exec(text);
  if (exists?.[2] === undefined) return undefined;
  const key = exists[2];
  return exists[1] === "!" ? (labels) => !(key in labels) : (labels) => key in labels;
}

/** A label selector as a test of labels; undefined when the text is none. Language: docs.hetzner.cloud, "Label Selector". */
export function readSelector(text: string): Requirement | undefined {
  const requirements: Requirement[] = [];
  // A comma inside parentheses separates values, not requirements.
  for (const part of text.split(/,(?![^(]*\))/)) {
    const requirement = readRequirement(part.trim());
    if (requirement === undefined) return undefined;
    requirements.push(requirement);
  }
  return (labels) => requirements.every((holds) => holds(labels));
}
