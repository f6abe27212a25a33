// What kube-scheduler's volume binding says before it looks at any node (PreFilter of volumebinding, 1.36): a claim that is
// not there, goes, or has lost its volume; one that is to be bound at once and is not, a missing StorageClass among the causes.
const NO_NODE_HELPS =
  /persistentvolumeclaim "[^"]+" (?:not found|is being deleted|bound to non-existent persistentvolume)|unbound immediate PersistentVolumeClaims/i;

/**
 * Whether a pod waits for a volume that no further node would give it. One whose volume is made where the pod goes
 * (WaitForFirstConsumer, so every generic ephemeral volume of ours) is none of these.
 * @param refusal the scheduler's words
 */
export function awaitsVolume(refusal: string): boolean {
  return NO_NODE_HELPS.test(refusal);
}
