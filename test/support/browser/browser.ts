import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "./chromium.ts";

type Message = { readonly [member: string]: unknown };

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One tab of a headless Chromium, driven by the DevTools protocol. No name resolves: it reaches nothing. */
export class Browser {
  /** What the protocol reported, oldest first. */
  readonly events: { readonly method: string; readonly params: Message }[] = [];
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #session: string | undefined;
  #count = 0;

  private constructor(child: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data))));
  }

  /** Rejects with the reason where no Chromium can be had. */
  static async start(): Promise<Browser> {
    const { file, env } = await chromium();
    const profile = mkdtempSync(join(tmpdir(), "foresail-browser-"));
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"];
    const blocked = "--host-resolver-rules=MAP * ~NOTFOUND";
    const args = [...flags, blocked, "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"];
    const child = spawn(file, args, { env, stdio: ["ignore", "ignore", "pipe"] });
    const socket = new WebSocket(await addressOf(child));
    await once(socket, "open");
    const browser = new Browser(child, profile, socket);
    const { targetId } = (await browser.send("Target.createTarget", { url: "about:blank" })) as { targetId: string };
    const attached = await browser.send("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = (attached as { sessionId: string }).sessionId;
    for (const domain of ["Page", "Runtime", "Log", "Network", "Accessibility"]) await browser.send(`${domain}.enable`);
    return browser;
  }

  /** Runs a method of the protocol in the tab. */
  send(method: string, params: Message = {}): Promise<unknown> {
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params, sessionId: this.#session }));
    });
  }

  /** Loads a page and waits until it is loaded. */
  async open(url: string): Promise<void> {
    this.events.length = 0;
    await this.send("Page.navigate", { url });
    while (!this.events.some(({ method }) => method === "Page.loadEventFired")) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** The value of an expression in the page, as plain data; its promise is awaited. */
  async value<T>(expression: string): Promise<T> {
    const given = await this.send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    const { result, exceptionDetails } = given as { result: { value: T }; exceptionDetails?: unknown };
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  async stop(): Promise<void> {
    this.#socket.close();
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #take(message: {
    id?: number;
    result?: unknown;
    error?: { message: string };
    method?: string;
    params?: Message;
  }): void {
    const { id, result, error, method, params = {} } = message;
    if (method !== undefined) this.events.push({ method, params });
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error.message));
  }
}

/** Chromium prints where it listens. */
async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stderr === null) throw new Error("Chromium has no standard error");
  const lines: string[] = [];
  const failed = once(child, "error").then(([error]) => Promise.reject(error));
  const found = (async (): Promise<string> => {
    for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
      const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (address !== undefined) return address;
      lines.push(line);
    }
    throw new Error(`Chromium ended: ${lines.slice(-3).join(" ")}`);
  })();
  return await Promise.race([found, failed]);
}
