/** What the walk knows beside the pages. Commands are named as the pages write them, without comment. */

/** What a reader fills in, first match first. `kubeconfig` and `context` are those of the cluster. */
export function placeholders(kubeconfig: string, context: string): readonly (readonly [RegExp, string])[] {
  return [
    [/--kubeconfig FILE --context NAME/, `--kubeconfig ${kubeconfig} --context ${context}`],
    [/GROUP\/KIND\/NAME/, "karpenter.kwok.sh/KWOKNodeClass/default"],
    [/HOST\/PATH/, "registry.example/mirror"],
    [/-w NAME\b/, "-w phi"],
    [/\bDIR\b/, "mine"],
    [/\bFILE\b/, "mine/phi.yaml"],
  ];
}

/** Commands that run until Ctrl-C, and what says that they do what they are for. */
export const LASTING: readonly (readonly [RegExp, RegExp])[] = [
  [/^npx foresail up /, /webhook and reconciler are running/],
  [/ --watch$/, /^NAME .*\n\S/m],
];

export interface Exception {
  readonly why: string;
  /** Done in its place, because later commands need what it leaves. */
  readonly instead?: string;
}

/** Commands that are not run as they stand. */
export const EXCEPTIONS: Readonly<Record<string, Exception>> = {
  "make demo": { why: "test/cluster/cli/demo.test.ts runs it, and builds tools first where there are none" },
  "make test": { why: "would run itself" },
  "make image": { why: "takes libraries of this machine; test/cluster/image builds it and runs what is in it" },
  "podman build .": { why: "needs a container engine" },
  "skopeo copy oci:dist/image docker://registry.example/foresail:0.1.0": { why: "needs a registry" },
  "kubectl apply -k manifests/overlays/cert-manager": {
    why: "needs cert-manager; test/cluster/webhook/rotation.test.ts runs the webhook on certificates that somebody else makes",
  },
  "npx foresail watch --kubeconfig FILE --context NAME --refused --since 3600": {
    why: "follows the logs of pods, and here none runs on a node; test/cli/watch/pod-logs.test.ts follows them",
  },
  "make manifests": { why: "test/cluster/image/artifact.test.ts builds it, and both engines read it there" },
  "skopeo copy oci:dist/manifests docker://registry.example/foresail-manifests:0.1.0": { why: "needs a registry" },
  "kubectl get workspace": {
    why: "printed by make demo, of a cluster that is gone; the demo's own test reads the table",
  },
  "npx foresail preset add acme/tiny-8b --online -o catalogue/models/tiny-8b.yaml": {
    why: "asks Hugging Face",
    instead:
      "npx foresail preset add acme/tiny-8b --config config.json --index model.safetensors.index.json --revision 0123456789abcdef0123456789abcdef01234567 --license mit -o catalogue/models/tiny-8b.yaml",
  },
};
