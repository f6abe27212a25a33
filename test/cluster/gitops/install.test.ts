import { request } from "node:https";
import { join } from "node:path";
import { expect } from "chai";
import { after, it } from "mocha";
import { parseAllDocuments } from "yaml";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { loadCatalogue } from "../../../src/load.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { cluster, mustKubectl, read, waitFor } from "../support/cluster.ts";
import { CONFIGURATION_PATHS, isExpanded, manifestsFor, ofWorkspaces } from "../support/webhook.ts";
import { adapter } from "./support/corpus.ts";
import { applyFor, lookOf } from "./support/drift.ts";
import { DIFF_MODES } from "./support/engines.ts";
import { collectionOf, inGit, kubectlWith, live } from "./support/git.ts";
import { describeGitOps } from "./support/gitops.ts";

const KIB = 1024;
// The API server refuses objects whose annotations together are larger (apimachinery, TotalAnnotationSizeLimitB).
const MOST_ANNOTATION_BYTES = 256 * KIB;
const MOST_EXPANSION_BYTES = 64 * KIB;
const REVIEWS = 20;
const ROUNDS = 15;
const MOST_MS = 50;

describeGitOps("GitOps: installing, size and speed", (given) => {
  it("rule 26: what is installed does not drift, the CA that is added included", async () => {
    try {
      await undrifting();
    } finally {
      // The CA may just have been taken away and put back; the next test needs it read.
      await waitFor("admission to work", isExpanded);
    }
  });
  const undrifting = async (): Promise<void> => {
    const { engines, webhook } = given();
    const configurations = manifestsFor(`https://127.0.0.1:${webhook.port}`);
    for (const mode of DIFF_MODES) {
      for (const object of configurations) {
        await applyFor(engines, mode, object);
        await waitFor("the CA to be there", async () => hasAuthority(String(object["kind"])));
        expect(await lookOf(engines, mode, object), `${mode}, ${String(object["kind"])}`).to.equal("clean");
      }
    }
    const rest = await shipped();
    expect(rest.map(({ kind }) => kind)).to.include.members(["CustomResourceDefinition", "ClusterRole", "Deployment"]);
    await engines.flux.apply(rest);
    expect(new Set(await engines.flux.apply(rest))).to.deep.equal(new Set(["unchanged"]));
    const seen: string[] = [];
    for (const mode of DIFF_MODES.filter((one) => one !== "flux")) {
      for (const object of rest) {
        await applyFor(engines, mode, object);
        const look = await lookOf(engines, mode, object);
        if (look !== "clean") seen.push(`${mode}, ${object["kind"]}: ${look}`);
      }
    }
    expect(seen).to.deep.equal([]);
  };
  after(async () => {
    // Nobody runs the images here; the tests run the same programs as processes.
    await mustKubectl(["delete", "deployment", "--all", "-n", "foresail-system", "--ignore-not-found"]);
  });

  it("rule 27: the largest expansion fits, with ten adapters and a copy in kubectl's annotation", async () => {
    const { place } = given();
    const adapters = Array.from({ length: 10 }, (_, i) => adapter(`adapter-${i}`));
    let largest = { bytes: 0, name: "" };
    for (const { name } of loadCatalogue().current.models) {
      const body = inGit(place, name.replaceAll(".", "-"), {
        resource: RESOURCE,
        inference: { preset: { name }, adapters },
      });
      const path = `${collectionOf(place)}?dryRun=All`;
      const answer = await cluster().api.call({ method: "POST", path, body });
      // Some take no adapters, which is said in its own words.
      if (answer.status !== 201 || !isObject(answer.body)) continue;
      const bytes = JSON.stringify(answer.body["expansion"]).length;
      if (bytes > largest.bytes) largest = { bytes, name };
    }
    expect(largest.bytes, largest.name).to.be.within(1, MOST_EXPANSION_BYTES);
    const object = inGit(place, "largest", {
      resource: RESOURCE,
      inference: { preset: { name: largest.name }, adapters },
    });
    const full = { ...object, expansion: (await stored(object, place))["expansion"] } as JsonObject;
    await kubectlWith("apply", full);
    const { annotations } = (await live(place, "largest")).metadata;
    expect(JSON.stringify(annotations).length).to.be.within(MOST_EXPANSION_BYTES / 16, MOST_ANNOTATION_BYTES);
  });

  it("rule 28: a review of 100 KiB takes milliseconds, a larger body than reviews have is refused, waits are short", async () => {
    const { webhook, place } = given();
    const env = [{ name: "LARGE", value: "x".repeat(100 * KIB) }];
    const template = { spec: { containers: [{ name: "server", image: "registry.example/server:1", env }] } };
    const slowest: number[] = [];
    // What else this machine does can only make a round slower: the quietest counts.
    while (slowest.length < ROUNDS && !slowest.some((ms) => ms < MOST_MS)) {
      const name = `large-${slowest.length}`;
      for (let i = 0; i < REVIEWS; i++) await stored(inGit(place, name, { inference: { template } }), place);
      await webhook.settled();
      const took = webhook.decisions(`${place}/${name}`).map((line) => Number(line["ms"]));
      expect(took.length).to.be.at.least(REVIEWS);
      slowest.push(took.sort((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? Number.POSITIVE_INFINITY);
    }
    expect(Math.min(...slowest)).to.be.below(MOST_MS);
    expect(await posted(webhook.port, 32 * KIB * KIB)).to.equal(413);
    for (const path of CONFIGURATION_PATHS) expect(ofWorkspaces(await read(path))["timeoutSeconds"]).to.be.at.most(5);
  });
});

const RESOURCE: JsonObject = { labelSelector: { matchLabels: { apps: "large" } } };

async function stored(body: JsonObject, place: string): Promise<JsonObject> {
  return (await cluster().api.must({ method: "POST", path: `${collectionOf(place)}?dryRun=All`, body })) as JsonObject;
}

/** Everything of manifests/base but the configurations, which name an address that only a cluster has. */
async function shipped(): Promise<readonly JsonObject[]> {
  const text = await mustKubectl(["kustomize", join(packageRoot(), "manifests/base")]);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as JsonObject)
    .filter(({ kind }) => !String(kind).endsWith("WebhookConfiguration"));
}

async function hasAuthority(kind: string): Promise<boolean> {
  const path = CONFIGURATION_PATHS.find((one) => one.includes(kind.replace("WebhookConfiguration", "").toLowerCase()));
  const { clientConfig } = ofWorkspaces(await read(path ?? ""));
  const caBundle = isObject(clientConfig) ? clientConfig["caBundle"] : undefined;
  return typeof caBundle === "string" && Buffer.from(caBundle, "base64").includes("BEGIN CERTIFICATE");
}

/** Status of a body of that many bytes, of which the start is JSON. */
function posted(port: number, bytes: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": bytes };
    const options = { host: "127.0.0.1", port, path: "/mutate", method: "POST", rejectUnauthorized: false, headers };
    const call = request(options, (response) => {
      resolve(response.statusCode);
      call.destroy();
    });
    call.on("error", reject);
    call.write('{"kind":"AdmissionReview","request":');
  });
}
