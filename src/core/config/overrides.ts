import type { Issue } from "../issue.ts";
import { shown } from "../schema.ts";
import { conflict, note } from "./finding.ts";
import type { StatedFlag } from "./flags.ts";
import type { ServedPod } from "./served-pod.ts";

/** Options whose value the pod around the server fixes, with the server's default where the pod states none. */
const fixed: { readonly [flag: string]: string | undefined } = {
  "code-revision": undefined,
  "data-parallel-size": "1",
  "download-dir": undefined,
  model: undefined,
  nnodes: "1",
  "node-rank": "0",
  "pipeline-parallel-size": "1",
  port: undefined,
  "prefill-context-parallel-size": "1",
  revision: undefined,
  "tensor-parallel-size": "1",
  "tokenizer-revision": undefined,
};

/** Options that take the server away from where probes and the Service, or its peers, look for it. */
const unreachable: { readonly [flag: string]: string } = {
  headless: "would start a server that answers no requests",
  "ssl-certfile": "would make the server speak TLS, and its probes do not",
  "ssl-keyfile": "would make the server speak TLS, and its probes do not",
  uds: "would take the server off the port that probes and the Service use",
};
const everyAddress = ["0.0.0.0", "::"];

/** What an option does to the pod around the server. */
export function overrides(flag: StatedFlag, pod: ServedPod): readonly Issue[] {
  const { name, path, text, dotted } = flag;
  if (dotted) return [];
  if (name === "host") {
    return everyAddress.includes(text)
      ? []
      : [conflict(path, `is ${shown(text)}, where probes and the Service do not reach it: remove it`)];
  }
  if (Object.hasOwn(unreachable, name)) return [conflict(path, `${unreachable[name]}: remove it`)];
  if (name === "api-key") return [note(path, "stands in a ConfigMap: use foresail.dev/api-key-secret")];
  if (name.startsWith("data-parallel-") && name !== "data-parallel-size") {
    return [conflict(path, "is decided by the pod, which runs every copy of the model: remove it")];
  }
  if (["distributed-executor-backend", "master-addr", "master-port"].includes(name)) {
    return pod.expansion.nodeCount > 1 ? fixedByPod(flag, pod.options[name]) : [];
  }
  if (name === "dtype") return unsupportedType(flag, pod);
  return Object.hasOwn(fixed, name) ? fixedByPod(flag, pod.options[name] ?? fixed[name]) : [];
}

function fixedByPod({ name, path, text }: StatedFlag, expected: string | undefined): readonly Issue[] {
  if (expected === undefined || same(text, expected)) return [];
  return [conflict(path, `is ${shown(text)}, the pod has ${name} at ${shown(expected)}: remove it`)];
}

/** Equal as text or as numbers: YAML gives 2048 and "2048" alike. */
function same(a: string, b: string): boolean {
  return a === b || (a.trim() !== "" && Number(a) === Number(b));
}

function unsupportedType({ path, text }: StatedFlag, { expansion }: ServedPod): readonly Issue[] {
  const capability = expansion.gpu?.computeCapability;
  if (text !== "bfloat16" || capability === undefined || Number(capability) >= 8) return [];
  return [conflict(path, `is bfloat16, which needs compute capability 8.0, and the GPU has ${capability}: remove it`)];
}
