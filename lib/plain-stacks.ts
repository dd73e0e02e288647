/**
 * Loaded first: stack traces as Node writes them. The SDK's runner has every frame of every trace looked up in source
 * maps, several traces for each resource: an eighth of a preview. This program needs none, as Node only strips its types
 * and leaves each line where it is.
 */
delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
