/**
 * Annotations of KAITO v0.12 that are no input: written by its controllers, or settings of what is not there (labels.go of
 * api/v1beta1, pkg/modelmirror/consts). Name → what it is for in KAITO.
 */
export const kaitoWithoutEffect = {
  "inference.kaito.sh/stream-datarefs-url": "a setting of model streaming; warned about",
  "inference.kaito.sh/stream-identity-client-id": "a setting of model streaming; warned about",
  "inference.kaito.sh/stream-source-type": "a setting of model streaming; warned about",
  "kaito.sh/disable-benchmark": "leaves out its benchmark, which is not there",
  "kaito.sh/model-mirror-storage-class": "a setting of model streaming; warned about",
  "kaito.sh/streaming-service-account": "a setting of model streaming; warned about",
  "kaito.sh/upgrade-start-time": "written by its controllers",
} as const;
