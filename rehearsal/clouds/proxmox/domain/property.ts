/** A property string: values by name, the unnamed one under the name that its format gives it. */
export type Properties = ReadonlyMap<string, string>;

/** Reads `local-lvm:32,discard=on`; `first` names the value that may stand without a name. */
export function readProperties(text: string, first: string): Properties {
  return new Map(
    text
      .split(",")
      .filter((part) => part !== "")
      .map((part) => {
        const equals = part.indexOf("=");
        return equals < 0 ? [first, part] : [part.slice(0, equals), part.slice(equals + 1)];
      }),
  );
}

/** The opposite: the value of `first` comes first and without its name, the others by name, as a configuration file has them. */
export function writeProperties(properties: Properties, first: string): string {
  const rest = [...properties].filter(([name]) => name !== first).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const own = properties.get(first);
  return [...(own === undefined ? [] : [own]), ...rest.map(([name, value]) => `${name}=${value}`)].join(",");
}

const units: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** Bytes of `32G`; undefined for anything else. */
export function readSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1]) * (units[match[2] ?? ""] ?? 1);
}

/** The shortest way to write a number of bytes. */
export function writeSize(bytes: number): string {
  for (const unit of ["T", "G", "M", "K"]) {
    const size = units[unit] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}
