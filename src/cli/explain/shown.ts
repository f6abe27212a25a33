import type { ExplainedValue, Running } from "../../core/explain/explanation.ts";
import { counted } from "../../core/explain/quantity.ts";
import { canonicalJson, type Json } from "../../core/json.ts";
import { type PriceBound, shownPrice } from "../../core/prices.ts";

const LONGEST_VALUE = 120;

/** A value in few words: lists by commas, long texts by their length. */
export function shownValue(value: Json): string {
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return value.join(", ");
  const text = typeof value === "string" ? value : canonicalJson(value);
  return text.length > LONGEST_VALUE || text.includes("\n") ? `(${counted(text.length, "character")})` : text;
}

/** A flag without a value is told as set. */
export function shownCell({ path, value }: ExplainedValue): string {
  if (path === "service.ports" && Array.isArray(value)) return value.map(portOf).join(", ");
  return value === "" ? "(set)" : shownValue(value);
}

function portOf(port: Json): string {
  const { port: number, targetPort } = port as { readonly port?: Json; readonly targetPort?: Json };
  return `${number} → ${targetPort}`;
}

export function shownUsd(usd: number | undefined, bound: PriceBound | undefined): string {
  return usd === undefined ? "no price" : shownPrice(usd, bound);
}

/** `phi-4 on 2 × Standard_NC24ads_A100_v4, $7.35/h in eastus` */
export function shownRunning(running: Running): string {
  const { preset, task, instanceType, nodeCount, hourlyPriceUsd, bound, region } = running;
  const what = `${task === "tuning" ? "tuning of " : ""}${preset ?? "its own pod template"}`;
  const nodes = nodeCount > 1 ? `${nodeCount} × ` : "";
  const where = instanceType === undefined ? `${counted(nodeCount, "own node")}` : `${nodes}${instanceType}`;
  const price = hourlyPriceUsd === undefined ? "" : `, ${shownPrice(hourlyPriceUsd, bound)}`;
  return `${what} on ${where}${price}${region === undefined || hourlyPriceUsd === undefined ? "" : ` in ${region}`}`;
}
