/** Bytes that a tailnet carries in one packet. Source: tailscale/tailscale, net/tstun/mtu.go (DefaultTUNMTU) */
export const tailnetMtu = 1280;
