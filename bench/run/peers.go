package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// find gives the path of a peer's program.
func (w *world) find(name string) (string, error) {
	for _, dir := range append(w.peers, "/usr/lib/postgresql/15/bin") {
		if p := filepath.Join(dir, name); isFile(p) {
			return filepath.Abs(p)
		}
	}
	if p, err := exec.LookPath(name); err == nil {
		return p, nil
	}
	return "", fmt.Errorf("%s is neither in %v nor in PATH", name, w.peers)
}

func isFile(path string) bool {
	i, err := os.Stat(path)
	return err == nil && i.Mode().IsRegular()
}

// postgres is a private PostgreSQL that trusts everybody on loopback.
type postgres struct {
	*process
	host, port string
	psql       string
	next       int
}

const postgresUser = "postgres"

// startPostgres makes a cluster and starts it, as user postgres where this runs
// as root, since the server refuses that. It does not wait for the disk: the disk
// of a shared machine is the noisiest thing on it, and a faster commit is the
// harder case for whoever merges commits.
func (w *world) startPostgres(ctx context.Context) (*postgres, error) {
	dir, err := os.MkdirTemp("", "bench-postgres-")
	if err != nil {
		return nil, err
	}
	w.folders = append(w.folders, dir)
	credential, err := postgresCredential(dir)
	if err != nil {
		return nil, err
	}
	initdb, err := w.find("initdb")
	if err != nil {
		return nil, err
	}
	server, err := w.find("postgres")
	if err != nil {
		return nil, err
	}
	psql, err := w.find("psql")
	if err != nil {
		return nil, err
	}
	init := exec.CommandContext(ctx, initdb, "-D", dir+"/data", "-U", postgresUser, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
	init.Dir, init.SysProcAttr = dir, &syscall.SysProcAttr{Credential: credential}
	if out, err := init.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	p := &postgres{psql: psql}
	if p.host, p.port, err = net.SplitHostPort(address); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, server, "-D", dir+"/data", "-c", "listen_addresses="+p.host, "-c", "port="+p.port,
		"-c", "unix_socket_directories="+dir, "-c", "fsync=off", "-c", "max_connections=200")
	cmd.Dir = dir
	p.process, err = w.startAs("postgres", cmd, credential)
	if err != nil {
		return nil, err
	}
	p.quit = syscall.SIGINT // SIGTERM waits for its clients
	return p, p.listening(ctx, address)
}

// postgresCredential gives dir to the user that PostgreSQL runs as; nil where
// that is the driver's own.
func postgresCredential(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil //nolint:nilnil // syscall's way to say: as myself
	}
	u, err := user.Lookup(postgresUser)
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2, os.Chown(dir, int(uid), int(gid))); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// database makes an empty database and gives its name. PostgreSQL listens a
// little before it takes connections, so the first may need several attempts.
func (p *postgres) database(ctx context.Context) (string, error) {
	p.next++
	name := fmt.Sprintf("lake%d", p.next)
	var out []byte
	var err error
	for range 50 {
		cmd := exec.CommandContext(ctx, p.psql, "-q", "-h", p.host, "-p", p.port, "-U", postgresUser, "-c", "CREATE DATABASE "+name)
		if out, err = cmd.CombinedOutput(); err == nil {
			return name, nil
		}
		if err := pause(ctx); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("make database %s: %w: %s", name, err, out)
}

// cpuOfAll is the processor seconds of the server and of its processes, those
// that have ended left out: connections of one measurement last as long as it.
func (p *postgres) cpuOfAll() float64 {
	sum := p.cpu()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
	if err != nil {
		return sum
	}
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue
		}
		for field := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(field); err == nil {
				sum += cpuOf(pid)
			}
		}
	}
	return sum
}

// s3 is a private versitygw over a folder.
type s3 struct {
	*process
	address string
}

// The bucket and the key that opens it, on this machine's loopback only.
const (
	bucket   = "bench"
	s3Key    = "benchkey"
	s3Secret = "benchsecret"
)

func (w *world) startS3(ctx context.Context) (*s3, error) {
	program, err := w.find("versitygw")
	if err != nil {
		return nil, err
	}
	root, err := filepath.Abs(filepath.Join(w.work, "s3"))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.RemoveAll(root), os.MkdirAll(filepath.Join(root, bucket), 0o755)); err != nil {
		return nil, err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, "--access", s3Key, "--secret", s3Secret, "--port", address, "--quiet", "posix", root)
	p, err := w.start("versitygw", cmd)
	if err != nil {
		return nil, err
	}
	return &s3{process: p, address: address}, p.listening(ctx, address)
}
