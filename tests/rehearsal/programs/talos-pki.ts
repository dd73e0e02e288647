/** What a Talos cluster shares, as outputs. */
import { TalosPki } from "../../../components/cluster/talos/pki.ts";

const pki = new TalosPki("metal-pki");
export const { secrets, administrator } = pki;
