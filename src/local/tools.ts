import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";
import { type BuildPlace, ensureTool, MODULES } from "./build.ts";
import { findGo, type GoAnswer } from "./go.ts";
import { type Report, streamReport } from "./report.ts";
import { toolCache } from "./tool-cache.ts";

/** A program with its leading arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** What this machine can run. The API server includes etcd and kubectl. */
export interface Capabilities {
  readonly apiServer: boolean;
  readonly scheduler: boolean;
  readonly controllerManager: boolean;
  readonly kwok: boolean;
  readonly karpenter: boolean;
}

export interface Tools {
  readonly capabilities: Capabilities;
  readonly etcd: Command;
  readonly apiServer: Command;
  readonly kubectl: Command;
  readonly scheduler?: Command;
  readonly controllerManager?: Command;
  readonly kwok?: { readonly command: Command; readonly stagesDir: string };
  readonly karpenter?: { readonly command: Command; readonly crdsDir: string };
}

export type ToolsAnswer =
  | { readonly kind: "tools"; readonly tools: Tools }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface ToolsOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly report?: Report;
  /** Answers for Go instead of looking for it. */
  readonly go?: GoAnswer;
}

/**
 * Finds or builds the binaries of the control plane. KUBEBUILDER_ASSETS replaces etcd, kube-apiserver and kubectl; the rest
 * needs Go. Without either the answer is "unavailable". Throws only when a build fails.
 */
export async function prepareTools(options: ToolsOptions = {}): Promise<ToolsAnswer> {
  const env = options.env ?? process.env;
  const root = packageRoot();
  const assets = findAssets(env.KUBEBUILDER_ASSETS);
  if (assets.kind === "incomplete") return { kind: "unavailable", reason: assets.reason };
  const answer = options.go ?? (await findGo());
  if (answer.kind === "no-go") {
    if (assets.kind === "assets") return { kind: "tools", tools: fromAssets(assets.folder) };
    return {
      kind: "unavailable",
      reason: `no local control plane: ${answer.reason}, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl`,
    };
  }
  const place = { root, cache: toolCache(root, env), go: answer.go, report: options.report ?? streamReport() };
  const built = await buildAll(place);
  return { kind: "tools", tools: assets.kind === "assets" ? { ...built, ...assetCommands(assets.folder) } : built };
}

async function buildAll(place: BuildPlace): Promise<Tools> {
  // One after the other: each build already uses every core.
  const controlPlane = join(await ensureTool(MODULES.controlplane, place), "controlplane");
  const kwok = await ensureTool(MODULES.kwok, place);
  const karpenter = await ensureTool(MODULES.karpenter, place);
  return {
    capabilities: { apiServer: true, scheduler: true, controllerManager: true, kwok: true, karpenter: true },
    etcd: [controlPlane, "etcd"],
    apiServer: [controlPlane, "kube-apiserver"],
    kubectl: [controlPlane, "kubectl"],
    scheduler: [controlPlane, "kube-scheduler"],
    controllerManager: [controlPlane, "kube-controller-manager"],
    kwok: { command: [join(kwok, "kwok")], stagesDir: join(place.root, "test", "tools", "stages") },
    karpenter: { command: [join(karpenter, "karpenter")], crdsDir: join(karpenter, "crds") },
  };
}

type Assets =
  | { readonly kind: "none" }
  | { readonly kind: "assets"; readonly folder: string }
  | { readonly kind: "incomplete"; readonly reason: string };

const ASSETS = ["etcd", "kube-apiserver", "kubectl"];

/** Judges KUBEBUILDER_ASSETS: unset, a usable folder, or one that lacks a binary (named in the reason). */
export function findAssets(folder: string | undefined): Assets {
  if (folder === undefined || folder === "") return { kind: "none" };
  const missing = ASSETS.filter((name) => !existsSync(join(folder, name)));
  if (missing.length === 0) return { kind: "assets", folder };
  return {
    kind: "incomplete",
    reason: `KUBEBUILDER_ASSETS is ${folder}, which has no ${missing.join(", ")}; it must hold ${ASSETS.join(", ")}, or be unset`,
  };
}

function assetCommands(folder: string): Pick<Tools, "etcd" | "apiServer" | "kubectl"> {
  return {
    etcd: [join(folder, "etcd")],
    apiServer: [join(folder, "kube-apiserver")],
    kubectl: [join(folder, "kubectl")],
  };
}

function fromAssets(folder: string): Tools {
  return {
    capabilities: { apiServer: true, scheduler: false, controllerManager: false, kwok: false, karpenter: false },
    ...assetCommands(folder),
  };
}
