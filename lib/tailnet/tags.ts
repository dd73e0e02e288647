/** What every device of a cluster carries, when the stage says so, beside the tags that it has. */
export const clusterTags = (cluster: string): readonly string[] => ["tag:k8s", `tag:k8s-${cluster}`];
