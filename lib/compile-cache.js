import module from "node:module";
import { join } from "node:path";

/**
 * Loaded before anything else: what was compiled once is not compiled again, the SDKs and this program with its types
 * stripped. Any Node loads this file: an old one says by itself what it cannot do with the program.
 */
module.enableCompileCache?.(join(import.meta.dirname, "..", "node_modules", ".cache", "program"));
