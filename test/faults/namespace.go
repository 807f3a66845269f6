package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// insideMark is set in the environment of the campaign once it runs in namespaces of its own.
const insideMark = "SIDETONE_FAULTS_INSIDE"

// enterNamespaces runs this program again with mounts and a loopback interface of its own: disks can be filled and packets
// lost there without anybody else noticing, and nothing is left when it ends, however it ends. It reports false in the
// outer program, with the exit code of the inner one. Where the system allows no namespaces, it goes on without.
func enterNamespaces(ctx context.Context) (code int, inside bool) {
	if os.Getenv(insideMark) != "" {
		return 0, true
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe", os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), insideMark+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if uid := os.Getuid(); uid != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	if err := cmd.Start(); err != nil {
		fmt.Printf("skipped: full disks and lost packets, as there are no namespaces here (%v)\n", err)
		return 0, true
	}
	forward(cmd.Process)
	err := cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), false
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		return 1, false
	}
	return 0, false
}

// ownNamespaces tells whether mounts and the loopback interface are this campaign's alone.
func ownNamespaces() bool { return os.Getenv(insideMark) != "" }

// privateMounts keeps what is mounted from now on from the mounts outside.
func privateMounts() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") }

// loopbackMTU is that of an Ethernet, so that packets are lost and not whole sends.
const loopbackMTU = 1500

// loopbackUp brings the namespace's own loopback interface up.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint32(loopbackMTU)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFMTU, lo); err != nil {
		return fmt.Errorf("set the loopback's MTU: %w", err)
	}
	lo.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		return fmt.Errorf("bring the loopback up: %w", err)
	}
	return nil
}
