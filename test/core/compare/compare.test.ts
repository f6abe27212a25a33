import { expect } from "chai";
import { describe, it } from "mocha";
import { verdictOn } from "../../../src/core/admit.ts";
import { compare, type Question } from "../../../src/core/compare/compare.ts";
import type { Compared, Comparison } from "../../../src/core/compare/comparison.ts";
import { comparisonJson } from "../../../src/core/compare/format/json.ts";
import { comparisonMarkdown } from "../../../src/core/compare/format/markdown.ts";
import { comparisonText } from "../../../src/core/compare/format/text.ts";
import { EMPTY_STATE, type State } from "../../../src/core/compare/state.ts";
import { inputsHash } from "../../../src/core/inputs.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, serving, tuning, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const named = { base: "main", version: "0.0.0" };

const stating = (...workspaces: readonly Workspace[]): State => ({
  ...EMPTY_STATE,
  workspaces: workspaces.map((one) => ({ workspace: one, issues: [] })),
});

function compared(base: State, head: State, more: Partial<Question> = {}): Comparison {
  return compare({ base, head, catalogue, named, ...more });
}

function one(base: State, head: State, more: Partial<Question> = {}): Compared {
  const [first] = compared(base, head, more).compared;
  if (first === undefined) throw new Error("nothing is compared");
  return first;
}

/** As a cluster holds it. */
function stored(stated: Workspace, status?: JsonObject): Workspace {
  const { expansion } = verdictOn(stated, undefined, catalogue);
  return { ...stated, expansion, ...(status === undefined ? {} : { status }) } as unknown as Workspace;
}

const ended = (of: Workspace): JsonObject => ({
  conditions: [
    {
      type: "WorkspaceSucceeded",
      status: "True",
      reason: "workspaceSucceeded",
      message: `ran for the inputs ${of.expansion?.inputsHash}`,
      lastTransitionTime: "2026-11-01T00:00:00Z",
    },
  ],
});

const settings = (text: string): JsonObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "train", namespace: "models" },
  data: {
    "training_config.yaml": `training_config: {TrainingArguments: {output_dir: /mnt/results}, LoraConfig: {r: ${text}}}`,
  },
});

describe("compare: what becomes of a training", () => {
  const stated = tuning("phi-3-mini-4k-instruct", A100);
  const withSettings = tuning("phi-3-mini-4k-instruct", A100, { config: "train", method: "lora" });
  const [before, after] = ["8", "16"].map((r): State => ({ ...stating(withSettings), configMaps: [settings(r)] }));

  it("starts over when an input changes, also where the pod would be the same", () => {
    const later = { ...stated, metadata: { ...stated.metadata, annotations: { "foresail.dev/ttl": "24h" } } };
    const { pods, fields } = one(stating(stated), stating(later as Workspace));
    expect(fields.map(({ path }) => path)).to.deep.equal(["workload.ttlSeconds"]);
    expect(pods).to.deep.equal({
      effect: "restarts",
      why: ["an input changes", "the Job is replaced: a training under way starts over"],
      pause: { kind: "training" },
    });
  });

  it("has ended, and never runs again for other settings", () => {
    const live = stored(withSettings);
    const effects = [
      undefined,
      live,
      { ...live, status: ended(live) } as Workspace,
      { ...live, status: {} } as Workspace,
    ].map(
      (held) =>
        one(before ?? EMPTY_STATE, after ?? EMPTY_STATE, held === undefined ? {} : { live: [held] }).pods.effect,
    );
    expect(effects).to.deep.equal(["unknown", "unknown", "none", "restarts"]);
  });
});

describe("compare: what the cluster holds", () => {
  const stated = serving("phi-4", A100);
  const held = stored(stated);
  const older = { ...held, expansion: { ...held.expansion, catalog: "2026.1.0" } } as Workspace;

  it("keeps a stored release for inputs that stay, and moves to the running one with those that change", () => {
    const kept = one(stating(stated), stating(stated), { live: [older] });
    expect([kept.verdict, kept.after?.release]).to.deep.equal(["keeps", { id: "2026.1.0", by: "stored" }]);
    const changed = one(stating(stated), stating(serving("phi-4-mini-instruct", A100)), { live: [older] });
    expect([changed.before?.release.id, changed.after?.release]).to.deep.equal([
      "2026.1.0",
      { id: catalogue.current.id, by: "running" },
    ]);
    expect(changed.notes[0]).to.include('foresail.dev/catalog: "2026.1.0" keeps it');
  });

  it("assumes the running release where nothing says otherwise, and says so", () => {
    const { notes, compared: all } = compared(stating(stated), stating(stated));
    expect(notes.join()).to.include(`release ${catalogue.current.id} of this version is assumed`);
    expect(all[0]?.after?.release.by).to.equal("running");
    const pinned = serving("phi-4", A100, { "foresail.dev/catalog": catalogue.current.id });
    const git = compared(stating(pinned), stating(pinned));
    expect([git.notes, git.compared[0]?.after?.release.by]).to.deep.equal([[], "git"]);
  });

  it("says where base is not what the cluster holds", () => {
    const other = stored(serving("phi-4-mini-instruct", A100));
    expect(one(stating(stated), stating(stated), { live: [other] }).notes).to.deep.equal([
      "the cluster holds other inputs than base states: compared as if base were applied",
    ]);
    expect(one(stating(stated), stating(stated), { live: [] }).notes).to.deep.equal([
      "the cluster does not hold what base states yet",
    ]);
    const taken = one(EMPTY_STATE, stating(stated), { live: [held] });
    expect([taken.verdict, taken.notes]).to.deep.equal(["keeps", ["the cluster holds it, and base does not state it"]]);
    expect(compared(EMPTY_STATE, EMPTY_STATE, { live: [held] }).compared).to.deep.equal([]);
  });

  it("counts the nodes of a model that something else scales", () => {
    const scaled = serving("phi-4", A100, { "foresail.dev/replicas": "external" });
    const nodes = ["a", "b", "c"].map((name) => ({ name }));
    const { before } = one(stating(scaled), stating(scaled), { live: [stored(scaled, { nodes })] });
    expect([before?.replicas, before?.scaledByOthers, before?.cost?.hourlyUsd]).to.deep.equal([3, true, 11.019]);
    expect(one(stating(scaled), stating(scaled)).before?.replicas).to.equal(1);
  });

  it("is judged as an update: a rule that came later does not refuse what is stored and stays", () => {
    const invalid = { ...stated, resource: { ...stated.resource, count: 0 } } as Workspace;
    const live = { ...invalid, expansion: { ...held.expansion, inputsHash: inputsHash(invalid) } } as Workspace;
    expect(one(stating(invalid), stating(invalid)).verdict).to.equal("refused");
    expect(one(stating(invalid), stating(invalid), { live: [live] }).verdict).to.equal("keeps");
  });
});

describe("compare: a Workspace that moves to the other group", () => {
  const inOurs = (of: Workspace): Workspace => ({ ...of, apiVersion: "foresail.dev/v1beta1" });
  const phi = serving("phi-4", A100);

  it("is one change: what the old object made goes, and a node comes before the new one serves", () => {
    const { compared: all, summary } = compared(stating(phi), stating(inOurs(phi)));
    expect(all.map(({ verdict, subject }) => [verdict, subject.group])).to.deep.equal([["moved", "foresail.dev"]]);
    const [move] = all;
    expect(move?.inputs).to.deep.equal([{ path: "apiVersion", from: "kaito.sh/v1beta1", to: "foresail.dev/v1beta1" }]);
    expect(move?.pods).to.deep.equal({
      effect: "restarts",
      why: [
        "it moves to foresail.dev: the old object goes with its pods and nodes",
        "only then the new one makes its own",
      ],
      // Weights of phi-4 (presets/models).
      pause: { kind: "load", weightsGiB: 27.31, node: true },
    });
    expect([summary.counts.moved, summary.counts.removed, summary.counts.added, summary.restarts]).to.deep.equal([
      1, 0, 0, 1,
    ]);
    expect(
      compared(stating(inOurs(phi)), stating(phi)).compared.map(({ verdict, subject }) => [verdict, subject.group]),
    ).to.deep.equal([["moved", undefined]]);
  });

  it("does not move between the versions of a group, nor where both states have both", () => {
    const both = stating(phi, inOurs(phi));
    expect(compared(both, both).compared.map(({ verdict }) => verdict)).to.deep.equal(["keeps", "keeps"]);
    expect(compared(stating(phi), both).compared.map(({ verdict }) => verdict)).to.deep.equal(["added", "keeps"]);
    expect(compared(both, stating(inOurs(phi))).compared.map(({ verdict }) => verdict)).to.deep.equal([
      "removed",
      "keeps",
    ]);
  });

  it("leaves the release that was stored, unless git names it", () => {
    const old = stored(phi);
    const live = [{ ...old, expansion: { ...old.expansion, catalog: "2026.10.0" } } as Workspace];
    const move = one(stating(phi), stating(inOurs(phi)), { live });
    expect([move.before?.release, move.after?.release]).to.deep.equal([
      { id: "2026.10.0", by: "stored" },
      { id: "2026.11.0", by: "running" },
    ]);
    expect(move.notes.join()).to.include("the running release 2026.11.0 takes the place of 2026.10.0");
  });

  it("stays where admission refuses the new one", () => {
    const move = one(stating(phi), stating(inOurs(serving("phi-4", "Standard_NC6s_v3"))));
    expect([move.verdict, move.pods.effect, move.nodes[0]?.after]).to.deep.equal(["refused", "none", 1]);
    expect(move.notes).to.deep.equal([
      "the old one stays while the new one is refused: Flux and Argo CD prune nothing then",
    ]);
  });

  it("waits for what the cluster alone has of its name in the other group", () => {
    const live = [stored(phi)];
    const added = one(EMPTY_STATE, stating(inOurs(phi)), { live });
    expect([added.verdict, added.notes]).to.deep.equal([
      "added",
      [
        "the cluster holds Workspace.kaito.sh models/phi, which the files do not state: this one waits (NameTaken) until that is gone",
      ],
    ]);
  });
});

describe("compare: pods of other kinds", () => {
  const object = (kind: string, preset: string, spec: JsonObject = {}): State => {
    const metadata = { labels: { "foresail.dev/preset": preset }, annotations: { "foresail.dev/instance-type": A100 } };
    const pod = {
      metadata,
      spec: { containers: [{ name: "model", image: "auto" }], schedulingGates: [{ name: "foresail.dev/expand" }] },
    };
    const whole = { kind, metadata: { name: "chat", namespace: "models" }, spec: { ...spec, template: pod } };
    return { ...EMPTY_STATE, templates: [{ object: whole, pod }] };
  };
  const rows: readonly (readonly [string, JsonObject, string, string?])[] = [
    ["Deployment", {}, "restarts", "none"],
    ["Deployment", { replicas: 4 }, "restarts", "none"],
    ["Deployment", { strategy: { type: "Recreate" } }, "restarts", "load"],
    ["Deployment", { strategy: { rollingUpdate: { maxUnavailable: 1 } } }, "restarts", "load"],
    ["Deployment", { replicas: 2, strategy: { rollingUpdate: { maxUnavailable: 1 } } }, "restarts", "none"],
    ["StatefulSet", {}, "restarts", "load"],
    ["StatefulSet", { replicas: 2 }, "restarts", "none"],
    ["StatefulSet", { updateStrategy: { type: "OnDelete" } }, "none"],
    ["DaemonSet", {}, "restarts", "load"],
    ["Job", {}, "none"],
    ["ReplicaSet", {}, "none"],
  ];
  for (const [kind, spec, effect, pause] of rows) {
    it(`a ${kind} with ${JSON.stringify(spec)}: ${effect}, ${pause ?? "no pause"}`, () => {
      const { verdict, pods } = one(object(kind, "phi-4", spec), object(kind, "phi-4-mini-instruct", spec));
      expect([verdict, pods.effect, pods.pause?.kind]).to.deep.equal(["changed", effect, pause]);
    });
  }

  it("restart for no reason but the template, and are refused where admission would refuse them", () => {
    expect(one(object("Deployment", "phi-4"), object("Deployment", "phi-4", { replicas: 2 })).pods.effect).to.equal(
      "none",
    );
    const refused = one(object("Deployment", "phi-4"), object("Deployment", "no-such-model"));
    expect([refused.verdict, refused.issues[0]?.code, refused.pods.effect]).to.deep.equal([
      "refused",
      "preset/unknown",
      "none",
    ]);
    expect(one(object("Deployment", "phi-4"), EMPTY_STATE).verdict).to.equal("removed");
    expect(one(EMPTY_STATE, object("Deployment", "phi-4")).pods.effect).to.equal("starts");
  });
});

describe("compare: outputs", () => {
  const many = (preset: string, name: (i: number) => string): State =>
    stating(
      ...Array.from({ length: 500 }, (_, i) =>
        workspace({
          name: name(i),
          resource: { instanceType: A100, labelSelector: { matchLabels: { apps: "m" } } },
          inference: { preset: { name: preset } },
        }),
      ),
    );

  it("keeps markdown of 500 Workspaces below the cap, cuts whole sections and says which", () => {
    const name = (i: number): string => `w${i}`;
    const all = compared(many("phi-4", name), many("phi-4-mini-instruct", name));
    const text = comparisonMarkdown(all, "default");
    expect(text.length).to.be.lessThan(60_000).and.greaterThan(40_000);
    expect(text).to.match(/^<!-- foresail:diff:default -->\n\*\*Foresail:\*\* 500 changed; 500 restart;/);
    const rows = text.split("\n").filter((line) => line.startsWith("| <code>models/w"));
    expect(rows.every((row) => row.endsWith(" |"))).to.equal(true);
    const cut =
      /\*\*Cut\*\* to stay under 60,000 characters: the rows of .* and ([\d,]+) more; the details of .* and ([\d,]+) more\./.exec(
        text,
      );
    expect(rows.length + Number(cut?.[1]) + 6).to.equal(500);
    const details = text.split("<details>").length - 1;
    expect([details + Number(cut?.[2]) + 6, text.split("</details>").length - 1]).to.deep.equal([500, details]);
    expect(text.split("<pre").length).to.equal(text.split("</pre>").length);
  });

  it("stays below it whatever names there are, and lets no name be more than a name", () => {
    const name = (i: number): string => `\`\`|<!-- x -->\n/close @team\u202e<img>${"\u0001`".repeat(200)}${i}`;
    const all = compared(EMPTY_STATE, many("phi-4", name));
    const text = comparisonMarkdown(all, "k");
    expect(text.length).to.be.lessThan(60_000);
    expect(text.indexOf("<!--", 5)).to.equal(-1);
    const outside = text.replace(/<code>.*?<\/code>/g, "").replace(/<pre[\s\S]*?<\/pre>/g, "");
    expect(outside).to.not.match(/@team|<img|\/close/);
    expect(text).to.not.match(/[\p{Cf}]/u);
    expect(comparisonText(all)).to.not.match(/[\u202e]/u);
  });

  it("says in one short line that nothing changes", () => {
    const all = compared(stating(serving("phi-4", A100)), stating(serving("phi-4", A100)));
    expect(comparisonMarkdown(all, "k")).to.equal(
      "<!-- foresail:diff:k -->\n**Foresail:** no changes: 1 keeps what is stored.\n",
    );
  });

  it("says of any manifest what admission says, and prints it", () => {
    const odd: readonly JsonObject[] = [
      { metadata: {} },
      { metadata: { name: 7, namespace: ["x"] } },
      { metadata: { name: "__proto__", namespace: "constructor" }, inference: { preset: { name: "phi-4" } } },
      { metadata: { name: "a", namespace: "b", annotations: "none", labels: 3 }, resource: [], inference: "phi-4" },
      {
        metadata: { name: "a", namespace: "b" },
        expansion: { podTemplate: 1 },
        tuning: null,
        inference: { preset: 5 },
      },
    ];
    for (const one of odd) {
      const state = stating(one as unknown as Workspace);
      const all = compared(EMPTY_STATE, state);
      expect(
        [comparisonText(all), comparisonJson(all), comparisonMarkdown(all, "k")].every((text) => text !== ""),
      ).to.equal(true);
      expect(all.compared.map(({ verdict }) => verdict)).to.deep.equal(["refused"]);
      expect(compared(state, EMPTY_STATE).compared.map(({ verdict }) => verdict)).to.deep.equal(["removed"]);
    }
  });

  it("gives the same bytes in whatever order files are read", () => {
    const [a, b] = ["a", "b"].map(
      (name) => ({ ...serving("phi-4", A100), metadata: { name, namespace: "models" } }) as Workspace,
    );
    const [x = serving("phi-4"), y = serving("phi-4")] = [a, b];
    expect(comparisonJson(compared(stating(x, y), stating(y)))).to.equal(
      comparisonJson(compared(stating(y, x), stating(y))),
    );
  });
});
