import ssh2, { type Attributes, type SFTPWrapper } from "ssh2";

const { OK, NO_SUCH_FILE } = ssh2.utils.sftp.STATUS_CODE;

/** Files that a client looks at and changes the mode of. */
export interface FileAccess {
  stat(path: string): { readonly size: number; readonly mode: number } | undefined;
  chmod(path: string, mode: number): void;
}

/** SFTP as far as a client uses it that opens a file, asks for its size and sets its mode (RFC draft-ietf-secsh-filexfer-02). */
export function serveFiles(sftp: SFTPWrapper, files: FileAccess): void {
  const open = new Map<number, string>();
  const attributes = (path: string): Attributes | undefined => {
    const found = files.stat(path);
    return found === undefined
      ? undefined
      : { size: found.size, mode: 0o100000 | found.mode, uid: 0, gid: 0, atime: 0, mtime: 0 };
  };
  const tell = (request: number, path: string | undefined): void => {
    const found = path === undefined ? undefined : attributes(path);
    if (found === undefined) sftp.status(request, NO_SUCH_FILE);
    else sftp.attrs(request, found);
  };
  sftp.on("OPEN", (request, path) => {
    if (attributes(path) === undefined) {
      sftp.status(request, NO_SUCH_FILE);
      return;
    }
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(open.size);
    open.set(open.size, path);
    sftp.handle(request, handle);
  });
  // Whoever has asked all waits for the other end of the channel to close as well.
  sftp.on("end", () => sftp.end());
  sftp.on("CLOSE", (request) => sftp.status(request, OK));
  sftp.on("FSTAT", (request, handle) => tell(request, open.get(handle.readUInt32BE(0))));
  sftp.on("STAT", (request, path) => tell(request, path));
  sftp.on("LSTAT", (request, path) => tell(request, path));
  sftp.on("SETSTAT", (request, path, { mode }) => {
    if (mode !== undefined) files.chmod(path, mode & 0o7777);
    sftp.status(request, attributes(path) === undefined ? NO_SUCH_FILE : OK);
  });
}
