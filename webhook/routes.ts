import type { IncomingMessage, RequestListener } from "node:http";
import express, { type ErrorRequestHandler, type Express } from "express";
import type { AdmitPhase } from "../src/core/admit.ts";
import type { Log } from "../src/log.ts";
import { answerReview, type Reviewing } from "./review-handler.ts";

export interface Health {
  /** Why this replica should get no reviews now; undefined when it should. */
  readonly unready: () => string | undefined;
}

/**
 * All paths. Reviews do not go through express: for a request of 2 KB it costs as much as the decision (ADR 17). Everything
 * that is asked seldom does.
 */
export function routes(reviewing: Reviewing, health: Health): RequestListener {
  const others = application(reviewing, health);
  return (request, response) => {
    const phase = phaseOf(request);
    if (phase === undefined) others(request, response);
    else answerReview(reviewing, request, response, phase);
  };
}

/** The API server adds `?timeout=5s`. */
function phaseOf({ method, url = "" }: IncomingMessage): AdmitPhase | undefined {
  if (method !== "POST") return undefined;
  const end = url.indexOf("?");
  const path = end < 0 ? url : url.slice(0, end);
  return path === "/mutate" ? "mutate" : path === "/validate" ? "validate" : undefined;
}

function application({ log, stopping }: Reviewing, { unready }: Health): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.enable("strict routing");
  app.use((_request, response, next) => {
    if (stopping()) response.set("connection", "close");
    next();
  });
  app.all(["/mutate", "/validate"], (_request, response) => {
    response.set("allow", "POST").status(405).json({ message: "expected POST" });
  });
  app.get("/healthz", (_request, response) => {
    response.type("text").send("ok");
  });
  app.get("/readyz", (_request, response) => {
    const problem = unready();
    response
      .status(problem === undefined ? 200 : 503)
      .type("text")
      .send(problem ?? "ok");
  });
  app.use((_request, response) => {
    response.status(404).json({ message: "expected /mutate, /validate, /healthz or /readyz" });
  });
  app.use(lastResort(log));
  return app;
}

function lastResort(log: Log): ErrorRequestHandler {
  // Express tells error handlers by their four parameters.
  return (error, _request, response, _next) => {
    log.error({ err: error }, "request failed");
    if (response.headersSent) response.destroy();
    else response.status(500).json({ message: "internal error; see the log of foresail-webhook" });
  };
}
