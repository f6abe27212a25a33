/** Label of a pod that is to serve a preset; its value is the preset's name. */
export const PRESET_LABEL = "foresail.dev/preset";
/** Scheduling gate of the pod's template: until admission has expanded the pod it cannot run. */
export const EXPAND_GATE = "foresail.dev/expand";
/** Annotation a user names the size with; Workspaces have a field for it. */
export const INSTANCE_TYPE_ANNOTATION = "foresail.dev/instance-type";
/** Annotation admission writes: the catalogue release that expanded the pod. */
export const EXPANDED_ANNOTATION = "foresail.dev/expanded";
/** Annotation that names the container the preset goes into; admission writes it, because other webhooks add containers. */
export const CONTAINER_ANNOTATION = "foresail.dev/model-container";
/** Label by which a namespace opts in, and its value. */
export const OPT_IN_LABEL = "foresail.dev/preset-pods";
export const OPT_IN = "enabled";
/**
 * The image of a container that leaves it to the preset. The API server takes no template without an image; `auto` is the
 * word injectors use for this (Istio's gateways).
 */
export const IMAGE_OF_PRESET = "auto";
