import type { Content } from "../domain/state.ts";
import { type Api, type App, answer, callerOf, formOf, nodeIn } from "./api.ts";

/** `/storage`, `/nodes/{node}/storage` and `/nodes/{node}/query-url-metadata` of the API. */
export function serveStorages(app: App, api: Api): void {
  const { storages } = api.model;
  const base = "/nodes/:node/storage";
  app.get("/storage/:storage", (c) => answer(c, storages.get(callerOf(api, c), c.req.param("storage"))));
  app.get(base, (c) => answer(c, storages.list(callerOf(api, c), nodeIn(c))));
  app.get(`${base}/:storage/status`, (c) => {
    const found = storages.list(callerOf(api, c), nodeIn(c)).find(({ storage }) => storage === c.req.param("storage"));
    return answer(c, found ?? null);
  });
  app.get(`${base}/:storage/content`, (c) =>
    answer(
      c,
      storages
        .contents(callerOf(api, c), nodeIn(c), c.req.param("storage"), c.req.query("content"))
        .map(({ volid, content, format, size, ctime, vmid }) => ({
          volid,
          content,
          format,
          size,
          ctime,
          ...(vmid === undefined ? {} : { vmid }),
        })),
    ),
  );
  app.get(`${base}/:storage/content/:volume{.+}`, (c) => {
    const given = decodeURIComponent(c.req.param("volume"));
    const volid = given.includes(":") ? given : `${c.req.param("storage")}:${given}`;
    const found = storages
      .contents(callerOf(api, c), nodeIn(c), c.req.param("storage"))
      .find((row) => row.volid === volid);
    if (found === undefined) return storages.missing(volid);
    const { format, size } = found;
    return answer(c, { path: `/dev/${volid}`, format, size, used: size });
  });
  app.delete(`${base}/:storage/content/:volume{.+}`, (c) => {
    const volume = decodeURIComponent(c.req.param("volume"));
    const caller = callerOf(api, c);
    const { run } = storages.remove(caller, nodeIn(c), c.req.param("storage"), volume);
    return answer(
      c,
      api.tasks.start({
        caller,
        node: nodeIn(c),
        type: "imgdel",
        id: volume.replaceAll(":", "-"),
        run,
        fault: c.env.fault,
      }),
    );
  });
  app.get("/nodes/:node/query-url-metadata", (c) =>
    answer(c, storages.metadata(callerOf(api, c), nodeIn(c), c.req.query("url") ?? "")),
  );
  app.post(`${base}/:storage/download-url`, async (c) => {
    const caller = callerOf(api, c);
    const form = await formOf(c);
    const { run } = storages.download(caller, nodeIn(c), c.req.param("storage"), {
      content: (form.content ?? "iso") as Content,
      filename: form.filename ?? "",
      url: form.url ?? "",
      checksum: form.checksum,
      algorithm: form["checksum-algorithm"],
    });
    const id = form.filename ?? "";
    return answer(
      c,
      api.tasks.start({ caller, node: nodeIn(c), type: "download", id, run: () => void run(), fault: c.env.fault }),
    );
  });
}
