import { expect } from "chai";
import { describe, it } from "mocha";
import { admit } from "../../../src/core/admit.ts";
import { expand } from "../../../src/core/expand.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Workspace } from "../../../src/core/kinds/workspace.ts";
import { catalogue, review, workspace } from "../support/workspaces.ts";

const A100 = "Standard_NC24ads_A100_v4";
const V100 = "Standard_NC6s_v3";

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}
interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly Mount[];
  readonly securityContext: JsonObject;
  readonly resources: { readonly requests: { readonly [resource: string]: string } };
}
interface Pod {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly {
    readonly name: string;
    readonly emptyDir?: { readonly medium?: string; readonly sizeLimit: string };
  }[];
  readonly imagePullSecrets?: readonly { readonly name: string }[];
}

interface On {
  readonly size?: string;
  readonly runtime?: string;
}

function adapted(adapters: readonly JsonObject[], { size = A100, runtime }: On = {}): Workspace {
  return workspace({
    resource: { labelSelector: {}, instanceType: size },
    inference: { preset: { name: "phi-3-mini-128k-instruct" }, adapters },
    ...(runtime === undefined ? {} : { annotations: { "kaito.sh/runtime": runtime } }),
  });
}

function podOf(object: Workspace): Pod {
  const { expansion, issues } = expand(object, catalogue);
  if (expansion === undefined) throw new Error(issues.map((issue) => issue.message).join("\n"));
  return expansion.podTemplate["spec"] as unknown as Pod;
}

const fromImage = (name: string, strength?: string): JsonObject => ({
  source: { name, image: `registry.example/${name}:1` },
  ...(strength === undefined ? {} : { strength }),
});
const fromVolume = (name: string, strength?: string): JsonObject => ({
  source: { name, volumeSource: { persistentVolumeClaim: { claimName: `${name}-claim` } } },
  ...(strength === undefined ? {} : { strength }),
});
/** Disk a pod asks for, GiB; never less than the bounds of its own volumes. */
function diskOf(object: Workspace): number {
  const { containers, volumes } = podOf(object);
  const bounds = volumes.map(({ emptyDir }) =>
    emptyDir === undefined || emptyDir.medium === "Memory" ? 0 : Number.parseInt(emptyDir.sizeLimit, 10),
  );
  const asked = Number.parseInt(containers[0]?.resources.requests["ephemeral-storage"] ?? "", 10);
  expect(asked).to.be.at.least(bounds.reduce((sum, bound) => sum + bound, 0));
  return asked;
}
const scalerOf = (pod: Pod): Container | undefined =>
  pod.initContainers?.find(({ name }) => name === "adapter-strength");
const adapterMounts = (container: Container | undefined): readonly string[] =>
  (container?.volumeMounts ?? [])
    .filter(({ mountPath }) => mountPath.startsWith("/mnt/adapter"))
    .map(({ name, mountPath, readOnly }) => `${name} ${mountPath}${readOnly === true ? " ro" : ""}`);

const everyRuntime: { readonly [runtime: string]: On } = {
  vLLM: {},
  transformers: { runtime: "transformers" },
  "the self-contained image of an old GPU": { size: V100 },
};

describe("adapters", () => {
  for (const [runtime, on] of Object.entries(everyRuntime)) {
    describe(`on ${runtime}`, () => {
      for (const identity of [undefined, "1", "1.0", "1.00", "+1", "1e0"]) {
        it(`strength ${identity ?? "absent"} leaves an adapter as it was trained`, () => {
          const pod = podOf(adapted([fromImage("style", identity), fromVolume("tone", identity)], on));
          expect(pod.initContainers?.map(({ name }) => name)).to.deep.equal(["puller-style"]);
          expect(adapterMounts(pod.containers[0])).to.deep.equal([
            "adapter-volume /mnt/adapter",
            "adapter-volume-tone /mnt/adapter/tone",
          ]);
        });
      }

      it("scales the configuration between pull and server, from copies that stay as they were published", () => {
        const pod = podOf(adapted([fromImage("style", "0.5"), fromImage("plain")], on));
        expect(pod.initContainers?.map(({ name }) => name)).to.deep.equal([
          "puller-style",
          "puller-plain",
          "adapter-strength",
        ]);
        const target = (i: number): string | undefined =>
          pod.initContainers?.[i]?.env?.find(({ name }) => name === "TARGET")?.value;
        expect([target(0), target(1)]).to.deep.equal(["/mnt/adapter-source/style", "/mnt/adapter/plain"]);
        expect(pod.initContainers?.slice(0, 2).map(adapterMounts)).to.deep.equal([
          ["adapter-source /mnt/adapter-source"],
          ["adapter-volume /mnt/adapter"],
        ]);
        expect(adapterMounts(scalerOf(pod))).to.deep.equal([
          "adapter-volume /mnt/adapter",
          "adapter-source /mnt/adapter-source",
        ]);
        // What it makes are links, so the server sees both places.
        expect(adapterMounts(pod.containers[0])).to.deep.equal([
          "adapter-volume /mnt/adapter",
          "adapter-source /mnt/adapter-source",
        ]);
        expect(scalerOf(pod)?.args).to.deep.equal(["/mnt/adapter-source", "/mnt/adapter", "style=0.5"]);
      });

      it("runs the scaling in the server's own image, as its user, without a shell", () => {
        const pod = podOf(adapted([fromImage("style", "0.5")], on));
        const [scaler, server] = [scalerOf(pod), pod.containers[0]];
        expect(scaler?.image).to.equal(server?.image);
        expect(scaler?.securityContext).to.deep.equal(server?.securityContext);
        expect(scaler?.command.slice(0, 2)).to.deep.equal(["python3", "-c"]);
      });

      it("ask the node for the disk their volumes may fill", () => {
        const beside = diskOf(adapted([], on));
        expect(diskOf(adapted([fromVolume("tone")], on))).to.equal(beside);
        expect(diskOf(adapted([fromImage("style"), fromImage("plain")], on))).to.equal(beside + 10);
        expect(diskOf(adapted([fromVolume("tone", "0.5")], on))).to.equal(beside + 10);
        expect(diskOf(adapted([fromImage("style", "0.5"), fromVolume("tone")], on))).to.equal(beside + 20);
      });

      it("never writes to a volume that holds an adapter", () => {
        const pod = podOf(adapted([fromVolume("tone", "0.25"), fromVolume("plain")], on));
        expect(adapterMounts(scalerOf(pod))).to.deep.equal([
          "adapter-volume /mnt/adapter",
          "adapter-volume-tone /mnt/adapter-source/tone ro",
        ]);
        expect(adapterMounts(pod.containers[0])).to.deep.equal([
          "adapter-volume /mnt/adapter",
          "adapter-volume-tone /mnt/adapter-source/tone",
          "adapter-volume-plain /mnt/adapter/plain",
        ]);
      });

      it("mounts nothing below a mount that is read-only: no runtime can make the place for it", () => {
        const pod = podOf(adapted([fromImage("style", "0.5"), fromVolume("tone", "0.25"), fromVolume("plain")], on));
        for (const { name, volumeMounts } of [...(pod.initContainers ?? []), ...pod.containers]) {
          for (const outer of volumeMounts.filter(({ readOnly }) => readOnly === true)) {
            const below = volumeMounts.filter(({ mountPath }) => mountPath.startsWith(`${outer.mountPath}/`));
            expect(below, name).to.deep.equal([]);
          }
        }
      });

      it("names no variable after an adapter: the server would scale a second time", () => {
        const pod = podOf(adapted([fromImage("style", "0.5")], on));
        expect((pod.containers[0]?.env ?? []).map(({ name }) => name)).to.not.include("style");
      });
    });
  }

  it("are turned on in vLLM whenever one is stated", () => {
    const args = podOf(adapted([fromImage("style")])).containers[0]?.args;
    expect(args).to.include.members(["--enable-lora", "--max-loras=1", "--kaito-adapters-dir=/mnt/adapter"]);
  });

  describe("called like the model", () => {
    const preset = "phi-3-mini-128k-instruct";
    const path = "inference.adapters[1].source.name";
    const told = (on: On, more: JsonObject = {}): readonly string[] => {
      const object = adapted([fromImage("style"), fromImage(preset)], on);
      const stated = { ...object, inference: { ...object.inference, ...more } } as Workspace;
      return expand(stated, catalogue)
        .issues.filter(({ path: at }) => at === path)
        .map(({ level, code, message }) => `${level} ${code} ${message}`);
    };

    it("are refused: a request that names both reaches one", () => {
      expect(told({})).to.deep.equal([
        `error adapter/served-name ${path} "${preset}" names adapter and model: requests reach only one of them, give the adapter another name`,
      ]);
    });

    it("are let pass where the file of settings may name the model otherwise, and that is said", () => {
      expect(told({}, { config: "mine" })).to.deep.equal([
        `warning adapter/served-name "${preset}" names adapter and model: requests reach only one of them, unless served-model-name is set`,
      ]);
    });

    it("are nothing to transformers, which adds adapters to the model", () => {
      for (const on of [{ runtime: "transformers" }, { size: V100 }]) expect(told(on)).to.deep.equal([]);
    });
  });

  it("are added up exactly by transformers", () => {
    for (const on of [everyRuntime["transformers"], { size: V100 }]) {
      expect(podOf(adapted([fromImage("style")], on)).containers[0]?.args).to.include("--combination_type=cat");
      expect(podOf(adapted([], on)).containers[0]?.args).to.not.include("--combination_type=cat");
    }
  });

  it("bring their pull secrets, each once, and a volume of credentials for the puller", () => {
    const secret = (name: string): JsonObject => ({
      source: { name, image: `registry.example/${name}:1`, imagePullSecrets: ["pull"] },
    });
    const pod = podOf(adapted([secret("a"), secret("b")]));
    expect(pod.imagePullSecrets).to.deep.equal([{ name: "pull" }]);
    expect(pod.volumes.map(({ name }) => name)).to.include.members(["docker-config-a", "docker-config-b"]);
  });

  const strengths: { readonly [strength: string]: boolean } = {
    "0": true,
    "0.0": true,
    "1.000000": true,
    ".5": true,
    "5e-1": true,
    "0.123456789": true,
    "": false,
    " 0.5": false,
    "1.0001": false,
    "-0.1": false,
    "2": false,
    half: false,
    NaN: false,
    Inf: false,
    "0x1p-1": false,
    "0,5": false,
    [`0.${"1".repeat(400)}`]: false,
  };
  for (const [strength, accepted] of Object.entries(strengths)) {
    it(`strength ${JSON.stringify(strength.slice(0, 20))} is ${accepted ? "taken" : "refused"}, on create and on update`, () => {
      const refusals = refusalsOf([fromImage("style", strength)]);
      const refused = [["inference.adapters[0].strength", "adapter/strength"]];
      expect(refusals.create).to.deep.equal(accepted ? [] : refused);
      expect(refusals.update).to.deep.equal(refusals.create);
    });
  }

  const image = { image: "registry.example/a:1" };
  const volume = { volumeSource: { emptyDir: {} } };
  const secrets = (names: readonly string[]): JsonObject => ({
    source: { name: "a", ...image, imagePullSecrets: names },
  });
  const wrong: { readonly [what: string]: readonly [readonly JsonObject[], ...(readonly [string, string])[]] } = {
    "no source": [[{}], ["[0].source", "schema/required"]],
    "no name": [[{ source: image }], ["[0].source.name", "adapter/name"]],
    "an empty name": [[{ source: { name: "", ...image } }], ["[0].source.name", "adapter/name"]],
    // KAITO takes it and then cannot make the pod: names of containers and volumes have no dots.
    "a name with a dot": [[{ source: { name: "a.b", ...image } }], ["[0].source.name", "adapter/name"]],
    "a name with capitals": [[{ source: { name: "A", ...image } }], ["[0].source.name", "adapter/name"]],
    "a name of 46 characters": [[{ source: { name: "a".repeat(46), ...image } }], ["[0].source.name", "adapter/name"]],
    "neither image nor volume": [[{ source: { name: "a" } }], ["[0].source", "adapter/one-of"]],
    "both image and volume": [[{ source: { name: "a", ...image, ...volume } }], ["[0].source", "adapter/one-of"]],
    "addresses alone": [
      [{ source: { name: "a", urls: ["https://example.com/x"] } }],
      ["[0].source", "adapter/one-of"],
      ["[0].source.urls", "adapter/urls"],
    ],
    "addresses beside an image": [
      [{ source: { name: "a", ...image, urls: ["https://example.com/x"] } }],
      ["[0].source.urls", "adapter/urls"],
    ],
    "a wrong image": [[{ source: { name: "a", image: "Not:an:image" } }], ["[0].source.image", "image/invalid"]],
    "a wrong pull secret": [[secrets(["No"])], ["[0].source.imagePullSecrets[0]", "secret/invalid"]],
    "a pull secret twice": [[secrets(["a", "a"])], ["[0].source.imagePullSecrets[1]", "secret/duplicate"]],
    "two of one name": [
      [fromImage("a"), fromVolume("a")],
      ["[1].source.name", "adapter/duplicate"],
    ],
    "eleven of them": [Array.from({ length: 11 }, (_, i) => fromImage(`a${i}`)), ["", "adapter/too-many"]],
  };
  for (const [what, [adapters, ...expected]] of Object.entries(wrong)) {
    it(`with ${what} are refused, on create and on update`, () => {
      const refusals = refusalsOf(adapters);
      expect(refusals.create).to.deep.equal(expected.map(([path, code]) => [`inference.adapters${path}`, code]));
      expect(refusals.update).to.deep.equal(refusals.create);
    });
  }

  it("with ten of them, the longest name or a digit in front are taken", () => {
    const names = ["a".repeat(45), "1st", ...Array.from({ length: 8 }, (_, i) => `a${i}`)];
    expect(refusalsOf(names.map((name) => fromImage(name, "0.5"))).create).to.deep.equal([]);
  });
});

type Refusal = readonly [path: string, code: string];

/** What admission refuses of these adapters, in a new Workspace and in one that had another. */
function refusalsOf(adapters: readonly JsonObject[]): Readonly<Record<"create" | "update", readonly Refusal[]>> {
  const ask = (body: JsonObject): readonly Refusal[] => {
    const response = admit(body, catalogue, "mutate")?.["response"] as unknown as {
      allowed: boolean;
      status?: { details: { causes: readonly { field: string; reason: string }[] } };
    };
    const causes = response.status?.details.causes ?? [];
    expect(response.allowed).to.equal(causes.length === 0);
    return causes.map(({ field, reason }) => [field, reason]);
  };
  const object = adapted(adapters);
  return { create: ask(review(object)), update: ask(review(object, adapted([fromImage("before")]))) };
}
