import { expect } from "chai";
import { describe, it } from "mocha";
import type { JsonObject } from "../../../src/core/json.ts";
import { plan } from "../../../src/core/plan.ts";
import { claim, NOW, node } from "../capacity/facts.ts";
import { boundTo, mounting, ZONE } from "../capacity/volume-objects.ts";
import { expansion } from "../children/workspaces.ts";
import { admitted, catalogue, ownedPod, running, settled, shown, told, world } from "../plan/worlds.ts";
import { crashed, said, waitingContainer, waitingWorld, withContainer } from "./situations.ts";

const memory = {
  perGpuGiB: 80,
  weightsGiB: 27.31,
  overheadGiB: 3.67,
  kvCacheGiB: 41.02,
  maxModelLen: 16384,
  maxConcurrency: 12,
};

describe("why pods do not run", () => {
  const minutesAgo = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();
  const table: readonly (readonly [string, JsonObject, string, string, boolean, RegExp])[] = [
    [
      "a Secret that is not there",
      waitingContainer("CreateContainerConfigError", 'secret "hf-token" not found'),
      "SecretMissing",
      "ContainerStartError",
      true,
      /secret "hf-token" not found; next: create the Secret/,
    ],
    [
      "a key that a Secret has not",
      waitingContainer("CreateContainerConfigError", "couldn't find key HF_TOKEN in Secret models/hf-token"),
      "SecretMissing",
      "ContainerStartError",
      true,
      /couldn't find key HF_TOKEN/,
    ],
    [
      "a ConfigMap that is not there",
      waitingContainer("CreateContainerConfigError", 'configmap "settings" not found'),
      "ConfigMissing",
      "ContainerStartError",
      true,
      /configmap "settings" not found/,
    ],
    [
      "a container that cannot be made",
      waitingContainer("CreateContainerError", "no command specified"),
      "ContainerNotStarted",
      "ContainerStartError",
      false,
      /no command specified; next: mend/,
    ],
    [
      "an image that does not come",
      waitingContainer("ImagePullBackOff", 'Back-off pulling image "a/b:1"'),
      "ImagePullFailed",
      "ImagePullError",
      false,
      /Back-off pulling image "a\/b:1"; next: check the image's name/,
    ],
    [
      "a gated model",
      crashed(
        "OSError: You are trying to access a gated repo.\nMake sure to have access to it at https://huggingface.co/m.\n403 Client Error. (Request ID: Root=1)",
      ),
      "ModelAccessDenied",
      "ContainerCrashLoopBackOff",
      true,
      /403 Client Error.*exit code 1, 3 restarts.*next: accept the model's licence/,
    ],
    [
      "a token that is not known",
      crashed("huggingface_hub.errors.RepositoryNotFoundError: 401 Client Error. (Request ID: x)\n\nTraceback ends"),
      "ModelAccessDenied",
      "ContainerCrashLoopBackOff",
      true,
      /401 Client Error/,
    ],
    [
      "memory of the host",
      crashed("", { reason: "OOMKilled", exitCode: 137 }),
      "OutOfMemory",
      "ContainerOOMKilled",
      false,
      /more of the host's memory than it may, 3 restarts: it asks for 154Gi and has no limit.*next: choose a larger size/,
    ],
    [
      "memory of the GPU",
      crashed("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.\nProcess ended"),
      "OutOfMemory",
      "ContainerCrashLoopBackOff",
      false,
      /ran out of GPU memory: torch.OutOfMemoryError.*of 80 GiB of one A100: weights 27.31, overhead 3.67, KV cache 41.02 for 12 requests of 16384 tokens; next: lower max-model-len/,
    ],
    [
      "a KV cache that does not fit",
      crashed(
        "ValueError: To serve at least one request with the models's max seq len (131072), (16.00 GiB KV cache is needed, which is larger than the available KV cache memory (7.56 GiB).",
      ),
      "OutOfMemory",
      "ContainerCrashLoopBackOff",
      false,
      /16.00 GiB KV cache is needed/,
    ],
    [
      "ends again and again",
      crashed("Traceback (most recent call last):\nValueError: unknown flag --foo\n"),
      "CrashLooping",
      "ContainerCrashLoopBackOff",
      false,
      /exit code 1, 3 restarts; its last line: ValueError: unknown flag --foo; next: kubectl logs --previous/,
    ],
    ["ends without a word", crashed(""), "CrashLooping", "ContainerCrashLoopBackOff", false, /it left no last words/],
    [
      "runs again after its second end",
      {
        name: "model",
        ready: false,
        restartCount: 2,
        state: { running: { startedAt: minutesAgo(1) } },
        lastState: {
          terminated: { exitCode: 1, message: "boom", startedAt: minutesAgo(4), finishedAt: minutesAgo(2) },
        },
      },
      "CrashLooping",
      "ContainerCrashLoopBackOff",
      false,
      /its last line: boom/,
    ],
  ];
  for (const [title, status, reason, kaito, stalled, message] of table) {
    it(`${title}: ${reason}`, () => {
      const facts = withContainer(status);
      const told = said({ ...facts, workspace: admitted({ memory }) });
      expect(told).to.include({ reason, ready: "False", inference: kaito, stalled });
      expect(told.message).to.match(message);
    });
  }

  it("loads after one end that followed a long life: no loop", () => {
    const once = (startedMinutesAgo: number, restartCount: number) =>
      said(
        withContainer({
          name: "model",
          ready: false,
          restartCount,
          state: { running: { startedAt: minutesAgo(1) } },
          lastState: {
            terminated: { exitCode: 1, startedAt: minutesAgo(startedMinutesAgo), finishedAt: minutesAgo(2) },
          },
        }),
      );
    expect(once(4, 1)).to.include({ reason: "LoadingModel", ready: "Unknown", stalled: false });
    expect(once(6000, 2)).to.include({ reason: "LoadingModel" });
  });

  it("words of 401 and 403 that are no refusal", () => {
    for (const line of ["loaded 401 of 403 shards", "max_model_len=4010", "ValueError: 403 heads"]) {
      expect(said(withContainer(crashed(line)))).to.include({ reason: "CrashLooping" });
    }
  });

  it("a refusal that the server got over is not what it died of", () => {
    const words = "warning: 403 Client Error for an optional file\nCUDA out of memory. Tried to allocate 2 GiB";
    expect(said(withContainer(crashed(words)))).to.include({ reason: "OutOfMemory", stalled: false });
  });

  it("the cause before what follows from it, whichever pod it is in", () => {
    const denied = crashed("401 Client Error");
    const lost = crashed("torch.distributed: connection refused");
    const killed = crashed("", { reason: "OOMKilled", exitCode: 137 });
    expect(said(withContainer(lost, killed, denied)).reason).to.equal("ModelAccessDenied");
    expect(said(withContainer(lost, killed)).reason).to.equal("OutOfMemory");
    expect(said(withContainer(lost, waitingContainer("ErrImagePull"))).reason).to.equal("ImagePullFailed");
  });

  it("one event for a reason, however often it is told anew", () => {
    const again = (restartCount: number) => withContainer({ ...crashed("boom"), restartCount });
    const first = plan(again(3), catalogue);
    expect(shown(first.actions)).to.include("event Warning CrashLooping");
    const { workspace } = told(again(3));
    if (workspace === undefined) throw new Error("there is no Workspace");
    const second = plan({ ...again(4), workspace }, catalogue);
    expect(shown(second.actions)).to.deep.equal(["applyStatus"]);
  });

  it("the next step is told whole, however long the words before it", () => {
    const { message } = said(withContainer(crashed("x".repeat(5000))));
    const long = said(withContainer(waitingContainer("ImagePullBackOff", "y".repeat(5000)))).message;
    expect(message.endsWith("undo the last change if it ran before")).to.equal(true);
    expect(long)
      .to.have.length(1024)
      .and.match(/y…; next: check the image's name/);
  });

  const evicted = {
    ...ownedPod("phi-0", { nodeName: "n1" }),
    status: { phase: "Failed", reason: "Evicted", message: "The node was low on resource: ephemeral-storage." },
  };

  it("an eviction, until a successor is ready", () => {
    const loading = ownedPod("phi-1", { nodeName: "n1" });
    const told = said({ ...running(), pods: [evicted, loading] });
    expect(told).to.include({ reason: "Evicted", ready: "False", inference: "PodEvicted" });
    expect(told.message).to.contain("pod phi-0 was evicted: The node was low on resource: ephemeral-storage");
    const ready = ownedPod("phi-1", { nodeName: "n1", ready: true });
    expect(said({ ...running(), pods: [evicted, ready] })).to.include({ reason: "Running", ready: "True" });
  });

  it("what its successor dies of comes before an eviction, what it waits for does not", () => {
    const dying = ownedPod("phi-1", { nodeName: "n1", statuses: [crashed("401 Client Error")] });
    expect(said({ ...running(), pods: [evicted, dying] }).reason).to.equal("ModelAccessDenied");
    expect(said(waitingWorld({ pods: [evicted, ownedPod("phi-1")] })).reason).to.equal("Evicted");
  });

  it("a pod that its node did not admit", () => {
    const status = { phase: "Failed", reason: "UnexpectedAdmissionError", message: "no devices nvidia.com/gpu" };
    const told = said({ ...running(), pods: [{ ...evicted, status }] });
    expect(told.reason).to.equal("Evicted");
    expect(told.message).to.contain("ended by its node (UnexpectedAdmissionError): no devices");
  });

  it("pressure on the node, in KAITO's words too", () => {
    const facts = withContainer(waitingContainer("ContainerCreating"));
    for (const [type, kaito] of [
      ["DiskPressure", "NodeDiskPressure"],
      ["MemoryPressure", "NodeMemoryPressure"],
    ]) {
      const nodes = facts.nodes.map((one) => {
        const status = one["status"] as { conditions: JsonObject[] };
        return { ...one, status: { ...status, conditions: [...status.conditions, { type, status: "True" }] } };
      }) as JsonObject[];
      expect(said({ ...facts, nodes })).to.include({ reason: "NodeUnderPressure", inference: kaito });
    }
  });

  it("an image that is on its way, with its size where a node knows it", () => {
    const facts = withContainer(waitingContainer("ContainerCreating"));
    expect(said(facts).message).to.contain("is pulling images or preparing volumes; next: nothing to do");
    const told = said({ ...facts, imageBytes: { "example.test/base:1": 16_642_998_272 } });
    expect(told).to.include({ reason: "PullingImage", ready: "Unknown", stalled: false });
    expect(told.message).to.contain("is pulling example.test/base:1 (15.50 GiB)");
  });

  describe("a refusal at creation: who, and their words", () => {
    const refusals: readonly (readonly [string, string, boolean, string])[] = [
      ['pods "p" is forbidden: exceeded quota: gpus, requested: x=1', "ResourceQuota gpus", false, "raise the quota"],
      ['pods "p" is forbidden: failed quota: cpu: must specify limits.cpu', "ResourceQuota cpu", true, "LimitRange"],
      [
        'pods "p" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
        "Pod Security (restricted:latest of this namespace)",
        true,
        "pod-security.kubernetes.io/enforce",
      ],
      [
        "pods \"p\" is forbidden: ValidatingAdmissionPolicy 'images' with binding 'all' denied request: not ours",
        "ValidatingAdmissionPolicy images",
        true,
        "ask those who keep the policy",
      ],
      ['admission webhook "deny.example" denied the request: no', "admission webhook deny.example", true, "webhook"],
      [
        'Internal error occurred: failed calling webhook "a.b": connection refused',
        "admission webhook a.b, which does not answer",
        false,
        "mend it",
      ],
      ["something new", "the API server", false, "change what the pod asks for"],
    ];
    for (const [words, who, stalled, next] of refusals) {
      it(who, () => {
        const owner = admitted();
        const conditions = [{ type: "ReplicaFailure", status: "True", message: words }];
        const children = settled(owner).map((one) =>
          one["kind"] === "Deployment" ? { ...one, status: { observedGeneration: 1, conditions } } : one,
        );
        const told = said(world({ workspace: owner, children }));
        expect(told).to.include({ reason: "PodRefused", stalled, ready: stalled ? "False" : "Unknown" });
        expect(told.message).to.contain(`${who} refuses the pod: ${words}; next: `).and.contain(next);
      });
    }
  });

  describe("volumes", () => {
    const unbound = (message: string): JsonObject => {
      const made = ownedPod("phi-1");
      const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
      return { ...made, status: { ...(made["status"] as JsonObject), conditions } };
    };

    it("that are not there, not bound", () => {
      for (const words of [
        'persistentvolumeclaim "weights" not found',
        "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims",
      ]) {
        const told = said(waitingWorld({ pods: [unbound(words)] }));
        expect(told).to.include({ reason: "VolumePending", stalled: false, inference: "Unschedulable" });
        expect(told.message).to.contain(words);
      }
      expect(said(waitingWorld({ pods: [unbound("Insufficient nvidia.com/gpu")] })).reason).to.equal(
        "WaitingForCapacity",
      );
    });

    it("elsewhere are told where no node is bought, or one has room; else what the planner says", () => {
      const pods = [unbound("0/1 nodes are available: 1 node(s) had volume node affinity conflict")];
      const brought = admitted({ nodes: { ...expansion.nodes, provision: false } });
      expect(said(waitingWorld({ pods, workspace: brought })).reason).to.equal("VolumePending");
      const roomy = { nodes: [node("n1")], claims: [claim("c1", { node: "n1" })] };
      expect(said(waitingWorld({ pods, ...roomy })).reason).to.equal("VolumePending");
      expect(said(waitingWorld({ pods })).reason).to.equal("WaitingForCapacity");
    });

    it("where no node may be bought stall, with the zones and the next step", () => {
      const volumes = boundTo([ZONE, "eastus-2"]);
      const mounted = ownedPod("phi-1", { spec: mounting("w") });
      const workspace = admitted({ nodes: { ...expansion.nodes, zones: ["eastus-1"] } });
      const told = said(waitingWorld({ pods: [mounted], workspace, volumes }));
      expect(told).to.include({ reason: "VolumeNodeAffinityConflict", stalled: true, inference: "Unschedulable" });
      expect(told.message)
        .to.contain("volume pv of PersistentVolumeClaim w")
        .and.contain("foresail.dev/zones allows eastus-1");
      expect(told.message).to.contain(
        "; next: add eastus-2 to foresail.dev/zones, or use a volume that can be used in eastus-1",
      );
      const allowed = admitted({ nodes: { ...expansion.nodes, zones: ["eastus-1", "eastus-2"] } });
      expect(said(waitingWorld({ pods: [mounted], workspace: allowed, volumes })).reason).to.equal(
        "WaitingForCapacity",
      );
    });

    it("that cannot be mounted, as long as the kubelet says so", () => {
      const failure = (note: string, minutes: number, uid = "uid-phi-1"): JsonObject => ({
        note,
        regarding: { kind: "Pod", name: "phi-1", uid },
        series: { lastObservedTime: minutesAgo(minutes) },
      });
      const facts = withContainer(waitingContainer("ContainerCreating"));
      const reason = (...mountFailures: JsonObject[]) => said({ ...facts, mountFailures }).reason;
      const missing = 'MountVolume.SetUp failed for volume "push" : secret "push" not found';
      expect(reason(failure(missing, 1))).to.equal("SecretMissing");
      expect(reason(failure(missing.replace("secret", "configmap"), 1))).to.equal("ConfigMissing");
      expect(reason(failure("Unable to attach or mount volumes: timed out", 1))).to.equal("VolumePending");
      expect(reason(failure(missing, 9))).to.equal("PullingImage");
      expect(reason(failure(missing, 1, "uid-of-another"))).to.equal("PullingImage");
    });
  });
});
