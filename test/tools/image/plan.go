package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// plan says what an image is made of. All times and owners are fixed, so the same files give the same digest.
type plan struct {
	// Folder to write, which must not be there.
	Output string `json:"output"`
	// Empty of an artifact that is not for one kind of machine.
	Architecture    string            `json:"architecture"`
	ConfigMediaType types.MediaType   `json:"configMediaType"`
	Created         time.Time         `json:"created"`
	Config          v1.Config         `json:"config"`
	Annotations     map[string]string `json:"annotations"`
	// A folder for each layer, the lowest first; what is in it goes to the root.
	Layers []struct {
		Folder string `json:"folder"`
		Of     string `json:"of"`
	} `json:"layers"`
}

// written is what `write` says of an image.
type written struct {
	Digest string `json:"digest"`
	// Compressed bytes, as they are pulled.
	Layers []writtenLayer `json:"layers"`
}

type writtenLayer struct {
	Of     string `json:"of"`
	Digest string `json:"digest"`
	Bytes  int64  `json:"bytes"`
}

func write(path string, out io.Writer) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var wanted plan
	if err := json.Unmarshal(text, &wanted); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	image, said, err := build(wanted)
	if err != nil {
		return err
	}
	index, err := layout.Write(wanted.Output, empty.Index)
	if err != nil {
		return err
	}
	options := []layout.Option{}
	if wanted.Architecture != "" {
		options = append(options, layout.WithPlatform(v1.Platform{OS: "linux", Architecture: wanted.Architecture}))
	}
	if err := index.AppendImage(image, options...); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(said)
}

func build(wanted plan) (v1.Image, written, error) {
	said := written{}
	image := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	if wanted.ConfigMediaType == "" {
		wanted.ConfigMediaType = types.OCIConfigJSON
	}
	image = mutate.ConfigMediaType(image, wanted.ConfigMediaType)
	for _, each := range wanted.Layers {
		layer, err := tarball.LayerFromOpener(folderTar(each.Folder), tarball.WithMediaType(types.OCILayer))
		if err != nil {
			return nil, said, err
		}
		digest, err := layer.Digest()
		if err != nil {
			return nil, said, err
		}
		bytes, err := layer.Size()
		if err != nil {
			return nil, said, err
		}
		said.Layers = append(said.Layers, writtenLayer{Of: each.Of, Digest: digest.String(), Bytes: bytes})
		history := v1.History{Created: v1.Time{Time: wanted.Created}, CreatedBy: each.Of}
		image, err = mutate.Append(image, mutate.Addendum{Layer: layer, History: history})
		if err != nil {
			return nil, said, err
		}
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, said, err
	}
	file = file.DeepCopy()
	if wanted.Architecture != "" {
		file.OS, file.Architecture = "linux", wanted.Architecture
	}
	file.Created = v1.Time{Time: wanted.Created}
	file.Config = wanted.Config
	if image, err = mutate.ConfigFile(image, file); err != nil {
		return nil, said, err
	}
	image = mutate.Annotations(image, wanted.Annotations).(v1.Image)
	digest, err := image.Digest()
	said.Digest = digest.String()
	return image, said, err
}

func export(path string, out io.Writer) error {
	index, err := layout.ImageIndexFromPath(path)
	if err != nil {
		return err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return err
	}
	if len(manifest.Manifests) != 1 {
		return fmt.Errorf("%s holds %d images, expected one", path, len(manifest.Manifests))
	}
	image, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		return err
	}
	if err := validate.Image(image); err != nil {
		return err
	}
	files := mutate.Extract(image)
	defer files.Close()
	_, err = io.Copy(out, files)
	return err
}
