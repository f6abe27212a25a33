/**
 * Copies the directory /data of an image to $TARGET. The image is fetched anonymously first, then with every
 * credential file of $AUTH_DIRECTORY. Layers are applied in manifest order; blobs that are no tar (the config) are
 * skipped. A link in the place of /data could copy the credentials to where the model reads them.
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
for digest in $(tr ',{}' '\\n\\n\\n' < "$layout/manifest.json" | sed -n 's/.*"digest" *: *"sha256:\\([0-9a-f]*\\)".*/\\1/p'); do
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
