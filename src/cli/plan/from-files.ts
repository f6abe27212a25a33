import { nameOf, namespaceOf } from "../../core/capacity/fields.ts";
import type { Catalogue } from "../../core/catalogue.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../../core/children/metadata.ts";
import type { Cluster, Installation } from "../../core/imagine/cluster.ts";
import { hasLabels, imaginedUid } from "../../core/imagine/objects.ts";
import { errors } from "../../core/issue.ts";
import type { JsonObject } from "../../core/json.ts";
import { isWorkspace } from "../../core/kinds/is-workspace.ts";
import { type Workspace, workspaceKind } from "../../core/kinds/workspace.ts";
import { keyOf, namedOf } from "../../core/kinds/workspace-names.ts";
import { finding } from "../finding.ts";
import type { Manifest } from "../input/manifest.ts";
import { inNamespace } from "../pod-templates.ts";
import { asStored } from "../stored.ts";

/** The cluster that these objects, as `kubectl get -o yaml` prints them, are the state of; other kinds do not matter. */
export function clusterOf(objects: readonly JsonObject[], installation: Installation, nowMs: number): Cluster {
  const ofKinds = (...kinds: readonly string[]): readonly JsonObject[] =>
    objects.filter((object) => kinds.includes(String(object["kind"])));
  const isOurs = (object: JsonObject): boolean => hasLabels(object, { [MANAGED_BY_LABEL]: MANAGED_BY });
  const configMaps = ofKinds("ConfigMap");
  return {
    nowMs,
    workspaces: objects.filter(isWorkspace) as unknown as readonly Workspace[],
    children: [
      ...ofKinds("Deployment", "StatefulSet", "Job", "Service", "NetworkPolicy"),
      ...configMaps.filter(isOurs),
    ],
    configMaps: configMaps.filter((object) => !isOurs(object)),
    pods: ofKinds("Pod"),
    nodes: ofKinds("Node"),
    claims: ofKinds("NodeClaim"),
    volumes: {
      claims: ofKinds("PersistentVolumeClaim"),
      volumes: ofKinds("PersistentVolume"),
      classes: ofKinds("StorageClass"),
    },
    daemonSets: ofKinds("DaemonSet"),
    namespaces: ofKinds("Namespace"),
    emptySinceMs: {},
    installation,
  };
}

export interface Applied {
  readonly cluster: Cluster;
  /** Keys of the Workspaces among the manifests that were taken. */
  readonly keys: ReadonlySet<string>;
  /** Refusals and warnings, with file and line. */
  readonly findings: readonly string[];
  readonly refused: number;
}

/**
 * The cluster after `kubectl apply` of these manifests, admission included: a Workspace whose inputs are unchanged keeps the
 * expansion that is stored, and one that is refused changes nothing.
 * @param namespace of manifests that state none
 */
export function withApplied(
  cluster: Cluster,
  manifests: readonly Manifest[],
  namespace: string,
  catalogue: Catalogue,
): Applied {
  const findings: string[] = [];
  const made = new Map<string, Workspace>();
  let refused = 0;
  for (const manifest of manifests.filter(({ object }) => isWorkspace(object))) {
    const { workspace, issues } = asStored(manifest.object, namespace, catalogue);
    findings.push(...issues.map((issue) => finding(manifest, issue)));
    if (errors(issues).length > 0 || workspace === undefined) refused++;
    else {
      const key = keyOf(workspace);
      if (made.has(key)) findings.push(`${manifest.shown}: ${key} is in an earlier manifest, too: this one is planned`);
      made.set(key, updated(workspace, cluster.workspaces));
    }
  }
  const configMaps = manifests
    .filter(({ object }) => object["kind"] === "ConfigMap")
    .map(({ object }) => inNamespace(object, namespace));
  const keys = new Set(made.keys());
  return {
    cluster: {
      ...cluster,
      workspaces: [...cluster.workspaces.filter((one) => !keys.has(keyOf(one))), ...made.values()],
      configMaps: [
        ...cluster.configMaps.filter((one) => !configMaps.some((other) => isSame(one, other))),
        ...configMaps,
      ],
    },
    keys,
    findings,
    refused,
  };
}

function updated(made: Workspace, stored: readonly Workspace[]): Workspace {
  const before = stored.find((one) => keyOf(one) === keyOf(made));
  if (before === undefined) {
    const { group, namespace, name } = namedOf(made);
    const kind = group === undefined ? workspaceKind.kind : `${workspaceKind.kind}.${group}`;
    return { ...made, metadata: { ...made.metadata, uid: imaginedUid(kind, namespace, name), generation: 1 } };
  }
  const { uid, generation = 1, finalizers, creationTimestamp } = before.metadata;
  const isSameInput = before.expansion?.inputsHash === made.expansion?.inputsHash;
  const server = { uid, finalizers, creationTimestamp, generation: isSameInput ? generation : generation + 1 };
  return {
    ...made,
    ...(isSameInput && before.expansion !== undefined ? { expansion: before.expansion } : {}),
    ...(before.status === undefined ? {} : { status: before.status }),
    metadata: {
      ...made.metadata,
      ...Object.fromEntries(Object.entries(server).filter(([, value]) => value !== undefined)),
    },
  };
}

function isSame(one: JsonObject, other: JsonObject): boolean {
  return nameOf(one) === nameOf(other) && namespaceOf(one) === namespaceOf(other);
}
