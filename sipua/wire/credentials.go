package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"

	"sidetone/internal/logkey"
)

// CredentialError is a file of TLS that cannot be used.
type CredentialError struct {
	File string
	Err  error
}

// Error names the file.
func (e *CredentialError) Error() string { return fmt.Sprintf("%s: %v", e.File, e.Err) }

// Unwrap is the reason.
func (e *CredentialError) Unwrap() error { return e.Err }

// Check reads the files, and says what is wrong with the first that cannot be used: it is a *CredentialError.
func (s Security) Check() error {
	_, err := loadCredentials(s)
	return err
}

// credentials are what the files held. They do not change.
type credentials struct {
	certificate *tls.Certificate // nil: none
	authorities *x509.CertPool   // nil: the system's
}

// credentialFiles reads the files of TLS, and reads them again when they have changed. It may be used by any goroutine.
type credentialFiles struct {
	options Security
	log     *zap.Logger

	mu     sync.Mutex
	loaded credentials
	state  [3]fileState // at the last reading, good or not
}

// fileState is how a change of a file is noticed.
type fileState struct {
	changed time.Time
	size    int64
}

func openCredentials(o Security, log *zap.Logger) (*credentialFiles, error) {
	f := &credentialFiles{options: o, log: log}
	f.state = f.look()
	var err error
	f.loaded, err = loadCredentials(o)
	return f, err
}

// current are the credentials for the next handshake. Files that have become unusable change nothing, and are logged
// once.
func (f *credentialFiles) current() credentials {
	f.mu.Lock()
	defer f.mu.Unlock()
	state := f.look()
	if state == f.state {
		return f.loaded
	}
	f.state = state
	fresh, err := loadCredentials(f.options)
	if err != nil {
		f.log.Error("the changed certificate cannot be used, the old one stays", zap.Error(err))
		return f.loaded
	}
	f.log.Info("certificate read again", zap.String(logkey.Path, f.options.CertFile))
	f.loaded = fresh
	return f.loaded
}

func (f *credentialFiles) look() (state [3]fileState) {
	for i, path := range [...]string{f.options.CertFile, f.options.KeyFile, f.options.CAFile} {
		if path == "" {
			continue
		}
		if info, err := os.Stat(path); err == nil {
			state[i] = fileState{info.ModTime(), info.Size()}
		}
	}
	return state
}

func loadCredentials(o Security) (credentials, error) {
	var c credentials
	if o.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return c, faultyFile(o.CertFile, err)
		}
		c.certificate = &pair
	}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return c, faultyFile(o.CAFile, err)
		}
		c.authorities = x509.NewCertPool()
		if !c.authorities.AppendCertsFromPEM(pem) {
			return c, &CredentialError{o.CAFile, errors.New("it holds no certificate")}
		}
	}
	return c, nil
}

// faultyFile blames the file that an error names, else the one given.
func faultyFile(file string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return &CredentialError{path.Path, path.Err}
	}
	return &CredentialError{file, err}
}
