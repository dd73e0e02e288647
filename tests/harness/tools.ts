import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** Whether a program is installed here. */
export function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(":").some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why a test that needs a program is skipped. */
export const missing = (program: string): string =>
  `skipped: ${program} is not on PATH, so what it checks was not checked`;
