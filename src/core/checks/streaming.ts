import type { InputAnnotation } from "../inputs.ts";
import { error, type Issue, warning } from "../issue.ts";
import { annotationPath } from "../options.ts";
import type { Check } from "./check.ts";

// KAITO's settings of its model streaming; without the streaming nothing reads them.
const streamingSettings = [
  "inference.kaito.sh/stream-datarefs-url",
  "inference.kaito.sh/stream-identity-client-id",
  "inference.kaito.sh/stream-source-type",
  "kaito.sh/model-mirror-storage-class",
  "kaito.sh/streaming-service-account",
];

/** KAITO streams models from blob storage (gate ModelStreaming); a pod that downloads instead is not what was asked for. */
export const checkStreaming: Check = ({ metadata }) => {
  // An object that says `annotations: null` has none.
  const annotations = metadata.annotations ?? {};
  const refuse = (name: InputAnnotation, off: string): Issue =>
    error(
      annotationPath(name),
      "annotation/unsupported",
      `${annotationPath(name)}: model streaming is not supported yet, remove it or set ${off}`,
    );
  const mode = annotations["kaito.sh/model-streaming"];
  return [
    ...(mode === undefined || mode === "disabled" ? [] : [refuse("kaito.sh/model-streaming", "disabled")]),
    ...(annotations["inference.kaito.sh/static-model-mirror"] === "true"
      ? [refuse("inference.kaito.sh/static-model-mirror", '"false"')]
      : []),
    ...streamingSettings
      .filter((name) => annotations[name] !== undefined)
      .map((name) => warning(annotationPath(name), "annotation/ignored", `${name} has no effect: nothing is streamed`)),
  ];
};
