import { connect } from "../../kube/connect.ts";
import type { Kube } from "../../kube/kube.ts";
import type { ControlPlane } from "../../local/control-plane.ts";
import { NODE_CLASS } from "../../local/karpenter.ts";
import { type Foresail, startForesail } from "../up/foresail.ts";
import { controlPlaneHost } from "../up/host.ts";
import { examples, TUNING_NAMESPACE } from "./examples.ts";
import { missing } from "./missing.ts";
import { isThere } from "./story.ts";
import { showTables } from "./tables.ts";
import type { View } from "./view.ts";
import { type Watched, watch } from "./watch.ts";

export interface Stage {
  readonly controlPlane: ControlPlane;
  readonly view: View;
  /** How long the examples may take after they were applied. */
  readonly timeoutMs: number;
  /** Ends the play early. */
  readonly signal: AbortSignal;
}

export interface Play {
  /** Whether every example is where it should be. */
  readonly ready: boolean;
  /** Ends webhook and reconciler and removes the webhook configurations. */
  end(): Promise<void>;
  /** Lets webhook and reconciler run on. */
  release(): Promise<void>;
}

/**
 * Plays the demo on a control plane that runs: installs Foresail, applies the examples and shows every step until they are
 * ready, then the tables; or, when time is up, what is missing. Rejects with the signal's reason when ended early.
 */
export async function play(stage: Stage): Promise<Play> {
  const { controlPlane, view } = stage;
  const { kubeconfig, context, url: server, ca } = controlPlane;
  const kube = await connect({ kubeconfig, context, userAgent: "foresail-demo" });
  view.part(`foresail up: webhook and reconciler for ${server}`);
  const nodeClass = `${NODE_CLASS.group}/${NODE_CLASS.kind}/${NODE_CLASS.name}`;
  const cluster = { kube, server, ca, loopback: true };
  const foresail = await startForesail(cluster, controlPlaneHost(controlPlane), {
    reconcilerArgs: ["--provider=karpenter", `--node-class=${nodeClass}`],
    catalog: [],
  });
  const end = async (): Promise<void> => {
    await foresail.stop();
    await kube.close();
  };
  const release = async (): Promise<void> => {
    foresail.release();
    await kube.close();
  };
  try {
    return { ready: await perform(stage, kube, foresail), end, release };
  } catch (error) {
    await end();
    throw error;
  }
}

async function perform(stage: Stage, kube: Kube, foresail: Foresail): Promise<boolean> {
  const { controlPlane, view } = stage;
  const over = new AbortController();
  // The view ends with the play, with the user's Ctrl-C, and when one of our processes dies.
  const signal = AbortSignal.any([stage.signal, over.signal]);
  void foresail.failed.then((what) => over.abort(new Error(what)));
  try {
    const watched = await watch(kube, view, signal);
    await applyExamples(controlPlane, view);
    if (!(await allThere(stage, watched, signal))) return false;
  } finally {
    over.abort();
  }
  await showTables(controlPlane, view);
  return true;
}

async function applyExamples(controlPlane: ControlPlane, view: View): Promise<void> {
  await controlPlane.kubectl(["create", "namespace", TUNING_NAMESPACE]);
  view.part("The four manifests, as they are:");
  for (const { shown, path, namespace } of examples) {
    view.text(`$ kubectl apply -n ${namespace} -f ${shown}`);
    const { code, stdout, stderr } = await controlPlane.kubectl(["apply", "-n", namespace, "-f", path]);
    view.text(stderr + stdout);
    if (code !== 0) throw new Error(`kubectl apply -f ${shown} ended with ${code}`);
  }
}

/** False when time is up, after the view has said what is missing. */
async function allThere(
  { controlPlane, view, timeoutMs }: Stage,
  watched: Watched,
  signal: AbortSignal,
): Promise<boolean> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    await watched.until(() => unmet(controlPlane, watched, view).length === 0, AbortSignal.any([signal, timeout]));
    return true;
  } catch (error) {
    if (!timeout.aborted || signal.aborted) throw error;
    view.part(`Not ready after ${timeoutMs / 1000} s. What is missing:`);
    for (const line of unmet(controlPlane, watched, view)) view.text(`- ${line}`);
    return false;
  }
}

function unmet(controlPlane: ControlPlane, watched: Watched, view: View): readonly string[] {
  const workspaces = watched.objects("workspace");
  view.state(`${workspaces.filter(isThere).length} of ${examples.length} ready`);
  const running = controlPlane.processes();
  const expected = controlPlane.capabilities.karpenter ? ["kwok", "karpenter"] : [];
  return missing(examples, {
    workspaces,
    pods: watched.objects("pod"),
    claims: watched.objects("claim"),
    nodes: watched.objects("node"),
    stopped: expected.filter((name) => !running.has(name)),
  });
}
