/**
 * Copies the directory /data of an image to $TARGET. The image is fetched anonymously first, then with every
 * credential file of $AUTH_DIRECTORY. Layers are applied in manifest order; those that are no tar are skipped. A link in
 * the place of /data could copy the credentials to where the model reads them.
 * Beside skopeo only what KAITO's image of it is built with is used: bash, coreutils and tar (v0.12, docker/skopeo).
 */
export const pullScript = `set -eu
layout=$(mktemp -d)
root=$(mktemp -d)
pulled=no
for auth in none "$AUTH_DIRECTORY"/*.json; do
  if [ "$auth" = none ]; then
    skopeo copy --dest-decompress "docker://$IMAGE" "dir:$layout" && pulled=yes && break
  elif [ -f "$auth" ]; then
    skopeo copy --dest-decompress --authfile "$auth" "docker://$IMAGE" "dir:$layout" && pulled=yes && break
  fi
done
if [ "$pulled" = no ]; then echo "cannot pull $IMAGE: check the reference and the pull secrets" >&2; exit 1; fi
layers=$(skopeo inspect --format '{{range .Layers}}{{slice . 7}} {{end}}' "dir:$layout")
for digest in $layers; do
  if tar -tf "$layout/$digest" > /dev/null 2>&1; then tar -xf "$layout/$digest" -C "$root" --no-same-owner; fi
done
if [ -L "$root/data" ] || [ ! -d "$root/data" ]; then echo "$IMAGE holds no directory /data" >&2; exit 1; fi
mkdir -p "$TARGET"
cp -R "$root/data/." "$TARGET"
`;

/** Downloads pairs of address and file name into $TARGET; http and https only, also after redirects. */
export const downloadScript = `set -eu
while [ "$#" -gt 1 ]; do
  curl --fail --globoff --location --silent --show-error --proto '=http,https' --proto-redir '=http,https' --retry 5 --retry-delay 2 --output "$TARGET/$2" "$1"
  if [ ! -s "$TARGET/$2" ]; then echo "$1 is empty" >&2; exit 1; fi
  shift 2
done
`;

/** Packs a trained adapter under data/ as one layer and pushes it as $IMAGE, so that it can be loaded as an adapter image. */
export const pushScript = `set -eu
work=$(mktemp -d)
mkdir "$work/data"
cp "$RESULTS/adapter_config.json" "$RESULTS/adapter_model.safetensors" "$work/data"
cd "$work"
tar -cf layer.tar data
printf '{"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$(sha256sum layer.tar | cut -d ' ' -f 1)" > config.json
gzip -9 layer.tar
attempt=1
until oras push --disable-path-validation --annotation "sh.kaito.model.name=$PRESET" --config config.json:application/vnd.oci.image.config.v1+json "$IMAGE" layer.tar.gz:application/vnd.oci.image.layer.v1.tar+gzip; do
  if [ "$attempt" -ge 5 ]; then echo "cannot push $IMAGE: check the reference and the push secret" >&2; exit 1; fi
  sleep $((attempt * 10))
  attempt=$((attempt + 1))
done
`;

/**
 * Python: makes a directory of scaled adapters. Arguments: the directory of the adapters as published, the directory to
 * fill, then name=strength for each. A LoRA adapter adds lora_alpha / r times B·A to the weights, lora_alpha / √r with
 * use_rslora (vLLM 0.25.1, lora/peft_helper.py; PEFT 0.11.1, tuners/lora/layer.py), and alpha_pattern replaces lora_alpha for
 * some modules: scaling these numbers scales the adapter. DoRA normalises what it adds, so there is nothing to scale.
 */
export const strengthScript = `import json, os, sys
from decimal import Decimal
CONFIG = "adapter_config.json"
def scaled(alpha, strength):
    product = Decimal(str(alpha)) * strength
    return int(product) if product == product.to_integral_value() else float(product)
def isNumber(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
sources, targets = sys.argv[1:3]
for name, strength in (pair.split("=") for pair in sys.argv[3:]):
    source, target = os.path.join(sources, name), os.path.join(targets, name)
    try:
        with open(os.path.join(source, CONFIG)) as file:
            config = json.load(file)
    except (OSError, ValueError) as problem:
        sys.exit(f"adapter {name} cannot be scaled: {CONFIG}: {problem}")
    if not isinstance(config, dict) or not isNumber(config.get("lora_alpha")) or config.get("use_dora"):
        sys.exit(f"adapter {name} cannot be scaled: a strength needs a LoRA adapter, without DoRA, whose {CONFIG} has lora_alpha")
    config["lora_alpha"] = scaled(config["lora_alpha"], Decimal(strength))
    for module, alpha in (config.get("alpha_pattern") or {}).items():
        config["alpha_pattern"][module] = scaled(alpha, Decimal(strength))
    os.makedirs(target, exist_ok=True)
    for entry in os.listdir(target):
        os.remove(os.path.join(target, entry))
    for entry in os.listdir(source):
        if entry != CONFIG:
            os.symlink(os.path.join(source, entry), os.path.join(target, entry))
    with open(os.path.join(target, CONFIG), "w") as file:
        json.dump(config, file, indent=2, sort_keys=True)
`;
