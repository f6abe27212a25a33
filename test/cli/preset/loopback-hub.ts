import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
export const caseText = (file: string): string =>
  readFileSync(new URL(`../../core/derive/cases/kimi-k2.5/${file}`, import.meta.url), "utf8");

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that answers as a Hugging Face hub does, as far as the client asks; `answers` replaces paths. */
export interface Hub {
  readonly endpoint: string;
  readonly host: string;
  /** Every request: path and authorization. */
  readonly seen: { readonly path: string; readonly authorization: string | undefined }[];
  readonly answers: Map<string, Answer>;
  close(): Promise<void>;
}

export const text =
  (body: string, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  };

export const redirect =
  (location: string): Answer =>
  (_request, response) => {
    response.writeHead(307, { location }).end(`see ${location}`);
  };

export const metadata = (changes: object = {}): string =>
  JSON.stringify({
    id: "acme/kimi",
    sha: COMMIT,
    gated: "manual",
    cardData: { license: "other", license_name: "modified-mit" },
    siblings: [
      { rfilename: "config.json", size: 3000 },
      { rfilename: "model.safetensors.index.json", size: 9000 },
      { rfilename: "tokenizer_config.json", size: 2000 },
      { rfilename: "model-00001-of-00002.safetensors", size: 2 * 1024 ** 3 },
      { rfilename: "model-00002-of-00002.safetensors", size: 1024 ** 3 },
      { rfilename: "original/consolidated.safetensors", size: 3 * 1024 ** 3 },
      { rfilename: "consolidated.safetensors", size: 3 * 1024 ** 3 },
    ],
    ...changes,
  });

const PATHS = {
  metadata: "/api/models/acme/kimi?blobs=true",
  config: `/acme/kimi/resolve/${COMMIT}/config.json`,
  index: `/acme/kimi/resolve/${COMMIT}/model.safetensors.index.json`,
  tokenizer: `/acme/kimi/resolve/${COMMIT}/tokenizer_config.json`,
} as const;

export { PATHS };

export async function loopbackHub(): Promise<Hub> {
  const answers = new Map<string, Answer>([
    [PATHS.metadata, text(metadata())],
    [PATHS.config, text(caseText("config.json"))],
    [PATHS.index, text(caseText("model.safetensors.index.json"))],
    [PATHS.tokenizer, text(caseText("tokenizer_config.json"))],
  ]);
  const seen: Hub["seen"] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    seen.push({ path, authorization: request.headers.authorization });
    const answer = answers.get(path) ?? text('{"error":"Entry not found"}', 404);
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { endpoint: `http://${host}`, host, seen, answers, close };
}
