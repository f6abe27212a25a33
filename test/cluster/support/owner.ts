/** A process that owns a control plane and does nothing else: tests start it and kill it. */
import { startControlPlane } from "../../../src/local/control-plane.ts";
import { prepareTools } from "../../../src/local/tools.ts";

const answer = await prepareTools();
if (answer.kind === "unavailable") throw new Error(answer.reason);
const small = process.argv.includes("--api-server-only");
const controlPlane = await startControlPlane({
  tools: answer.tools,
  without: small ? ["scheduler", "controllerManager", "kwok", "karpenter"] : [],
});
if (process.argv.includes("--detach")) await controlPlane.detach();
const { url, workDir, supervisorPid, kubeconfig } = controlPlane;
const pids = [...controlPlane.processes().values()];
console.log(JSON.stringify({ url, workDir, kubeconfig, supervisorPid, pids }));
// Whoever started it holds its stdin; a detached one ends at once.
if (!process.argv.includes("--detach")) process.stdin.resume();
