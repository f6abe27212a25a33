package main

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// folderTar gives what is in a folder as a tar that depends on nothing else: sorted by name, all of root, of 1970, and with
// one of three modes. A folder that is open to all (/tmp) stays so.
func folderTar(folder string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		reader, writer := io.Pipe()
		go func() { writer.CloseWithError(writeTar(folder, writer)) }()
		return reader, nil
	}
}

func writeTar(folder string, to io.Writer) error {
	archive := tar.NewWriter(to)
	// WalkDir goes in the order of names.
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		return writeEntry(archive, path, filepath.ToSlash(name), entry)
	})
	if err != nil {
		return err
	}
	return archive.Close()
}

func writeEntry(archive *tar.Writer, path, name string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	header := &tar.Header{Name: name, Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
	switch {
	case entry.IsDir():
		header.Typeflag, header.Name, header.Mode = tar.TypeDir, name+"/", 0o755
		if info.Mode()&fs.ModeSticky != 0 {
			header.Mode = 0o1777
		}
		return archive.WriteHeader(header)
	case info.Mode()&fs.ModeSymlink != 0:
		header.Typeflag, header.Mode = tar.TypeSymlink, 0o777
		if header.Linkname, err = os.Readlink(path); err != nil {
			return err
		}
		return archive.WriteHeader(header)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is neither file, folder nor link", path)
	}
	if info.Mode()&0o111 != 0 {
		header.Mode = 0o755
	}
	header.Typeflag, header.Size = tar.TypeReg, info.Size()
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(archive, file)
	return err
}
