/** What exists at a provider, and where a program has it. */
export interface Importable {
  /** Token, such as `hcloud:index/server:Server`. */
  readonly type: string;
  /** The program's name for it. */
  readonly name: string;
  /** What its provider's documentation says that `pulumi import` takes. */
  readonly id: string;
  /** URN; absent for the stack itself. */
  readonly parent?: string;
  /** URN of the explicit provider. */
  readonly provider?: string;
}

/** What somebody types to take it into the state: the name alone does not say where in the tree it belongs. */
export function importCommand({ type, name, id, parent, provider }: Importable): string {
  return [
    ...["pulumi", "import", type, name, id],
    ...(parent === undefined ? [] : ["--parent", `parent=${parent}`]),
    ...(provider === undefined ? [] : ["--provider", `provider=${provider}`]),
  ]
    .map(quoted)
    .join(" ");
}

/** As a POSIX shell reads it: a URN has a `$` in it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
