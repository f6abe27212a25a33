import type { RuleSet } from "./rule.ts";

/** Training runs. */
export const tuningRules = {
  "tuning/method": {
    level: "error",
    means: "The training script knows two methods.",
    remedy: "State lora or qlora.",
    example: "tuning: {method: full}",
    source: "KAITO v0.12, TuningSpec.validateCreate",
  },
  "tuning/one-node": {
    level: "error",
    means: "Training runs on one node.",
    remedy: "Remove resource.count, or state 1.",
    example: "resource: {count: 2}",
    source: "KAITO v0.12, validateCreateWithTuning",
  },
  "tuning/partition": {
    level: "error",
    means: "Training takes a whole node.",
    remedy: "Remove resource.partition.",
    example: "resource: {partition: {mode: mig, profile: 1g.10gb}}",
    source: "KAITO v0.12, validateCreateWithTuning",
  },
  "tuning/input": {
    level: "error",
    means: "Data comes from one place.",
    remedy: "Keep one of urls, image and volumeSource.",
    example: "tuning: {input: {image: registry.example/data:1}}",
    source: "KAITO v0.12, DataSource.validateCreate",
  },
  "tuning/urls": {
    level: "error",
    means: "More addresses than one container can be given.",
    remedy: "Pack the data into at most 100 files.",
    when: "101 addresses",
  },
  "tuning/output": {
    level: "error",
    means: "The result goes to one place.",
    remedy: "Keep one of image and volumeSource.",
    example: "tuning: {output: {volumeSource: {emptyDir: {}}}}",
    source: "KAITO v0.12, DataDestination.validateCreate",
  },
  "preset/not-tunable": {
    level: "error",
    means: "There are no weights that the training image reads.",
    remedy: "Use one of the presets listed.",
    example: "tuning: {preset: {name: gpt-oss-20b}}",
    source: "KAITO v0.12 has no such rule, and its controller ends there",
  },
  "url/invalid": {
    level: "error",
    means: "The text is no address that every program reads alike.",
    remedy: "Write an http or https address without spaces, braces and backslashes.",
    example: "tuning: {input: {urls: ['https://example.com/{a,b}']}}",
    source: "KAITO v0.12, validateDataSourceURL",
  },
  "url/scheme": {
    level: "error",
    means: "Data is downloaded by http or https.",
    remedy: "Use an http or https address.",
    example: "tuning: {input: {urls: ['ftp://example.com/a']}}",
    source: "KAITO v0.12, validateDataSourceURL",
  },
  "url/internal": {
    level: "error",
    means: "The address lies inside node, cluster or cloud; a pod must not be made to read from there.",
    remedy: "Use a public address, an image or a volume.",
    example: "tuning: {input: {urls: ['http://169.254.169.254/latest']}}",
    source: "KAITO v0.12, validateDataSourceURL, and the ranges it leaves out",
  },
} as const satisfies RuleSet;
