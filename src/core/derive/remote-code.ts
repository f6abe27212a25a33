import { warning } from "../issue.ts";
import { isObject } from "../json.ts";
import { isNativeModelType } from "./native-model-types.ts";
import { member, type Reading } from "./reading.ts";

/**
 * Whether Python code of the repository has to run: its configuration class where the libraries do not know the model
 * type, or its tokenizer. Model code never has to: vLLM knows the architecture, or the model is refused.
 */
export function needsRemoteCode(reading: Reading, tokenizerConfig: unknown): boolean {
  const modelType = member(reading.root, "model_type");
  const known = typeof modelType === "string" && isNativeModelType(modelType);
  const why = [
    ...(!known && names(reading.root, "AutoConfig") ? ["config.json names a configuration class of its own"] : []),
    ...(names(tokenizerConfig, "AutoTokenizer") ? ["tokenizer_config.json names a tokenizer class of its own"] : []),
  ];
  for (const reason of why) {
    const text = `trustRemoteCode: ${reason} (auto_map): its Python code will run in the pod; read it and pin the revision`;
    reading.issues.push(warning("auto_map", "derive/remote-code", text));
  }
  return why.length > 0;
}

function names(file: unknown, loader: string): boolean {
  const map = isObject(file) ? member(file, "auto_map") : undefined;
  return isObject(map) && member(map, loader) !== undefined;
}
