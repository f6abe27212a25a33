import type { Release, ServerVersion } from "../catalogue.ts";
import { nearest } from "../nearest.ts";
import { shown } from "../schema.ts";
import { member, type Reading, report } from "./reading.ts";

/** The server of the release's newest vLLM image: what it does not know cannot be added. */
export function currentServer(release: Release): ServerVersion | undefined {
  const image = release.runtimes.find(
    ({ runtime, server, retired }) => runtime === "vllm" && server !== undefined && retired === undefined,
  );
  return release.servers.find(({ name }) => name === image?.server);
}

/** `vllm-0.25.1` as people write it. */
export function serverTitle(server: ServerVersion): string {
  return server.name.replace("-", " ").replace("vllm", "vLLM");
}

/** The architecture vLLM will load: the first of `architectures`. An issue where vLLM does not know it. */
export function architecture(reading: Reading, server: ServerVersion): string | undefined {
  const stated = member(reading.root, "architectures");
  const names = Array.isArray(stated) ? stated.slice(0, 8).filter((name) => typeof name === "string") : [];
  if (names.length === 0) {
    report(reading, "architectures", "derive/required", missing(reading));
    return undefined;
  }
  const known = names.find((name) => server.architectures.includes(name));
  if (known !== undefined && member(reading.root, "is_encoder_decoder") !== true) return known;
  if (known !== undefined) {
    const text = "keeps a second cache for its encoder, which a preset cannot describe: it has to be a decoder";
    report(reading, "architectures", "derive/unsupported", text);
    return undefined;
  }
  const near = nearest(names[0] ?? "", server.architectures);
  const hint = near.length === 0 ? "" : `; the nearest it knows are ${near.join(", ")}`;
  const text = `${shown(names[0])}: ${serverTitle(server)} does not know it${hint}`;
  report(reading, "architectures", "derive/unknown-architecture", text);
  return undefined;
}

function missing(reading: Reading): string {
  const mistral = member(reading.root, "dim") !== undefined && member(reading.root, "n_layers") !== undefined;
  return mistral
    ? "is absent: this is Mistral's params.json; give the config.json of the same repository"
    : "is required and absent: is this the config.json of a language model?";
}
