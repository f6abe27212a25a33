import { nameOf, textAt } from "../../capacity/fields.ts";
import type { JsonObject } from "../../json.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, ok, warning } from "../finding.ts";
import { known } from "../reading.ts";

const DEFAULT = "storageclass.kubernetes.io/is-default-class";
const UNSET = `kubectl annotate storageclass NAME ${DEFAULT}=false --overwrite`;

/** Drivers that mount one volume on many nodes. The API does not tell: accessModes are a wish of the claim. */
const SHARED: ReadonlySet<string> = new Set([
  "file.csi.azure.com",
  "blob.csi.azure.com",
  "azurelustre.csi.azure.com",
  "efs.csi.aws.com",
  "fsx.csi.aws.com",
  "filestore.csi.storage.gke.io",
  "nfs.csi.k8s.io",
  "cephfs.csi.ceph.com",
  "rook-ceph.cephfs.csi.ceph.com",
]);

/** Drivers that cut volumes from disks of the node, the one KAITO's chart brings first. */
const LOCAL: ReadonlySet<string> = new Set([
  "localdisk.csi.acstor.io",
  "local.csi.openebs.io",
  "topolvm.io",
  "kubernetes.io/no-provisioner",
]);

/** Where weights can lie (docs/serving.md): nothing here is needed by a model that downloads to the node's disk. */
export function storage({ storageClasses }: Facts): readonly Finding[] {
  const classes = known(storageClasses);
  if (classes === undefined) return [];
  return [defaultClass(classes), shared(classes), local(classes)];
}

function defaultClass(classes: readonly JsonObject[]): Finding {
  const names = classes
    .filter((one) => textAt(one, "metadata", "annotations", DEFAULT) === "true")
    .map(nameOf)
    .sort();
  const [first, ...more] = names;
  if (first === undefined) {
    const next = `name a class in the claims that foresail.dev/weights-claim mounts, or: kubectl annotate storageclass NAME ${DEFAULT}=true`;
    return note("storage/default", "no StorageClass is the default", next);
  }
  if (more.length === 0) return ok("storage/default", `the default StorageClass is ${first}`);
  return warning(
    "storage/default",
    `several StorageClasses are the default: ${names.join(", ")}`,
    `keep one: ${UNSET}`,
  );
}

function shared(classes: readonly JsonObject[]): Finding {
  const names = namesOf(classes, SHARED);
  if (names !== "") return note("storage/shared", `volumes for many nodes (ReadWriteMany): StorageClass ${names}`);
  const next = "only where foresail.dev/weights-claim is to serve several nodes: install such a driver";
  return note("storage/shared", "no StorageClass of a driver that is known to mount a volume on many nodes", next);
}

function local(classes: readonly JsonObject[]): Finding {
  const names = namesOf(classes, LOCAL);
  if (names !== "") return note("storage/local", `volumes on disks of the node: StorageClass ${names}`);
  return note("storage/local", "no StorageClass on disks of the node: weights are downloaded to the node's own disk");
}

function namesOf(classes: readonly JsonObject[], drivers: ReadonlySet<string>): string {
  return classes
    .filter((one) => drivers.has(textAt(one, "provisioner") ?? ""))
    .map(nameOf)
    .sort()
    .join(", ");
}
