/** Lists machines and reads quotas with the options of its argument and its own environment, and prints the machines: a process of its own has a CA of its own. */
import { createAks } from "../../../../src/cloud/aks/aks.ts";
import { systemClock } from "../../../../src/kube/clock.ts";

const cloud = createAks(JSON.parse(process.argv[2] ?? ""), {
  clock: systemClock,
  environment: process.env,
  userAgent: "foresail/1.2.3",
});
const signal = AbortSignal.timeout(20_000);
const machines = await cloud.list(signal);
await cloud.quotas(signal);
console.log(JSON.stringify(machines));
cloud.close();
