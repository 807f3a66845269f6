package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// maxPath is how many bytes the path of a Unix socket may have on Linux: sun_path without its terminating zero (unix(7)).
const maxPath = 107

// dialTime bounds how long a listener may take to accept.
const dialTime = 2 * time.Second

var (
	// ErrInUse is wrapped by Listen when an agent listens on the socket already.
	ErrInUse = errors.New("another agent is running with this control socket")
	// ErrNotRunning is wrapped by Connect when no agent listens on the socket.
	ErrNotRunning = errors.New("no agent is running with this control socket")
)

// listen opens the socket and makes its folder as needed.
func listen(path string) (net.Listener, error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make the control socket's folder: %w", err)
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	config := net.ListenConfig{Control: protect}
	listener, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("open control socket %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("protect control socket: %w", err)
	}
	return listener, nil
}

func checkPath(path string) error {
	if path == "" {
		return errors.New("the control socket has no path")
	}
	if len(path) > maxPath {
		return fmt.Errorf("control socket %s: the path has %d bytes; a Unix socket allows %d", path, len(path), maxPath)
	}
	return nil
}

// removeStale removes a socket on which nobody listens. Anything else at that path is left alone and is an error.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at control socket: %w", err)
	}
	if info.Mode().Type() != os.ModeSocket {
		return fmt.Errorf("control socket %s: a file that is no socket is in its place", path)
	}
	conn, err := (&net.Dialer{Timeout: dialTime}).DialContext(context.Background(), "unix", path)
	switch {
	case err == nil:
		_ = conn.Close()
		return fmt.Errorf("control socket %s: %w", path, ErrInUse)
	case !errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("control socket %s: %w", path, err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the control socket of a dead agent: %w", err)
	}
	return nil
}

// connect opens a connection to the agent that listens on path.
func connect(ctx context.Context, path string) (net.Conn, error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: dialTime}
	conn, err := dialer.DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%s: %w", path, ErrNotRunning)
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return nil, fmt.Errorf("control socket %s: it belongs to another user: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("control socket %s: %w", path, err)
	}
	return conn, nil
}
