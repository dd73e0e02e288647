/** What a Talos cluster shares, as outputs. */
import { TalosPki } from "../../../components/cluster/talos/pki.ts";

const pki = new TalosPki("talos");
export const { secrets, administrator } = pki;
