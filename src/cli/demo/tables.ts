import type { ControlPlane } from "../../local/control-plane.ts";
import { TUNING_NAMESPACE } from "./examples.ts";
import type { View } from "./view.ts";

const SERVED = "workspace-phi-3-mini";

/** Prints what a user looks at next, each by running the real kubectl, and the user's own last command with its real address. */
export async function showTables(controlPlane: ControlPlane, view: View): Promise<void> {
  for (const args of [
    ["get", "workspace"],
    ["get", "workspace", "-n", TUNING_NAMESPACE],
    ["get", "svc"],
    ["get", "nodeclaim"],
  ]) {
    view.part(`$ kubectl ${args.join(" ")}`);
    view.text(await output(controlPlane, args));
  }
  const address = await output(controlPlane, ["get", "svc", SERVED, "-o", "jsonpath={.spec.clusterIPs[0]}"]);
  view.part("Ask the model:");
  view.text(chatCommand(address));
  view.text(
    "Here nobody answers: the nodes are simulated and run no container. On real GPU nodes this prints the answer.",
  );
}

/** KAITO's own last step for these manifests. */
function chatCommand(address: string): string {
  return `kubectl run -it --rm --restart=Never curl --image=curlimages/curl -- curl -X POST http://${address}/chat -H "accept: application/json" -H "Content-Type: application/json" -d "{\\"prompt\\":\\"YOUR QUESTION HERE\\"}"`;
}

async function output(controlPlane: ControlPlane, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await controlPlane.kubectl(args);
  return code === 0 ? stdout : stderr;
}
