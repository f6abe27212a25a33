import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { textAt } from "../../../src/core/capacity/fields.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { pages } from "../../docs/support/pages.ts";
import { waitFor } from "../support/cluster.ts";
import { commitAll, type Machine } from "./machine.ts";
import type { Ended, Walk } from "./walk.ts";

/** A page as it is walked: what it takes for granted, and what it promises. */
export interface WalkedPage {
  readonly path: string;
  readonly folder: (machine: Machine) => string;
  /** What its reader has before the first command. */
  readonly prepare: (walk: Walk) => Promise<void>;
  /** What its reader has done before this command. */
  readonly before: Readonly<Record<string, (walk: Walk) => Promise<unknown>>>;
  /** What has to come of this command beside its exit code and what the page shows. */
  readonly after: Readonly<Record<string, (walk: Walk, ended: Ended) => Promise<unknown>>>;
  /** Before Ctrl-C in all terminals. */
  readonly finish: (walk: Walk) => Promise<unknown>;
}

const KARPENTER = "npx foresail up --kubeconfig FILE --context NAME --provider karpenter --node-class GROUP/KIND/NAME";
const HELM =
  "helm install foresail chart --namespace foresail-system --create-namespace --set nodeClass=karpenter.k8s.aws/EC2NodeClass/gpu";
const DOWN = "npx foresail down --kubeconfig FILE --context NAME --everything";
const nothing = async (): Promise<void> => {};

export const WALKED: readonly WalkedPage[] = [
  {
    path: "README.md",
    folder: ({ checkout }) => checkout,
    async prepare({ folder }) {
      // The page's own Workspace is the reader's first.
      put(folder, "mine/phi.yaml", committedOnFrontPage());
      put(folder, "phi-4-on-a-v100.yaml", workspace("phi-on-a-v100", "phi-4", "Standard_NC6s_v3"));
      downloadModel(folder);
    },
    before: {
      "npx foresail explain -w NAME --live --kubeconfig FILE --context NAME": ({ prepare }) =>
        prepare("kubectl apply -f mine/phi.yaml"),
    },
    after: {
      // What `npm ci` installed is not installed again.
      "make bundle": async (_, { text }) => expect(text).not.to.contain("npm ci"),
      "npx foresail explain -w NAME --live --kubeconfig FILE --context NAME": async (_, { text }) =>
        expect(text).to.match(/Not ready, .*[\s\S]* {2}next: /),
    },
    finish: ({ prepare }) => prepare("kubectl delete -f mine/phi.yaml"),
  },
  {
    path: "docs/first-hour.md",
    folder: ({ checkout }) => checkout,
    prepare: nothing,
    before: {},
    after: {
      "npx foresail explain --live -w phi --kubeconfig FILE --context NAME": async (_, { text }) =>
        expect(text).to.match(/Not ready, Unschedulable[\s\S]*creates no nodes[\s\S]* {2}next: bring a node/),
      [KARPENTER]: ({ open }) => open(/--watch$/).shows(/^phi +Standard_NV36ads_A10_v5 +True +True +True /m),
      "kubectl delete -f phi.yaml": ({ cluster }) =>
        waitFor("the node of phi to be given back", async () => {
          const { body } = await cluster.api.call({ path: "/api/v1/nodes" });
          return JSON.stringify(body).includes('"items":[]');
        }),
      [DOWN]: async (_, { text }) => expect(text).to.contain("nothing of Foresail is left"),
    },
    finish: nothing,
  },
  {
    path: "docs/first-week.md",
    folder: ({ repository }) => repository,
    async prepare({ folder, machine, prepare }) {
      put(folder, "models/base/chat.yaml", workspace("chat", "phi-4-mini-instruct"));
      put(folder, "models/base/kustomization.yaml", "resources: [chat.yaml]\n");
      put(folder, "models/prod/kustomization.yaml", "namespace: team-a\nresources: [../base]\n");
      downloadModel(folder);
      commitAll(folder, folder, process.env);
      // Flux or Argo CD would have brought Foresail.
      await prepare(KARPENTER, machine.checkout);
      await prepare("kubectl create namespace team-a");
      await prepare("kubectl create namespace argocd");
      await prepare("kubectl create configmap argocd-cm -n argocd");
    },
    before: {},
    after: {
      "npx foresail check --baseline=.foresail-baseline.json": async (_, { text }) =>
        expect(text).to.contain("0 errors, 0 warnings, 1 waived"),
      // Pinned as the policies want it, to the release that the same files are on this machine.
      "kubectl label configmap tiny-8b -n foresail-system foresail.dev/catalog-data=true": async ({
        folder,
        prepare,
      }) => {
        put(folder, "tiny.yaml", workspace("tiny", "acme/tiny-8b"));
        await prepare("npx foresail pin --catalog catalogue/ tiny.yaml");
        await waitFor("the preset to be known in the cluster", () =>
          prepare("kubectl create --dry-run=server -f tiny.yaml"),
        );
      },
    },
    finish: nothing,
  },
  {
    path: "docs/install.md",
    folder: ({ checkout }) => checkout,
    prepare: withoutForesail,
    before: {
      // One way to install it or the other.
      [HELM]: withoutForesail,
    },
    after: {
      "kubectl apply -k manifests/overlays/karpenter": isInstalled,
      [HELM]: isInstalled,
    },
    finish: nothing,
  },
  {
    path: "docs/uninstall.md",
    folder: ({ checkout }) => checkout,
    async prepare(walk) {
      await walk.prepare("helm uninstall foresail --namespace foresail-system");
      await namespaceSettled(walk);
      await walk.prepare("kubectl apply -k manifests/overlays/karpenter");
    },
    before: { [`${DOWN} --delete-models`]: ({ prepare }) => prepare("kubectl apply -k manifests/overlays/karpenter") },
    after: {
      [DOWN]: namespaceSettled,
      [`${DOWN} --delete-models`]: async (_, { text }) => expect(text).to.contain("nothing of Foresail is left"),
    },
    finish: nothing,
  },
  {
    path: "docs/production.md",
    // With the models of the first week, pinned.
    folder: ({ repository }) => repository,
    // An installation whose webhook answers.
    async prepare({ machine, prepare }) {
      await prepare(KARPENTER, machine.checkout);
    },
    before: {},
    after: {
      [`${DOWN} --cluster-is-disposable`]: async (_, { text }) =>
        expect(text).to.contain("nothing of Foresail is left"),
    },
    finish: nothing,
  },
];

async function isInstalled({ prepare }: Walk): Promise<void> {
  const text = await prepare("kubectl get deployments --namespace foresail-system");
  expect(text).to.match(/^foresail-reconciler [\s\S]*^foresail-webhook /m);
}

async function withoutForesail(walk: Walk): Promise<void> {
  await walk.prepare(`${DOWN} --delete-models`);
  await namespaceSettled(walk);
}

/** Nothing can be made in a namespace that is going. */
async function namespaceSettled({ cluster }: Walk): Promise<void> {
  await waitFor("the namespace to be there or not", async () => {
    const { status, body } = await cluster.api.call({ path: "/api/v1/namespaces/foresail-system" });
    return status === 404 || textAt(body, "metadata", "deletionTimestamp") === undefined;
  });
}

/** The Workspace of README, "What you commit". */
function committedOnFrontPage(): string {
  const blocks = pages.find(({ path }) => path === "README.md")?.blocks ?? [];
  const lines = blocks.find(({ language }) => language === "yaml")?.lines ?? [];
  return `${lines.map(({ text }) => text).join("\n")}\n`;
}

function workspace(name: string, preset: string, instanceType?: string): string {
  const resource = {
    ...(instanceType === undefined ? {} : { instanceType }),
    labelSelector: { matchLabels: { app: name } },
  };
  const inference = { preset: { name: preset } };
  return JSON.stringify({ apiVersion: "kaito.sh/v1beta1", kind: "Workspace", metadata: { name }, resource, inference });
}

/** What a reader has of a model: two files from its repository. */
function downloadModel(folder: string): void {
  for (const name of ["config.json", "model.safetensors.index.json"])
    copyFileSync(join(packageRoot(), "test/core/derive/cases/llama-3.1-8b-instruct", name), join(folder, name));
}

function put(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
