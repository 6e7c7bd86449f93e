// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package expiry removes files that the plugin has kept for later runs, or that runs
// which did not end properly have left.
package expiry

import (
	"os"
	"path/filepath"
	"time"
)

// Remove removes the files below the folders of root that are older than maxAge, and
// those folders if they are as old and empty. It removes only regular files and
// folders whose names match, so that it leaves alone whatever else is there, and
// does not follow symbolic links. What cannot be removed is left to the next run.
func Remove(root string, maxAge time.Duration, isFolder, isFile func(name string) bool) {
	folders, _ := os.ReadDir(root) // which need not exist yet
	for _, folder := range folders {
		if !folder.IsDir() || !isFolder(folder.Name()) { // a link to a folder is none
			continue
		}
		path := filepath.Join(root, folder.Name())
		before, _ := folder.Info() // removing files changes the folder's time
		files, _ := os.ReadDir(path)
		for _, file := range files {
			info, err := file.Info()
			if err == nil && info.Mode().IsRegular() && isFile(file.Name()) && time.Since(info.ModTime()) > maxAge {
				_ = os.Remove(filepath.Join(path, file.Name()))
			}
		}
		if before != nil && time.Since(before.ModTime()) > maxAge {
			_ = os.Remove(path) // fails unless it is empty
		}
	}
}
