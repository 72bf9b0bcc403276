package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestFullStdout: an answer that can't be told is a failure.
func TestFullStdout(t *testing.T) {
	workIn(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full: ", err)
	}
	defer full.Close()
	seatcast(t, exitDone, "run", "small.toml", "--quiet", "--ledger", "--out", "out")
	for _, args := range [][]string{
		{"run", "small.toml", "--out", "new"}, {"run", "small.toml", "--out", "new", "--format", "json"}, {"list"}, {"list", "--format=json"},
		{"show", "first-year"}, {"check", "small.toml"}, {"check", "nothing.toml"}, {"claims", "out"}, {"claims", "out", "--format=csv"},
		{"claims", "out", "--format=json"}, {"report", "out"}, {"schema"}, {"version"}, {"version", "--format=json"}, {"-h"}, {"run", "-h"},
	} {
		var stderr bytes.Buffer
		if code := run(t.Context(), args, full, &stderr); code != exitFailed {
			t.Errorf("seatcast %s > /dev/full: exit code %d, stderr %q", strings.Join(args, " "), code, stderr.String())
		}
	}
	wantFiles(t, ".", "new", "out", "small.toml") // the answer is lost, the folder is not
	for _, out := range []string{"/proc/seatcast", "/dev/null", "/dev/full/out"} {
		refused(t, exitWrong, "", "run", "small.toml", "--out", out)
	}
}

// mount mounts a file system of so many bytes, or skips the test where that is not
// allowed: it needs root.
func mount(t *testing.T, dir string, size int) {
	t.Helper()
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("seatcast-test", dir, "tmpfs", 0, "size="+strconv.Itoa(size)); err != nil {
		t.Skipf("mounting a small disk: %v (it needs root)", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// TestFullDisk runs on disks that are too small, from one that has no room for the
// plan of the study to one that almost has for the plots: no result folder and nothing
// hidden is left but the study folder, from which the run carries on when there is room.
func TestFullDisk(t *testing.T) {
	workIn(t)
	seatcast(t, exitDone, "run", "small.toml", "--quiet", "--ledger", "--out", "want")
	want := mustTree(t, "want")
	dir, err := filepath.Abs("disk")
	if err != nil {
		t.Fatal(err)
	}
	mount(t, dir, 4096)
	out := filepath.Join(dir, "out")
	args := []string{"run", "small.toml", "--quiet", "--ledger", "--resume", "--out", out}
	for _, pages := range []int{1, 2, 4, 8, 16, 40, 80} {
		if err := syscall.Mount("seatcast-test", dir, "tmpfs", syscall.MS_REMOUNT, "size="+strconv.Itoa(4096*pages)); err != nil {
			t.Skipf("growing the disk: %v", err)
		}
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), args, &stdout, &stderr)
		if code != exitFailed || !strings.Contains(stderr.String(), "no space left on device") || strings.Count(stderr.String(), "\n") > 1 {
			t.Errorf("%d pages: exit code %d, stderr %q", pages, code, stderr.String())
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) > 1 || len(entries) == 1 && entries[0].Name() != ".out.study" {
			t.Errorf("%d pages: left %v (%v)", pages, entries, err)
		}
	}
	if err := syscall.Mount("seatcast-test", dir, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	seatcast(t, exitDone, args...)
	wantSame(t, "after the disk was full", mustTree(t, out), want)
	wantFiles(t, dir, "out")
}

// TestFullDiskKeepsOld: a result folder that is there stays, whole, where there is
// no room for the new one.
func TestFullDiskKeepsOld(t *testing.T) {
	workIn(t)
	dir, err := filepath.Abs("disk")
	if err != nil {
		t.Fatal(err)
	}
	mount(t, dir, 2<<20)
	out := filepath.Join(dir, "out")
	seatcast(t, exitDone, "run", "small.toml", "--quiet", "--out", out)
	want, size := mustTree(t, out), 0
	for _, data := range want {
		size += len(data)
	}
	if err := syscall.Mount("seatcast-test", dir, "tmpfs", syscall.MS_REMOUNT, "size="+strconv.Itoa(size*3/2)); err != nil {
		t.Skipf("shrinking the disk: %v", err)
	}
	if _, stderr := seatcast(t, exitFailed, "run", "small.toml", "--quiet", "--seed", "8", "--out", out); !strings.Contains(stderr, "no space left") {
		t.Errorf("stderr %q", stderr)
	}
	wantSame(t, "after the disk was full", mustTree(t, out), want)
	if _, stderr := seatcast(t, exitFailed, "report", out); !strings.Contains(stderr, "no space left") {
		t.Errorf("report: stderr %q", stderr)
	}
	wantSame(t, "after report on a full disk", mustTree(t, out), want)
}

// TestReadOnly: nothing can be written to a disk that is read-only, also by root.
func TestReadOnly(t *testing.T) {
	workIn(t)
	dir, err := filepath.Abs("disk")
	if err != nil {
		t.Fatal(err)
	}
	mount(t, dir, 4<<20)
	seatcast(t, exitDone, "run", "small.toml", "--quiet", "--ledger", "--out", filepath.Join(dir, "out"))
	if err := syscall.Mount("seatcast-test", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("making the disk read-only: %v", err)
	}
	refused(t, exitWrong, "read-only", "run", "small.toml", "--out", filepath.Join(dir, "out"))
	refused(t, exitWrong, "read-only", "run", "small.toml", "--out", filepath.Join(dir, "new"))
	refused(t, exitWrong, "read-only", "report", filepath.Join(dir, "out"))
	seatcast(t, exitDone, "claims", filepath.Join(dir, "out"))
}
